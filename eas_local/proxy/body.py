"""A body on its way from one connection to another.

Whoever reads the connection feeds it, an exchange reads it. Back-pressure is simply not reading: above `HIGH_WATER` the
connection it comes from stops, and goes on when there is room again. The first bytes are kept until `forget`, so that a
request can be sent a second time while nothing but those has been read.

How the end is told makes the kinds: no body, a length, chunks, or the end of the connection.
"""

import re
from abc import abstractmethod
from collections.abc import Callable

from eas_local.proxy.fields import MAX_HEAD, Fields, Malformed
from eas_local.proxy.head import Framing, trailer_lines
from eas_local.proxy.parsing import trailers_of

HIGH_WATER = 64 * 1024
KEPT = 64 * 1024
MAX_CHUNK_LINE = 4096

_CRLF = b"\r\n"
_END = b"\r\n\r\n"
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[^\x00-\x08\x0a-\x1f\x7f]*)?")
_CHUNK_LINE_SO_FAR = re.compile(rb"(?:[0-9A-Fa-f]{1,15}(?:[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?)?)?\r?")
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)")


def nothing() -> None:
    """What is called where nobody listens."""


class Body:
    """`on_data` is called when there is something to read or the end has come, `on_room` when all of it has been read.
    Of more than `limit` unread bytes no more is taken from the connection.
    """

    limit = HIGH_WATER
    ended = False
    discarding = False
    size = 0
    received = 0
    trailers: Fields | None = None
    on_data: Callable[[], None] = staticmethod(nothing)
    on_room: Callable[[], None] = staticmethod(nothing)

    def __init__(self, *, kept: bool = True) -> None:
        self._pieces: list[bytes] = []
        self._kept: list[bytes] | None = [] if kept else None
        self._kept_size = 0

    @abstractmethod
    def feed(self, data: bytes) -> bytes:
        """Take what belongs to it; what comes back is behind its end. Raises Malformed."""

    def connection_ended(self) -> None:
        """The peer has closed in good order; some bodies end that way."""

    @property
    def full(self) -> bool:
        return self.size > self.limit

    def read(self) -> bytes:
        """All there is at the moment, which may be nothing."""
        pieces = self._pieces
        if not pieces:
            return b""
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self.size = 0
        if self._kept is not None:
            self._keep(data)
        self.on_room()
        return data

    def rewind(self) -> bool:
        """Begin again from the first byte; False where too much has been read for that."""
        if self._kept is None:
            return False
        self._pieces[:0] = self._kept
        self.size += self._kept_size
        self._kept, self._kept_size = [], 0
        return True

    def forget(self) -> None:
        """It will not be read a second time."""
        self._kept = None

    def discard(self) -> None:
        """Nobody wants the rest."""
        self._pieces.clear()
        self.size = 0
        self.discarding = True
        self.on_room()

    def _put(self, data: bytes) -> None:
        self.received += len(data)
        if not self.discarding:
            self._pieces.append(data)
            self.size += len(data)

    def _keep(self, data: bytes) -> None:
        self._kept_size += len(data)
        if self._kept is None or self._kept_size > KEPT:
            self.forget()
        else:
            self._kept.append(data)


class _Unheard:
    """A listener that cannot be set."""

    def __get__(self, body: Body, kind: type[Body]) -> Callable[[], None]:
        return nothing

    def __set__(self, body: Body, call: Callable[[], None]) -> None:
        pass


class NoBody(Body):
    """Of a message that has none. One serves all of them: it holds nothing and calls nobody."""

    on_data = _Unheard()
    on_room = _Unheard()

    def __init__(self) -> None:
        super().__init__()
        self.ended = True

    def feed(self, data: bytes) -> bytes:
        return data

    def rewind(self) -> bool:
        return True

    def forget(self) -> None:
        pass

    def discard(self) -> None:
        pass


NO_BODY = NoBody()


class LengthBody(Body):
    """So many bytes."""

    def __init__(self, length: int, *, kept: bool = True) -> None:
        super().__init__(kept=kept)
        self._left = length
        self.ended = length == 0

    def feed(self, data: bytes) -> bytes:
        left = self._left
        if len(data) < left:
            self._left = left - len(data)
            self._put(data)
            return b""
        if left:
            self._put(data[:left])
        self._left = 0
        self.ended = True
        return data[left:]


class CloseBody(Body):
    """Everything until the connection ends."""

    def feed(self, data: bytes) -> bytes:
        if data:
            self._put(data)
        return b""

    def connection_ended(self) -> None:
        self.ended = True


class ChunkedBody(Body):
    """Chunks, each with its size before it, and trailers behind the last one.

    Read strictly: whatever another program could take for a different size or a different end is malformed.
    Extensions are dropped.
    """

    def __init__(self, *, kept: bool = True) -> None:
        super().__init__(kept=kept)
        self._data = b""
        self._at = 0
        self._left = 0
        self._chunk_open = False
        self._last_seen = False
        self._searched = 0  # bytes of trailers in which no end was found

    def feed(self, data: bytes) -> bytes:
        self._data += data
        while not self.ended and self._step():
            pass
        rest, self._data, self._at = self._data[self._at :], b"", 0
        if self.ended:
            return rest
        self._data = rest
        return b""

    def _step(self) -> bool:
        """Read one thing on; False where more must come first."""
        if self._left:
            return self._read_chunk()
        if self._chunk_open:
            return self._close_chunk()
        return self._read_trailers() if self._last_seen else self._read_size()

    def _read_size(self) -> bool:
        data, at = self._data, self._at
        end = data.find(_CRLF, at, at + MAX_CHUNK_LINE)
        if end < 0:
            if len(data) - at >= MAX_CHUNK_LINE or not _CHUNK_LINE_SO_FAR.fullmatch(data, at):
                raise Malformed
            return False
        line = _CHUNK_LINE.fullmatch(data, at, end)
        if line is None:
            raise Malformed
        self._left = int(line[1], 16)
        self._chunk_open = self._left > 0
        self._last_seen = not self._chunk_open
        self._at = end + 2
        return True

    def _read_chunk(self) -> bool:
        piece = self._data[self._at : self._at + self._left]
        if piece:
            self._put(piece)
        self._at += len(piece)
        self._left -= len(piece)
        return self._left == 0

    def _close_chunk(self) -> bool:
        behind = self._data[self._at : self._at + 2]
        if not _CRLF.startswith(behind):
            raise Malformed
        if behind != _CRLF:
            return False
        self._at += 2
        self._chunk_open = False
        return True

    def _read_trailers(self) -> bool:
        data, at = self._data, self._at
        if data.startswith(_CRLF, at):
            self._at = at + 2
            self.ended = True
            return True
        start = at + max(0, self._searched - 3)
        end = data.find(_END, start, at + MAX_HEAD)
        if end < 0:
            if len(data) - at >= MAX_HEAD or _BARE.search(data, start):
                raise Malformed
            self._searched = len(data) - at
            return False
        self.trailers = trailers_of(data[at : end + 2])
        self._at = end + 4
        self.ended = True
        return True


def framed(framing: Framing, data: bytes, body: Body) -> bytes:
    """A piece of a body as it travels, with the end behind it when the body has ended."""
    if framing is not Framing.CHUNKED:
        return data
    piece = b"%x\r\n%b\r\n" % (len(data), data) if data else b""
    if not body.ended or body.size:
        return piece
    return b"%b0\r\n%b\r\n" % (piece, trailer_lines(body.trailers) if body.trailers else b"")
