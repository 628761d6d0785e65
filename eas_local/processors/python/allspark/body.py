"""The two kinds of a request's body. `feed` gives back what is behind the end, and None while that has not come."""

import re
from typing import List, Optional

MAX_LINE = 4096

_CRLF = b"\r\n"
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")


class Malformed(Exception):
    """What a client sends is no HTTP."""


def _joined(pieces: List[bytes]) -> bytes:
    """They are not kept: a connection may rest for long after a large body."""
    whole = b"".join(pieces)
    pieces.clear()
    return whole


class LengthBody:
    def __init__(self, length: int) -> None:
        self.missing = length
        self._pieces: List[bytes] = []

    def feed(self, data: bytes) -> Optional[bytes]:
        piece = data[: self.missing]
        self._pieces.append(piece)
        self.missing -= len(piece)
        return None if self.missing else data[len(piece) :]

    def whole(self) -> bytes:
        return _joined(self._pieces)


class ChunkedBody:
    """`missing` is what is still to come of the chunk that is being read; a line that has come in part is kept."""

    def __init__(self) -> None:
        self.missing = 0
        self._pieces: List[bytes] = []
        self._line = b""
        self._read_line = self._size

    def feed(self, data: bytes) -> Optional[bytes]:
        data, self._line = self._line + data, b""
        at = 0
        while at < len(data):
            if self.missing:
                at = self._chunk(data, at)
                continue
            end = data.find(_CRLF, at)
            if end < 0:
                self._keep(data[at:])
                return None
            line, at = data[at:end], end + 2
            if self._read_line(line):
                return data[at:]
        return None

    def whole(self) -> bytes:
        return _joined(self._pieces)

    def _chunk(self, data: bytes, at: int) -> int:
        piece = data[at : at + self.missing]
        self._pieces.append(piece)
        self.missing -= len(piece)
        return at + len(piece)

    def _keep(self, line: bytes) -> None:
        if len(line) > MAX_LINE:
            raise Malformed("a line between chunks is too long")
        self._line = line

    def _size(self, line: bytes) -> bool:
        size = _SIZE.fullmatch(line)
        if size is None:
            raise Malformed("a chunk has no size")
        self.missing = int(size.group(1), 16)
        self._read_line = self._after_chunk if self.missing else self._trailer
        return False

    def _after_chunk(self, line: bytes) -> bool:
        if line:
            raise Malformed("a chunk is longer than its size")
        self._read_line = self._size
        return False

    def _trailer(self, line: bytes) -> bool:
        return not line
