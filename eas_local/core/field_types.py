"""The types of service.json's values, each with the sentence for what it does not take.

Numbers and booleans may be strings, as in old files. Validators raise ValueError with a whole sentence; pydantic's own
findings get theirs in `reading`.
"""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from eas_local.core import quantity
from eas_local.core.findings import shown
from eas_local.core.service import Share

# Parity: server-side text and set (FAQ, "Invalid GPU count").
GPU_COUNTS = (0, 1, 2, 4, 8, 16)


def _not_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"must be a number, not {shown(value)}")  # noqa: TRY004 - what pydantic collects
    return value


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain the character NUL, which no program can be given")
    return text


def _plain_value(value: Any) -> Any:
    """Numbers and booleans of an environment, as JSON writes them."""
    return shown(value) if isinstance(value, bool | int | float) else value


def _gpu_count(count: int) -> int:
    if count not in GPU_COUNTS:
        raise ValueError(f"Invalid GPU count {count}, only supported: [{' '.join(map(str, GPU_COUNTS))}]")
    return count


def _share(value: Any) -> Share:
    text = str(value).strip()
    number = text.removesuffix("%")
    if isinstance(value, bool) or not (number.isascii() and number.isdigit() and len(number) < 7):
        raise ValueError(f'must be a whole number or a percentage such as "20%", not {shown(value)}')
    return Share(int(number), percent=text != number)


def one_of(*allowed: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        canonical = {choice.lower(): choice for choice in ("", *allowed)}
        if text.lower() not in canonical:
            raise ValueError(f"must be one of {', '.join(allowed)}, not {shown(text)}")
        return canonical[text.lower()]

    return check


Text = Annotated[str, AfterValidator(_without_nul)]
EnvText = Annotated[str, BeforeValidator(_plain_value), AfterValidator(_without_nul)]
Whole = Annotated[int, BeforeValidator(_not_boolean), Field(ge=0, le=10**9)]
Counted = Annotated[int, BeforeValidator(_not_boolean), Field(ge=1, le=10**9)]
Number = Annotated[float, BeforeValidator(_not_boolean), Field(ge=0, le=10**9)]
Seconds = Annotated[float, BeforeValidator(_not_boolean), Field(ge=1, le=10**6)]
Port = Annotated[int, BeforeValidator(_not_boolean), Field(ge=1, le=65535)]
Instances = Annotated[int, BeforeValidator(_not_boolean), Field(ge=1, le=1000)]
Percent = Annotated[int, BeforeValidator(_not_boolean), Field(ge=0, le=100)]
GpuCount = Annotated[int, BeforeValidator(_not_boolean), AfterValidator(_gpu_count)]
Size = Annotated[float, PlainValidator(quantity.gib)]
Portion = Annotated[Share, PlainValidator(_share)]


class Shape(BaseModel):
    model_config = ConfigDict(
        extra="allow", frozen=True, coerce_numbers_to_str=True, allow_inf_nan=False, protected_namespaces=()
    )
