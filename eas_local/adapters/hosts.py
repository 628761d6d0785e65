"""The programs that run processors inside their containers, made from the sources in eas_local/processors.

Those of C++ and Java are compiled by a throwaway container of the image that such processors run in. A folder appears
complete or not at all, is made once for its sources, and is readable for everybody: a container's user may be anybody.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

from docker import APIClient

from eas_local.adapters import copies
from eas_local.adapters.copies import Copies
from eas_local.adapters.image_build import definition
from eas_local.adapters.throwaway import Ended, Errand, Throwaways
from eas_local.core.errors import DiskFull, StartRefused
from eas_local.core.pod import Bind
from eas_local.core.processor import Language

SOURCES = Path(str(files("eas_local"))) / "processors"
_START = "start.sh"
_READABLE = 0o755


class Hosts:
    """`sources` holds a folder for each language, and beside them what starts all of their programs; `within` bounds one
    compilation, in seconds."""

    def __init__(
        self,
        api: APIClient,
        cache: Path,
        throwaways: Throwaways,
        say: Callable[[str], None],
        sources: Path = SOURCES,
        *,
        within: float = 300,
    ) -> None:
        self._api = api
        self._made = Copies(cache)
        self._throwaways = throwaways
        self._say = say
        self._sources = sources
        self._within = within
        self._locks: defaultdict[Language, threading.Lock] = defaultdict(threading.Lock)

    def folder(self, language: Language, image: Callable[[], str]) -> Path:
        """Which image compiles is asked where there is something to compile. Raises StartRefused in its compiler's words."""
        script = definition("hosts").get(f"{language}.sh")
        with self._locks[language]:
            return self._copied(language) if script is None else self._compiled(language, script, image())

    def sweep(self) -> None:
        """Remove what a killed daemon was making."""
        self._made.sweep()

    def _copied(self, language: Language) -> Path:
        contents = _read(self._sources, _START) | _read(self._sources, f"{language}/**/*")
        return self._kept(copies.key(contents), lambda made: _write(made, contents))

    def _compiled(self, language: Language, script: bytes, image: str) -> Path:
        start, sources = _read(self._sources, _START), _read(self._sources / language, "**/*")

        def fill(made: Path) -> None:
            _write(made, start)
            _write(made.with_name("sources"), sources)
            self._compile(language, script, image, made)

        return self._kept(copies.key(start, sources, script, self._api.inspect_image(image)["Id"]), fill)

    def _kept(self, key: str, fill: Callable[[Path], None]) -> Path:
        if not self._made.has(key):
            with self._made.partial() as folder:
                fill(folder / "made")
                self._made.put(key, folder / "made")
        return self._made.place(key)

    def _compile(self, language: Language, script: bytes, image: str, made: Path) -> None:
        self._say(f"compiling the program that runs {language} processors: some seconds, once")
        binds = (Bind(str(made.with_name("sources")), "/eas/sources", read_only=True), Bind(str(made), "/eas/made"))
        errand = Errand(image, ("/bin/sh", "-c", script.decode()), binds=binds)
        self._judge(language, image, self._throwaways.run(errand, self._within))

    def _judge(self, language: Language, image: str, ended: Ended) -> None:
        if ended.code == 0:
            return
        if "No space left on device" in ended.output:
            raise DiskFull(
                f"no space left for the program that runs {language} processors; free some in {self._made.path}"
            )
        why = f"no end after {self._within:.0f} s" if ended.code is None else _complaint(ended.output)
        raise StartRefused(
            f'image "{image}": the program that runs {language} processors could not be compiled in it: {why}; '
            "remove this image, so that it is made anew, and restart the service"
        )


def _complaint(output: str) -> str:
    """What a compiler says first is what the rest comes from; without an error of its own, what was said last counts."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if ": error: " in line]
    return " / ".join(errors[:3] or lines[-3:]) or "it said nothing"


def _read(folder: Path, pattern: str) -> dict[str, bytes]:
    found = sorted(path for path in folder.glob(pattern) if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def _write(folder: Path, contents: Mapping[str, bytes]) -> None:
    for path, content in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    for written in (folder, *folder.rglob("*")):
        written.chmod(_READABLE)
