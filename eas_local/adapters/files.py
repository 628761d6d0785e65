"""Files of ours: readable by their owner alone, and either wholly written or not at all."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eas_local.core.errors import DiskFull, Unwritable

_FULL = {errno.ENOSPC, errno.EDQUOT}


def private_folder(path: Path) -> Path:
    """The folder, made with all its parents where it is missing (0700)."""
    with writing(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write(path: Path, content: str | bytes) -> None:
    """Put a file (0600) in place in one step: whoever reads finds the old content or the new one, also after a crash.
    Raises Unwritable."""
    data = content.encode() if isinstance(content, str) else content
    private_folder(path.parent)
    with writing(path), _replacing(path) as descriptor, os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Every failure to write there in our words."""
    try:
        with disk(path):
            yield
    except OSError as error:
        raise Unwritable(f'cannot write "{path}": {error.strerror}; make it writable and try again') from error


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """A full disk becomes one of our errors, naming the file; what else may go wrong here is not about files alone."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFull(f'cannot write "{path}": the disk is full; free some space there') from error


@contextmanager
def _replacing(path: Path) -> Iterator[int]:
    """A new file beside `path` that takes its place at the end, and is gone where that fails."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        yield descriptor
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
