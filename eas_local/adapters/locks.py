"""What exists once per home: each program, and the folder their sockets are in.

A program holds its lock for as long as it lives, so the kernel gives it back however the program ends; the file itself
stays and says who holds it, of which release, and by which settings. Starting programs is `adapters/launch.py`.
"""

import fcntl
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from eas_local import __version__
from eas_local.adapters.files import writing
from eas_local.adapters.settings import NAMED, Settings
from eas_local.core.errors import AddressTaken, NotAllowed

_LONGEST = 100
"""A socket's path has 104 bytes on some systems, one for the end of the text."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has signed a lock: a process of a release of this package, with its sockets in `runtime`. `options` are the
    settings that a command line may have named."""

    pid: int
    version: str
    runtime: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """A lock as its holder has it. Whoever is given a copy of `file` holds it as well."""

    file: IO[str]

    def sign(self, settings: Settings) -> None:
        self.file.seek(0)
        self.file.truncate()
        options = {name: getattr(settings, name) for name in NAMED}
        json.dump(asdict(Holder(os.getpid(), __version__, str(settings.runtime), options)), self.file)
        self.file.flush()

    def leave(self) -> None:
        """It is another's from now on, or free."""
        self.file.close()


@contextmanager
def single(settings: Settings, program: str) -> Iterator[Held]:
    """Be the only `program` of this home, with home and runtime folder in place. Raises AddressTaken where one lives."""
    make_home(settings)
    make_runtime(settings)
    with _opened(lock_of(settings, program)) as file:
        if not _try(file):
            raise AddressTaken(_who(settings, program))
        held = Held(file)
        held.sign(settings)
        yield held


@contextmanager
def inherited(descriptor: int) -> Iterator[Held]:
    """The lock of a program that we follow, by the copy it has given us."""
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        yield Held(file)


def holder(settings: Settings, program: str) -> Holder | None:
    """Who signed last, whether or not he lives."""
    try:
        return Holder(**json.loads(lock_of(settings, program).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


@contextmanager
def one_at_a_time(settings: Settings) -> Iterator[None]:
    """Held while programs are started or stopped; whoever comes second waits."""
    make_home(settings)
    with _opened(settings.lock_file) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def lives(settings: Settings, program: str) -> bool:
    """Its lock is held. Asked under `one_at_a_time` only, for the question itself takes the lock for a moment."""
    path = lock_of(settings, program)
    if not path.exists():
        return False
    with _opened(path) as file:
        return not _try(file)


def lock_of(settings: Settings, program: str) -> Path:
    return settings.home / f"{program}.lock"


def make_home(settings: Settings) -> None:
    with writing(settings.home):
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_runtime(settings: Settings) -> None:
    """The folder for sockets, ours alone. Its parent may be open to everybody, so what is found there is not trusted."""
    path = settings.runtime
    if len(str(settings.gateway_socket)) > _LONGEST:
        raise NotAllowed(f'the folder for sockets "{path}" has too long a path; point XDG_RUNTIME_DIR at a shorter one')
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise NotAllowed(
                f'the folder for sockets "{path}" is not a folder of yours; remove it, or point XDG_RUNTIME_DIR elsewhere'
            ) from None
        path.chmod(0o700)
    except OSError as error:
        raise NotAllowed(
            f'the folder for sockets "{path}" cannot be made: {error.strerror}; point XDG_RUNTIME_DIR at a folder of yours'
        ) from error


def _opened(path: Path) -> IO[str]:
    with writing(path):
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")


def _try(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _who(settings: Settings, program: str) -> str:
    found = holder(settings, program)
    where = f", with its sockets in {found.runtime}" if found and found.runtime != str(settings.runtime) else ""
    process = f"process {found.pid}{where}" if found else "its lock does not say where"
    return f"the {program} of {settings.home} runs already ({process}); eas-local down stops it"
