"""What can be wrong with a machine, looked at piece by piece. Looks only. The engine is `engine_checks.py`."""

import errno
import os
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from eas_local.adapters.documents import damaged
from eas_local.adapters.launch import Program, log_of, running, socket_of
from eas_local.adapters.settings import Settings

_PYTHON = (3, 11)
_PACKAGES = ("aiohttp", "docker", "fastapi", "httptools", "pydantic", "uvicorn", "uvloop", "watchfiles")
_MIB = 1024 * 1024
_SCARCE_MIB = 2048
_TOO_LITTLE_MIB = 200


class Verdict(StrEnum):
    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: Verdict
    message: str

    def __str__(self) -> str:
        return f"[{self.verdict}] {self.message}"


def machine(settings: Settings) -> Iterator[Finding]:
    """Everything that can be known without the daemon and the engine."""
    there = running(settings)
    yield python()
    yield packages()
    yield home(settings.home)
    yield from documents(settings.home / "services")
    yield runtime(settings.runtime)
    yield disk(settings.home)
    yield from (program(settings, each, there) for each in Program)
    yield address(settings, there)


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _PYTHON:
        return Finding(Verdict.FAIL, f"Python {version} is too old; install eas-local with Python 3.11 or later")
    return Finding(Verdict.OK, f"Python {version}")


def packages() -> Finding:
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        return Finding(Verdict.FAIL, f"packages are missing: {', '.join(missing)}; pip install 'eas-local[daemon]'")
    return Finding(Verdict.OK, "every package is installed")


def home(path: Path) -> Finding:
    there = _nearest(path)
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Finding(Verdict.FAIL, f"home {path} cannot be written; set EAS_LOCAL_HOME to a folder of yours")
    return Finding(Verdict.OK, f"home {path}")


def documents(folder: Path) -> Iterator[Finding]:
    for file, error in damaged(folder):
        remedy = "restore the file, or create the service again"
        yield Finding(Verdict.FAIL, f'service "{file.parent.name}": {file} cannot be read ({error}); {remedy}')


def runtime(path: Path) -> Finding:
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return _room_for_sockets(path)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        return Finding(Verdict.FAIL, f"{path} is not a folder of yours; remove it, or point XDG_RUNTIME_DIR elsewhere")
    return Finding(Verdict.OK, f"sockets in {path}")


def _room_for_sockets(path: Path) -> Finding:
    if path.parent.is_dir() and os.access(path.parent, os.W_OK | os.X_OK):
        return Finding(Verdict.OK, f"sockets in {path}")
    return Finding(Verdict.FAIL, f"{path.parent} cannot be written; point XDG_RUNTIME_DIR at a folder of yours")


def disk(path: Path) -> Finding:
    free = shutil.disk_usage(_nearest(path)).free // _MIB
    if free < _TOO_LITTLE_MIB:
        return Finding(Verdict.FAIL, f"only {free} MiB of disk are free at {path}; make room")
    if free < _SCARCE_MIB:
        return Finding(Verdict.WARN, f"only {free} MiB of disk are free at {path}; images may not fit")
    return Finding(Verdict.OK, f"{free} MiB of disk are free at {path}")


def program(settings: Settings, each: Program, there: tuple[Program, ...]) -> Finding:
    if each in there:
        return Finding(Verdict.OK, f"the {each} runs")
    if socket_of(settings, each).exists():
        log = log_of(settings, each)
        return Finding(Verdict.WARN, f"the {each} has died ({log} may say why); eas-local up -d starts it again")
    return Finding(Verdict.WARN, f"the {each} does not run; eas-local up -d starts it")


def address(settings: Settings, there: tuple[Program, ...]) -> Finding:
    where = f"{settings.host}:{settings.port}"
    if Program.GATEWAY in there:
        return Finding(Verdict.OK, f"address {where} is ours")
    try:
        _bind(settings)
    except OSError as error:
        what = "is taken by another program" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        return Finding(Verdict.FAIL, f"address {where} {what}; stop that, or set EAS_LOCAL_ADDRESS to another")
    return Finding(Verdict.OK, f"address {where} is free")


def _bind(settings: Settings) -> None:
    family, kind, protocol, _, where = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(where)


def _nearest(path: Path) -> Path:
    """The path itself, or the first folder above it that is there."""
    return next(there for there in (path, *path.parents) if there.exists())
