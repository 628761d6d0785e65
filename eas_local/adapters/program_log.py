"""The file that a program's words go to, bounded: once it is full it is turned over, and only the file before it is kept.

<program>.log, and before that <program>.1.log

Both descriptors lead to it, so whatever an interpreter that dies or a library in C writes is there too. Several processes
may share one: who finds it turned over by another follows before writing the next line.
"""

import fcntl
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

LIMIT = 8 * 1024 * 1024

_OUT, _ERR = 1, 2


def earlier(log: Path) -> Path:
    return log.with_name(f"{log.stem}.1{log.suffix}")


def opened(log: Path, limit: int = LIMIT) -> int:
    """A descriptor to append by; a full file has been turned over before."""
    with _alone(log.parent):
        if log.exists() and log.stat().st_size >= limit:
            log.replace(earlier(log))
        return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def own(log: Path, limit: int = LIMIT) -> None:
    """Have this program's stdout and stderr turn the file over; nothing happens where they lead elsewhere."""
    if all(_leads_to(descriptor, log) for descriptor in (_OUT, _ERR)):
        sys.stdout, sys.stderr = (_stream(_Bounded(descriptor, log, limit)) for descriptor in (_OUT, _ERR))


def written(log: Path, begin: int) -> Iterator[str]:
    """What is there from `begin` on and then, each time it is asked for, what has come since; without end."""
    while True:
        with log.open(encoding="utf-8", errors="replace") as file:
            mine = os.fstat(file.fileno())
            file.seek(begin if begin <= mine.st_size else 0)
            begin = 0
            while _is(mine, log):
                yield file.read()
            yield file.read()


class _Bounded(io.FileIO):
    """One of the two. Before each write it looks whether the file is full, or another one has taken its name."""

    def __init__(self, descriptor: int, log: Path, limit: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._log = log
        self._limit = limit

    def write(self, data: "ReadableBuffer", /) -> int:
        with suppress(OSError):  # where no other can be had, this one goes on
            self._follow()
        return super().write(data)

    def _follow(self) -> None:
        mine = os.fstat(self.fileno())
        if mine.st_size < self._limit and _is(mine, self._log):
            return
        fresh = opened(self._log, self._limit)
        for descriptor in (_OUT, _ERR):
            os.dup2(fresh, descriptor)
        os.close(fresh)


def _stream(raw: io.FileIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", errors="backslashreplace", line_buffering=True)


def _leads_to(descriptor: int, log: Path) -> bool:
    """Also where it has been turned over since it was opened, by whoever started this process or beside it."""
    try:
        mine = os.fstat(descriptor)
    except OSError:
        return False
    return mine.st_nlink == 0 or _is(mine, log) or _is(mine, earlier(log))


def _is(found: os.stat_result, path: Path) -> bool:
    return path.exists() and os.path.samestat(found, path.stat())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Of all processes that write there nobody else turns anything over meanwhile."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
