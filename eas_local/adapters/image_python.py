"""Which Python an image has, found out by running it once."""

from dataclasses import dataclass

from eas_local.adapters.throwaway import Errand, Throwaways
from eas_local.core.errors import StartRefused

PROGRAMS = ("python", "python3")
_LIMIT = 60.0
_QUESTION = "import platform, sys; print(*sys.version_info[:2], platform.machine(), platform.libc_ver()[0] or 'musl')"


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
