"""Which image runs in place of the one a service.json names: the `[images]` table, and what stands in for the platform's own.

    [images]
    "registry*.aliyuncs.com/team/*" = "localhost:5000/team/model:dev"

Finding, pulling and building images is left to the adapters.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

# Python releases and the Debian release that carries each.
_RELEASES = {(3, 9): "bullseye", (3, 11): "bookworm", (3, 13): "trixie"}
_DEFAULT = (3, 11)
# Parity: eas-registry-vpc.<region>.cr.aliyuncs.com/pai-eas/python-inference:py39-ubuntu2004 (JSON deployment); platform
# images cannot be had outside the cloud (FAQ).
_PYTHON_INFERENCE = re.compile(r"(?:[^/]+/)*pai-eas/python-inference(?::(?P<tag>[^/@]*))?(?:@.*)?")
_PYTHON_TAG = re.compile(r"py(\d)(\d{1,2})")


@dataclass(frozen=True, slots=True)
class StandIn:
    """An image to build in place of one of the platform's own; `note` says what is different about it."""

    name: str
    release: str
    python: str
    note: str


def substitute(image: str, patterns: Mapping[str, str]) -> str:
    """The image that the most specific matching pattern names; the image itself where none matches."""
    matching = [pattern for pattern in patterns if fnmatchcase(image, pattern)]
    return patterns[max(matching, key=_specificity)] if matching else image


def stand_in(image: str) -> StandIn | None:
    """What to run instead of an image that only the platform has; None for everybody else's."""
    match = _PYTHON_INFERENCE.fullmatch(image)
    if match is None:
        return None
    wanted = _wanted_python(match["tag"] or "")
    given = min(_RELEASES, key=lambda python: (abs(python[1] - wanted[1]), -python[1]))
    python, release = f"{given[0]}.{given[1]}", _RELEASES[given]
    note = f"a stand-in with Python {python} on Debian {release} runs in place of the platform's own {image}"
    if given != wanted:
        note += f"; Python {wanted[0]}.{wanted[1]} is not to be had, this is the nearest"
    return StandIn(f"eas-local/python-inference:py{given[0]}{given[1]}", release, python, note)


def _wanted_python(tag: str) -> tuple[int, int]:
    match = _PYTHON_TAG.search(tag)
    return (int(match[1]), int(match[2])) if match else _DEFAULT


def _specificity(pattern: str) -> tuple[int, int]:
    """More letters that are meant literally, then fewer wildcards."""
    wildcards = sum(pattern.count(mark) for mark in "*?[")
    return len(pattern) - wildcards, -wildcards
