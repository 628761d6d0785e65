"""Elements of lists by their index: a change of some of them, made into the whole lists that a merge takes.

{"containers": {"0": {"port": 9000}}} laid over [{"image": "a"}]  ->  {"containers": [{"image": "a", "port": 9000}]}
"""

from collections.abc import Mapping
from typing import Any, NoReturn

from eas_local.core import aliases, document
from eas_local.core.errors import InvalidDocument
from eas_local.core.findings import dotted

Path = tuple[str | int, ...]


def completed(old: Mapping[str, Any], change: Mapping[str, Any], path: Path = ()) -> dict[str, Any]:
    """The change with every list whole; both in canonical spelling. Raises InvalidDocument naming an element that is none."""
    return {key: _completed(old.get(key), value, (*path, key)) for key, value in change.items()}


def _completed(old: Any, new: Any, path: Path) -> Any:
    if not isinstance(new, dict) or not new or aliases.is_literal(path):
        return new
    if isinstance(old, list):
        return _whole(old, new, path)
    if index := next(filter(str.isdecimal, new), None):
        _refuse((*path, int(index)), f"there is no such element: {dotted(path)} is no list of this service")
    return completed(old if isinstance(old, dict) else {}, new, path)


def _whole(old: list[Any], new: dict[str, Any], path: Path) -> list[Any]:
    whole = list(old)
    for key, value in new.items():
        if not key.isdecimal():
            _refuse(
                (*path, key), f"{dotted(path)} is a list; name one of its elements, as in {dotted((*path, 0))}.{key}"
            )
        index = int(key)
        if index >= len(old):
            _refuse((*path, index), f"there is no such element: {dotted(path)} has {len(old)}, counted from 0")
        item = _completed(old[index], value, (*path, index))
        both = isinstance(old[index], dict) and isinstance(item, dict)
        whole[index] = document.merge(old[index], item) if both else item
    return whole


def _refuse(path: Path, message: str) -> NoReturn:
    raise InvalidDocument.of(dotted(path), message)
