"""What reading a document brings to light beside its meaning: problems that end it, warnings that do not."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from eas_local.core.errors import Problem

T = TypeVar("T")
_LONGEST = 60
SECRET = frozenset({"token", "dockerAuth", "password"})
"""Keys whose values are shown to nobody."""


@dataclass(slots=True)
class Findings:
    """Collected while a service is built, so that its author hears of everything at once."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def problem(self, where: str, message: str) -> None:
        self.problems.append(Problem(where, message))

    def warn(self, where: str, message: str) -> None:
        self.warnings.append(f"{where}: {message}")

    def attempt(self, where: str, read: Callable[..., T], *values: Any) -> T | None:
        """What `read` makes of the values; where it raises ValueError, its sentence becomes a problem."""
        try:
            return read(*values)
        except ValueError as error:
            self.problem(where, str(error))
            return None


def shown(value: Any) -> str:
    """A value as its author wrote it, cut to a length that fits a sentence."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def dotted(path: Iterable[str | int]) -> str:
    """`containers[0].port`: how problems and notes name a field."""
    names = (f"[{step}]" if isinstance(step, int) else f".{step[:_LONGEST]}" for step in path)
    return "".join(names).removeprefix(".")


def fields(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[str]:
    """Every field of a document in dotted spelling, in the order of the document."""
    if path:
        yield dotted(path)
    for key, item in children(value):
        yield from fields(item, (*path, key))


def children(value: Any) -> Iterable[tuple[str | int, Any]]:
    match value:
        case dict():
            return value.items()
        case list():
            return enumerate(value)
    return ()


def enclosing(field: str) -> Iterator[str]:
    """What a dotted field lies in, the nearest first: containers[0].port, then containers[0], containers and ""."""
    while field:
        field = field[: max(field.rfind("."), field.rfind("["), 0)]
        yield field
