"""Python requirements as text: which lines count, which other files they name, and what makes two lists the same."""

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

_COMMENT = re.compile(r"(^|\s)#.*$")
_INCLUDE = re.compile(r"(?:-r\s*|-c\s*|--requirement[\s=]|--constraint[\s=])\s*(\S+)")


def lines(text: str) -> Iterator[str]:
    """The lines pip would see: continued ones joined, comments and blank ones gone."""
    for line in text.replace("\\\n", " ").splitlines():
        if kept := " ".join(_COMMENT.sub("", line).split()):
            yield kept


def with_included(path: str, read: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    """The lines of a file and of every file it includes, by path."""
    found: dict[str, tuple[str, ...]] = {}
    waiting = [path]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found[current] = tuple(lines(read(current)))
            waiting += [posixpath.join(posixpath.dirname(current), name) for name in _included(found[current])]
    return found


def key(image_id: str, wanted: object) -> str:
    """A name for what these requirements give upon this image: its Python, and what it has already, are part of its id."""
    return sha256(repr((image_id, wanted)).encode()).hexdigest()[:20]


def _included(wanted: Sequence[str]) -> list[str]:
    names = [match[1] for line in wanted if (match := _INCLUDE.match(line))]
    return [name for name in names if "://" not in name]
