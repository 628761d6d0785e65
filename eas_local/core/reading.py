"""A document held against its shape: every value of a wrong type or range at once, and the keys nobody knows.

A wrong value is set aside and the rest is read again, so that one mistake hides no other.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from eas_local.core.errors import Problem
from eas_local.core.field_types import Shape
from eas_local.core.findings import SECRET, dotted, shown
from eas_local.core.shape import DocumentShape

Path = tuple[str | int, ...]
_SENTENCES = {
    "int": "must be a whole number",
    "float": "must be a number",
    "finite": "must be a number",
    "bool": "must be true or false",
    "string": "must be a text",
    "tuple": "must be a list",
    "dict": "must be an object",
    "model": "must be an object",
}
_RANGES = {"greater_than_equal": ("must be at least", "ge"), "less_than_equal": ("must be at most", "le")}


def read(document: dict[str, Any]) -> tuple[DocumentShape, tuple[Problem, ...]]:
    """The document's values, those that do not fit left out, with a problem for each of these."""
    try:
        return DocumentShape.model_validate(document), ()
    except ValidationError as failure:
        errors = failure.errors(include_url=False)
    problems = tuple(Problem(dotted(error["loc"]), _sentence(error)) for error in errors)
    shape, more = read(_without(document, {_key(error["loc"]) for error in errors}))
    return shape, (*problems, *more)


def unknown(shape: Shape, path: Path = ()) -> Iterator[str]:
    """Keys that the reference does not have, in dotted spelling."""
    yield from (dotted((*path, key)) for key in shape.model_extra or {})
    for name, field in type(shape).model_fields.items():
        yield from _unknown_inside(getattr(shape, name), (*path, field.alias or name))


def _unknown_inside(value: Any, path: Path) -> Iterator[str]:
    if isinstance(value, Shape):
        yield from unknown(value, path)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _unknown_inside(item, (*path, index))


def _sentence(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "too_long":
        return f"must have at most {error['ctx']['max_length']} items"
    if kind in _RANGES:
        words, bound = _RANGES[kind]
        sentence = f"{words} {error['ctx'][bound]:g}"
    else:
        sentence = _SENTENCES.get(kind.split("_")[0], error["msg"])
    return sentence if SECRET & set(error["loc"]) else f"{sentence}, not {shown(error['input'])}"


def _key(location: Path) -> Path:
    """The path up to its last name: taking one item out of a list would give the others new numbers."""
    while isinstance(location[-1], int):
        location = location[:-1]
    return location


def _without(value: Any, paths: Iterable[Path]) -> Any:
    """A copy of the value that lacks these paths."""
    inner: dict[str | int, set[Path]] = {}
    for first, *rest in paths:
        inner.setdefault(first, set()).add(tuple(rest))
    if isinstance(value, list):
        return [_without(item, inner.get(index, ())) for index, item in enumerate(value)]
    return {
        key: _without(item, inner[key]) if key in inner else item
        for key, item in value.items()
        if () not in inner.get(key, ())
    }
