"""Heads of messages: what a message says about itself, and how it is said again on the next hop.

Field lines pass as the bytes that came. Fields that speak about one connection are dropped and said anew, and so are
fields of our own (`x-eas-*`), which nobody outside may set. Targets and bodies are never rewritten here.
"""

from collections.abc import Collection
from enum import Enum

OURS = b"x-eas-"
HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade",
     b"http2-settings")
)  # fmt: skip
_END_TO_END = {b"content-length", b"host"}
# Whatever `Connection` says: a body without its length would be read as the next request on the same connection.
_NOT_IN_TRAILERS = HOP_BY_HOP | {
    b"authorization", b"content-encoding", b"content-length", b"content-range", b"content-type", b"cookie", b"expect",
    b"host", b"set-cookie",
}  # fmt: skip


class Framing(Enum):
    """How the end of a body is told."""

    NONE = "none"
    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"


class Fields:
    """Header fields in the order they came: `lines` as they pass on, `values` by lower-case name, repeated ones joined."""

    __slots__ = ("lines", "size", "values")

    def __init__(self) -> None:
        self.lines: list[tuple[bytes, bytes]] = []
        self.values: dict[bytes, bytes] = {}
        self.size = 0

    def add(self, name: bytes, value: bytes) -> None:
        key = name.lower()
        line = b"%b: %b\r\n" % (name, value)
        before = self.values.get(key)
        self.lines.append((key, line))
        self.values[key] = value if before is None else b"%b, %b" % (before, value)
        self.size += len(line)

    def get(self, key: bytes) -> bytes:
        """The value, without the white space around it; empty where there is none."""
        return self.values.get(key, b"").strip()

    def onward(self, dropped: Collection[bytes] = (), *, ours: bool = False) -> list[bytes]:
        """The lines for the next hop: all but those about this connection, `dropped` ones, and (unless `ours`) our own."""
        connection = self.values.get(b"connection")
        hop = HOP_BY_HOP if connection is None else HOP_BY_HOP.union(tokens(connection)) - _END_TO_END
        return [
            line
            for key, line in self.lines
            if key not in hop and key not in dropped and (ours or not key.startswith(OURS))
        ]


class RequestHead:
    """`upgrade`: the request may become a tunnel. `length` is None where no Content-Length was sent."""

    __slots__ = ("chunked", "fields", "http10", "keep_alive", "length", "method", "target", "upgrade")

    def __init__(self, method: bytes, target: bytes, fields: Fields, *, http10: bool, keep_alive: bool) -> None:
        self.method = method
        self.target = target
        self.fields = fields
        self.http10 = http10
        self.keep_alive = keep_alive
        self.length = length_of(fields)
        self.chunked = b"transfer-encoding" in fields.values
        self.upgrade = False

    @property
    def has_body(self) -> bool:
        return self.chunked or bool(self.length)

    @property
    def expects_continue(self) -> bool:
        return not self.http10 and self.has_body and self.fields.get(b"expect").lower() == b"100-continue"

    @property
    def path(self) -> bytes:
        """The target as an origin sees it: without the scheme and host of an absolute form."""
        if self.target.startswith(b"/"):
            return self.target
        _, scheme, rest = self.target.partition(b"://")
        return b"/" + rest.partition(b"/")[2] if scheme else self.target

    def onward(self, target: bytes, dropped: Collection[bytes] = (), added: bytes = b"") -> bytes:
        """The head for the next hop, asking for `target`; `added` are whole lines."""
        lines = self.fields.onward(dropped)
        if b"host" not in self.fields.values:
            lines.append(b"Host: localhost\r\n")  # the old version needs none, the one we speak does
        if self.chunked:
            lines.append(b"Transfer-Encoding: chunked\r\n")
        if self.upgrade:
            lines.append(b"Connection: Upgrade\r\nUpgrade: %b\r\n" % self.fields.get(b"upgrade"))
        return b"%b %b HTTP/1.1\r\n%b%b\r\n" % (self.method, target, b"".join(lines), added)


class AnswerHead:
    """`bodiless`: no body follows, whatever the fields say (an answer to HEAD, 204, 304)."""

    __slots__ = ("bodiless", "chunked", "fields", "keep_alive", "length", "reason", "status")

    def __init__(self, status: int, reason: bytes, fields: Fields, *, keep_alive: bool, bodiless: bool) -> None:
        self.status = status
        self.reason = reason
        self.fields = fields
        self.keep_alive = keep_alive
        self.bodiless = bodiless
        self.length = length_of(fields)
        self.chunked = b"transfer-encoding" in fields.values

    @property
    def ends_with_connection(self) -> bool:
        """Only the end of the connection tells the end of its body."""
        return not (self.bodiless or self.chunked or self.length is not None)

    def framing_for(self, request: RequestHead) -> Framing:
        if self.bodiless:
            return Framing.NONE
        if self.length is not None:
            return Framing.LENGTH
        return Framing.CLOSE if request.http10 else Framing.CHUNKED

    def onward(self, framing: Framing, connection: bytes, *, ours: bool = False) -> bytes:
        """The head for the client; `connection` is a whole line about the connection to it, or nothing."""
        dropped = (b"content-length",) if self.status == 204 or self.status < 200 else ()
        lines = b"".join(self.fields.onward(dropped, ours=ours))
        chunked = b"Transfer-Encoding: chunked\r\n" if framing is Framing.CHUNKED else b""
        return b"HTTP/1.1 %d %b\r\n%b%b%b\r\n" % (self.status, self.reason, lines, chunked, connection)

    def switching(self) -> bytes:
        """The head of a 101, which must name the protocol again."""
        return self.onward(Framing.NONE, b"Connection: Upgrade\r\nUpgrade: %b\r\n" % self.fields.get(b"upgrade"))


def tokens(value: bytes) -> list[bytes]:
    """The lower-case members of a comma separated value."""
    return [part.strip() for part in value.lower().split(b",")]


def length_of(fields: Fields) -> int | None:
    value = fields.values.get(b"content-length")
    return None if value is None else int(value)


def trailer_lines(trailers: Fields) -> bytes:
    """Trailers that may pass on: not those a receiver would take for framing, routing or credentials."""
    return b"".join(trailers.onward(_NOT_IN_TRAILERS))
