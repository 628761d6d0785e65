"""Which image runs in place of the one a service.json names: the `[images]` table, and what stands in for the platform's own.

    [images]
    "registry*.aliyuncs.com/team/*" = "localhost:5000/team/model:dev"

Finding, pulling and building images is left to the adapters.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from eas_local.core.bases import CPP, JAVA, PYTHONS, Base
from eas_local.core.processor import Language

PROCESSORS = {
    Language.CPP: "eas-local/processor-cpp",
    Language.JAVA: "eas-local/processor-java",
    Language.PYTHON: "pai-eas/python-inference",
}
"""The images that processors run in where their service names none."""
DEFAULT_PYTHON = "3.11"
_TOOLCHAINS = {PROCESSORS[Language.CPP]: CPP, PROCESSORS[Language.JAVA]: JAVA}
# Parity: eas-registry-vpc.<region>.cr.aliyuncs.com/pai-eas/python-inference:py39-ubuntu2004 (JSON deployment); platform
# images cannot be had outside the cloud (FAQ).
_PYTHON_INFERENCE = re.compile(r"(?:[^/]+/)*pai-eas/python-inference(?::(?P<tag>[^/@]*))?(?:@.*)?")
_PYTHON_TAG = re.compile(r"py(\d)(\d{1,2})")


@dataclass(frozen=True, slots=True)
class StandIn:
    """An image to make upon `base` in place of one of the platform's own; `note` says what is different about it."""

    name: str
    base: Base
    note: str
    pip: bool = False


def substitute(image: str, patterns: Mapping[str, str]) -> str:
    """The image that the most specific matching pattern names; the image itself where none matches."""
    matching = [pattern for pattern in patterns if fnmatchcase(image, pattern)]
    return patterns[max(matching, key=_specificity)] if matching else image


def with_python(image: str, python: str) -> str:
    """The platform's image for Python with this Python, where it is named as a processor's is: without a tag."""
    return f"{image}:{_tag(python)}" if image == PROCESSORS[Language.PYTHON] else image


def stand_in(image: str) -> StandIn | None:
    """What to run instead of an image that only the platform has; None for everybody else's."""
    if base := _TOOLCHAINS.get(image):
        return StandIn(f"{image}:{base.release}", base, _note(base, "image for such processors"))
    match = _PYTHON_INFERENCE.fullmatch(image)
    return _python_inference(image, match["tag"] or "") if match else None


def _python_inference(image: str, tag: str) -> StandIn:
    match = _PYTHON_TAG.search(tag)
    wanted = f"{match[1]}.{match[2]}" if match else DEFAULT_PYTHON
    given = min(PYTHONS, key=lambda python: (abs(_minor(python) - _minor(wanted)), -_minor(python)))
    note = _note(PYTHONS[given], image)
    if given != wanted:
        note += f"; Python {wanted} is not to be had, this is the nearest"
    return StandIn(f"eas-local/python-inference:{_tag(given)}", PYTHONS[given], note, pip=True)


def _note(base: Base, image: str) -> str:
    return f"a stand-in with {base.offers} on Debian {base.release} runs in place of the platform's own {image}"


def _minor(python: str) -> int:
    return int(python.partition(".")[2])


def _tag(python: str) -> str:
    return f"py{python.replace('.', '')}"


def _specificity(pattern: str) -> tuple[int, int]:
    """More letters that are meant literally, then fewer wildcards."""
    wildcards = sum(pattern.count(mark) for mark in "*?[")
    return len(pattern) - wildcards, -wildcards
