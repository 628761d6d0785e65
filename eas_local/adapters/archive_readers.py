"""The members of an archive with their bytes, one after the other: tar (plain, gzip, bzip2, xz) and zip in one shape.

Whatever a damaged or hostile file makes Python's readers do ends in Unusable with a sentence. A tar's headers may
claim any size, so what is read of them at once is bounded, and nothing is ever read backwards.
"""

import bz2
import errno
import gzip
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import IO, Any

from eas_local.core.archives import HEAD, LONGEST_PATH, Form, Kind, Member, Unusable, shown

_OPENERS: tuple[tuple[bytes, Callable[..., Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\0", lzma.open),
)
_DAMAGES = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, ValueError, IndexError,
    KeyError, OverflowError, RuntimeError,
)  # fmt: skip
_OF_DAMAGES = (None, errno.EINVAL)  # of bytes that cannot be unpacked, and of a wrong offset
_HEADERS = 64 * 1024
_UNIX = 3
_ENCRYPTED = 0x1
_DISTANT = 2.0**33


@dataclass(frozen=True, slots=True)
class Packed:
    """A member, and where its bytes are if it is a file."""

    member: Member
    stream: IO[bytes] | None = None

    def read(self, size: int) -> bytes:
        """The next of its bytes. Raises Unusable."""
        with _damages():
            return self.stream.read(size) if self.stream else b""


def head(path: Path) -> bytes:
    """How a file begins, unpacked where it is compressed; empty where it cannot be unpacked. Raises OSError."""
    try:
        with _damages(), closing(_opened(path)) as file:
            return file.read(HEAD)
    except Unusable:
        return b""


def members(path: Path, form: Form) -> Iterator[Packed]:
    """Each is to be read before the next is asked for. Raises Unusable, or OSError where the file cannot be read."""
    with _damages():
        yield from _in_zip(path) if form is Form.ZIP else _in_tar(path)


def _in_tar(path: Path) -> Iterator[Packed]:
    with closing(_opened(path)) as file:
        bytes_ = _Forward(file)
        with tarfile.open(fileobj=bytes_, mode="r:", encoding="utf-8", errors="surrogateescape") as tar:  # type: ignore[call-overload]
            while info := tar.next():
                tar.members.clear()  # which would otherwise grow without end
                bytes_.left = inf
                yield Packed(_of_tar(info), tar.extractfile(info) if info.isreg() else None)
                bytes_.left = _HEADERS
        if bytes_.last != bytes(HEAD):  # a block of zeros says that this is the end
            raise Unusable("it ends too early, or something in it is no member")
        bytes_.read(_HEADERS // 2)  # to its very end, where a checksum may be


def _of_tar(info: tarfile.TarInfo) -> Member:
    if info.size < 0:
        raise Unusable("a header in it is wrong about sizes")
    if info.issparse():
        raise Unusable(f"{shown(info.name)} in it is a file with holes, which is not supported")
    kinds = {
        info.isreg(): Kind.FILE,
        info.isdir(): Kind.FOLDER,
        info.issym(): Kind.SYMLINK,
        info.islnk(): Kind.HARDLINK,
    }
    return Member(
        name=info.name,
        kind=kinds.get(True, Kind.OTHER),
        executable=bool(info.mode & stat.S_IXUSR),
        link=info.linkname,
        modified=info.mtime if 0 <= info.mtime < _DISTANT else None,
    )


class _Forward:
    """A tar's bytes as tarfile reads them. `left`: how many it may still read. `last`: what it read last."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.left: float = _HEADERS
        self.last = b""

    def read(self, size: int) -> bytes:
        self.left -= size
        if size < 0 or self.left < 0:
            raise Unusable("a header in it is too long")
        self.last = self._file.read(size)
        return self.last

    def seek(self, position: int) -> int:
        if position < self._file.tell():
            raise Unusable("a header in it is wrong about sizes")
        return self._file.seek(position)

    def tell(self) -> int:
        return self._file.tell()


def _in_zip(path: Path) -> Iterator[Packed]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.flag_bits & _ENCRYPTED:
                raise Unusable(f"{shown(info.filename)} in it is encrypted")
            with archive.open(info) as stream:
                member = _of_zip(info, stream)
                yield Packed(member, stream if member.kind is Kind.FILE else None)


def _of_zip(info: zipfile.ZipInfo, stream: IO[bytes]) -> Member:
    """A zip made on Unix keeps modes, and a symbolic link's target in place of its content."""
    mode = info.external_attr >> 16 if info.create_system == _UNIX else 0
    kinds = {0: Kind.FILE, stat.S_IFREG: Kind.FILE, stat.S_IFDIR: Kind.FOLDER, stat.S_IFLNK: Kind.SYMLINK}
    kind = Kind.FOLDER if info.is_dir() else kinds.get(stat.S_IFMT(mode), Kind.OTHER)
    link = os.fsdecode(stream.read(LONGEST_PATH + 1)) if kind is Kind.SYMLINK else ""
    return Member(info.filename, kind, executable=bool(mode & stat.S_IXUSR), link=link)


def _opened(path: Path) -> IO[bytes]:
    """Its bytes, unpacked where it is compressed."""
    with path.open("rb") as file:
        beginning = file.read(6)
    opener: Callable[..., Any] = next((opener for magic, opener in _OPENERS if beginning.startswith(magic)), open)
    unpacked: IO[bytes] = opener(path, "rb")
    return unpacked


@contextmanager
def _damages() -> Iterator[None]:
    """What a damaged archive makes Python's readers raise; where it is the file that cannot be read, that is left as it is."""
    try:
        yield
    except Unusable:
        raise
    except EOFError as error:
        raise Unusable("it ends too early") from error
    except _DAMAGES as error:
        raise Unusable(f"it is damaged: {_text(error)}") from error
    except OSError as error:
        if error.errno not in _OF_DAMAGES:
            raise
        raise Unusable(f"it is damaged: {_text(error)}") from error


def _text(error: Exception) -> str:
    return str(error).encode("utf-8", "replace").decode() or type(error).__name__
