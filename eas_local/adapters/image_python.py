"""Which Python an image has, and whether one that comes from elsewhere runs in it, found out by running it once."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from docker import APIClient

from eas_local.adapters.image_files import local_path
from eas_local.adapters.throwaway import Errand, Throwaways
from eas_local.core.errors import StartRefused
from eas_local.core.pod import Bind

PROGRAMS = ("python", "python3")
_LIMIT = 60.0
_QUESTION = "import platform, sys; print(*sys.version_info[:2], platform.machine(), platform.libc_ver()[0] or 'musl')"
_IS_RECENT = "import sys; sys.exit(sys.version_info < (3, 6))"  # the oldest that our module for processors runs on


@dataclass(frozen=True, slots=True)
class ImagePython:
    """`program` is its name on the image's PATH, `libc` glibc or musl."""

    program: str
    version: tuple[int, int]
    machine: str
    libc: str = "glibc"

    @property
    def release(self) -> str:
        return ".".join(map(str, self.version))

    @property
    def platforms(self) -> tuple[str, ...]:
        """What pip calls the systems whose wheels it can use; a wheel need only match one of them."""
        if self.libc == "musl":
            return tuple(f"musllinux_1_{minor}_{self.machine}" for minor in (2, 1))
        kinds = ("manylinux_2_28", "manylinux_2_17", "manylinux2014", "manylinux_2_12", "manylinux_2_5")
        return tuple(f"{kind}_{self.machine}" for kind in kinds)


def parse(program: str, answer: str) -> ImagePython:
    major, minor, machine, libc = answer.split()
    return ImagePython(program, (int(major), int(minor)), machine, libc)


def look(throwaways: Throwaways, image: str) -> ImagePython:
    """The Python that `python` starts, else `python3`, a Python 2 not counted. Raises StartRefused where there is none."""
    refusal = ""
    for program in PROGRAMS:
        try:
            ended = throwaways.run(Errand(image, (program, "-c", _QUESTION)), _LIMIT)
        except StartRefused as error:
            refusal = str(error)
            continue
        if ended.code == 0 and (python := parse(program, ended.output)).version >= (3, 0):
            return python
        refusal = f'"{program}" in image "{image}" ended with {ended.code}: {ended.output.strip()[-200:]}'
    raise StartRefused(f"{refusal}; use an image with Python 3 on its PATH")


class BroughtPythons:
    """Those that packages bring. What is known of one counts until its file or its image changes."""

    def __init__(self, api: APIClient, throwaways: Throwaways) -> None:
        self._api = api
        self._throwaways = throwaways
        self._known: dict[tuple[str, Path, int], bool] = {}

    def runs(self, image: str, program: str, binds: Sequence[Bind]) -> bool:
        """Whether it starts there, and is no older than what processors are run with."""
        path = local_path(program, binds)
        if path is None or not os.path.lexists(path):
            return False
        key = (self._api.inspect_image(image)["Id"], path, path.lstat().st_mtime_ns)
        if key not in self._known:
            self._known[key] = self._starts(Errand(image, (program, "-c", _IS_RECENT), binds=binds))
        return self._known[key]

    def _starts(self, errand: Errand) -> bool:
        try:
            return self._throwaways.run(errand, _LIMIT).code == 0
        except StartRefused:
            return False
