"""The kinds of Debian that images of ours stand on: what is in each, and which official images serve as well."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

REPOSITORY = "eas-local/base"


@dataclass(frozen=True, slots=True)
class Base:
    """A Debian release with packages beside the smallest, for the sake of what it `offers`. `official` is a pattern of the
    images that serve as well, `pulled` the one of them to pull."""

    label: str
    release: str
    packages: tuple[str, ...]
    offers: str
    official: str
    pulled: str

    @property
    def tag(self) -> str:
        return f"{REPOSITORY}:{self.label}"

    def among(self, tags: Iterable[str]) -> str | None:
        """The image to take of those at hand: our own, else a small official one."""
        at_hand = set(tags)
        if self.tag in at_hand:
            return self.tag
        pattern = re.compile(rf"(.*/)?{self.official}")
        return min(filter(pattern.fullmatch, at_hand), key=lambda tag: ("slim" not in tag, tag), default=None)


def _python(version: str, release: str, *packages: str) -> Base:
    return Base(
        label=release,
        release=release,
        packages=("python3", *packages, "ca-certificates"),
        offers=f"Python {version}",
        official=_official_python(version),
        pulled=f"python:{version}-slim",
    )


def _official_python(versions: str) -> str:
    """Alpine's left out: its packages are not everybody's."""
    return rf"python:({versions})(\.\d+)?(-slim)?(-(bullseye|bookworm|trixie))?"


PYTHONS = {
    "3.9": _python("3.9", "bullseye", "python3-distutils"),  # pip needs it, and only there it is a package of its own
    "3.11": _python("3.11", "bookworm"),
    "3.13": _python("3.13", "trixie"),
}
SANDBOX = replace(PYTHONS["3.11"], official=_official_python("3.11|3.12|3.13"))
# The latest release: its C library and its JVM load what was built for older ones.
CPP = Base(
    label="trixie-cpp",
    release="trixie",
    packages=("g++", "make", "ca-certificates"),
    offers="g++ and make",
    official=r"gcc:1[4-9](\.\d+)*(-trixie)?",
    pulled="gcc:14",
)
JAVA = Base(
    label="trixie-java",
    release="trixie",
    packages=("openjdk-21-jdk-headless", "ca-certificates"),
    offers="OpenJDK 21",
    official=r"eclipse-temurin:(21|25)([._]\d+)*-jdk(-(jammy|noble))?",
    pulled="eclipse-temurin:21-jdk",
)
