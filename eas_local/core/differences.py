"""Which fields two documents of a service do not have in common, as lines for a person."""

from collections.abc import Iterator
from typing import Any

from eas_local.core import aliases, document
from eas_local.core.findings import SECRET, dotted, shown

_NONE = "(none)"


def lines(before: str, after: str) -> list[str]:
    """`metadata.memory: 128 -> 256`, in the order of the document before; what is secret is not shown."""
    return list(_between(_canonical(before), _canonical(after), ()))


def _canonical(text: str) -> Any:
    return aliases.normalise(document.parse(text, lenient=True).value).document


def _between(old: Any, new: Any, path: tuple[str | int, ...]) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _between(old.get(key), new.get(key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _between(_item(old, index), _item(new, index), (*path, index))
    elif old != new:
        yield f"{dotted(path)}: {_shown(old, path)} -> {_shown(new, path)}"


def _item(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else None


def _shown(value: Any, path: tuple[str | int, ...]) -> str:
    if value is None:
        return _NONE
    return "..." if SECRET.intersection(path) else shown(value)
