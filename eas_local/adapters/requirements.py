"""A service's Python requirements, installed once per image into a folder that its containers mount.

A throwaway container of the same image runs pip, so what comes out fits the image's Python, and comes from where this
machine's pip gets it. The folder appears complete or not at all, and is kept: a second start needs neither network nor
container. Requirements without a version stay as they were first installed until `<home>/cache/requirements` is removed.
"""

import posixpath
import shutil
import tempfile
import threading
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from docker import APIClient

from eas_local.adapters import image_python
from eas_local.adapters.docker_errors import translated
from eas_local.adapters.host_pip import HostPip, last_lines
from eas_local.adapters.image_build import definition
from eas_local.adapters.image_files import ImageFiles
from eas_local.adapters.throwaway import Ended, Errand, Throwaways
from eas_local.core import requirements as texts
from eas_local.core.errors import DiskFull, RequirementsFailed
from eas_local.core.pod import Bind
from eas_local.core.processor import PACKAGE

_INSTALLED = "/eas/installed"
_PIP = "/eas/pip"
_LIST = "/eas/requirements.txt"


class Requirements:
    """`within` bounds one installation, in seconds."""

    def __init__(
        self, api: APIClient, cache: Path, pip: HostPip, throwaways: Throwaways, *, within: float = 1800
    ) -> None:
        self._api = api
        self._cache = cache
        self._pip = pip
        self._throwaways = throwaways
        self._within = within
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def folder(self, image: str, wanted: Sequence[str], path: str | None, binds: Sequence[Bind]) -> Path:
        """Packages flat in it, programs in its bin/. A list outdoes a path. Raises RequirementsFailed."""
        # Parity: if both are given the list wins (eas-semantics 1.5).
        with translated(f'image "{image}"'):
            image_id = self._api.inspect_image(image)["Id"]
            read = ImageFiles(self._api, self._throwaways, image, binds).read
            asked = texts.with_included(path, read) if path and not wanted else tuple(texts.lines("\n".join(wanted)))
        folder = self._cache / texts.key(image_id, asked)
        with self._locks[folder.name]:
            if not folder.exists():
                self._make(folder, image, "\n".join(wanted) or None, path, binds)
        return folder

    def sweep(self) -> None:
        """Remove what a killed daemon was installing."""
        shutil.rmtree(self._cache / "partial", ignore_errors=True)

    def _make(self, folder: Path, image: str, listed: str | None, path: str | None, binds: Sequence[Bind]) -> None:
        (self._cache / "partial").mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._cache / "partial", ignore_cleanup_errors=True) as partial:
            installed = Path(partial, "installed")
            installed.mkdir(mode=0o755)
            if listed is not None:
                Path(partial, "requirements.txt").write_text(listed)
                binds = (*binds, Bind(str(Path(partial, "requirements.txt")), path := _LIST))
            ended = self._throwaways.run(self._errand(image, path or "", installed, binds), self._within)
            self._judge(image, path if listed is None else None, ended)
            installed.rename(folder)

    def _errand(self, image: str, path: str, installed: Path, binds: Sequence[Bind]) -> Errand:
        python = image_python.look(self._throwaways, image)
        sources = self._pip.sources()
        (pip,) = self._pip.wheels(["pip"], python)
        inside = f"{_PIP}/{pip.name}"
        script = definition("requirements")["install.py"].decode()
        mounts = (*sources.binds, Bind(str(pip), inside), *binds)
        readable = {bind.target: Bind(bind.source, bind.target, read_only=True) for bind in mounts}
        return Errand(
            image=image,
            argv=(python.program, "-c", script, inside, path),
            environ={**sources.environ, "PIP_ROOT_USER_ACTION": "ignore"},
            binds=(*readable.values(), Bind(str(installed), _INSTALLED)),
            network="host" if sources.loopback else "default",
        )

    def _judge(self, image: str, path: str | None, ended: Ended) -> None:
        if ended.code == 0:
            return
        if "No space left on device" in ended.output:
            raise DiskFull(f'no space left for the Python requirements of image "{image}"; free some in {self._cache}')
        why = f"no end after {self._within:.0f} s" if ended.code is None else last_lines(ended.output)
        raise RequirementsFailed(
            f'image "{image}": pip could not install the Python requirements: {why}; '
            f"correct {_users(path)}, or how this machine's pip reaches its index (pip config list)"
        )


def _users(path: str | None) -> str:
    """What the user has written: a file of a processor's package lies elsewhere on this machine, or in an archive."""
    if path and path.startswith(f"{PACKAGE}/"):
        return f"{posixpath.relpath(path, PACKAGE)} beside processor_entry"
    return path or "prepare.pythonRequirements"
