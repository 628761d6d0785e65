"""A body on its way from one connection to another.

A reader feeds it, an exchange reads it. Back-pressure is simply not reading: above `HIGH_WATER` the connection it comes
from stops, and goes on when there is room again. The first bytes are kept until `forget`, so that a request can be sent
a second time while nothing but those has been read.
"""

from collections.abc import Callable

from eas_local.proxy.head import Fields, Framing, trailer_lines

HIGH_WATER = 64 * 1024
KEPT = 64 * 1024


def nothing() -> None:
    """What is called where nobody listens."""


class Body:
    """`on_data` is called when there is something to read or the end has come, `on_room` when all of it has been read."""

    __slots__ = (
        "_kept",
        "_kept_size",
        "_pieces",
        "discarding",
        "ended",
        "on_data",
        "on_room",
        "received",
        "size",
        "trailers",
    )

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._kept: list[bytes] | None = []
        self._kept_size = 0
        self.size = 0
        self.received = 0
        self.ended = False
        self.discarding = False
        self.trailers: Fields | None = None
        self.on_data: Callable[[], None] = nothing
        self.on_room: Callable[[], None] = nothing

    def feed(self, data: bytes) -> None:
        self.received += len(data)
        if not self.discarding:
            self._pieces.append(data)
            self.size += len(data)

    @property
    def full(self) -> bool:
        return self.size > HIGH_WATER

    def read(self) -> bytes:
        """All there is at the moment, which may be nothing."""
        if not self._pieces:
            return b""
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
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

    def _keep(self, data: bytes) -> None:
        self._kept_size += len(data)
        if self._kept is None or self._kept_size > KEPT:
            self.forget()
        else:
            self._kept.append(data)


def framed(framing: Framing, data: bytes, body: Body) -> bytes:
    """A piece of a body as it travels, with the end behind it when the body has ended."""
    if framing is not Framing.CHUNKED:
        return data
    piece = b"%x\r\n%b\r\n" % (len(data), data) if data else b""
    if not body.ended or body.size:
        return piece
    return b"%b0\r\n%b\r\n" % (piece, trailer_lines(body.trailers) if body.trailers else b"")
