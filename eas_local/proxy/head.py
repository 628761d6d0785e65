"""Heads of messages, and how they are said again on the next hop.

A head is shared by all messages that begin with the same bytes, so it is never changed, and what is rendered from it is
rendered once. Targets are never rewritten here.
"""

import re
from collections.abc import Callable, Collection
from enum import IntEnum

from eas_local.proxy.fields import HOP_BY_HOP, Fields, tokens

_NOT_IN_TRAILERS = HOP_BY_HOP | {
    b"authorization", b"content-encoding", b"content-length", b"content-range", b"content-type", b"cookie", b"expect",
    b"host", b"set-cookie",
}  # fmt: skip
_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)(.*)", re.DOTALL)


class Framing(IntEnum):
    """How the end of a body is told."""

    NONE = 0
    LENGTH = 1
    CHUNKED = 2
    CLOSE = 3


class RequestHead:
    """`upgrade`: the request may become a tunnel. `length` is None where no Content-Length was sent.

    `path` is the target as an origin sees it: without the scheme and host of an absolute form.
    """

    __slots__ = (
        "_authority",
        "_made",
        "chunked",
        "expects_continue",
        "fields",
        "has_body",
        "http10",
        "keep_alive",
        "length",
        "method",
        "path",
        "target",
        "upgrade",
    )

    def __init__(self, method: bytes, target: bytes, fields: Fields, *, http10: bool, upgrade: bool = False) -> None:
        self.method = method
        self.target = target
        self.path, self._authority = _origin_form(target)
        self.fields = fields
        self.http10 = http10
        self.keep_alive = fields.keep_alive(http10=http10)
        self.length = length_of(fields)
        self.chunked = b"transfer-encoding" in fields.values
        self.has_body = self.chunked or bool(self.length)
        self.expects_continue = not http10 and self.has_body and fields.get(b"expect").lower() == b"100-continue"
        self.upgrade = upgrade and not self.has_body and b"h2c" not in tokens(fields.get(b"upgrade"))
        # A wish for HTTP/2 is not heard (Java's client sends it with every request), nor one with a body.
        self._made: dict[Callable[[RequestHead], bytes], bytes] = {}

    def once(self, make: Callable[["RequestHead"], bytes]) -> bytes:
        """What `make` makes of it, made for the first of the requests that share it."""
        made = self._made.get(make)
        if made is None:
            made = self._made[make] = make(self)
        return made

    def onward(self, target: bytes, dropped: Collection[bytes] = (), added: bytes = b"") -> bytes:
        """The head for the next hop, asking for `target`; `added` are whole lines."""
        own = b""
        if self._authority:
            own, dropped = b"Host: %b\r\n" % self._authority, {*dropped, b"host"}
        elif b"host" not in self.fields.values:
            own = b"Host: localhost\r\n"  # the old version needs none, the one we speak does
        if self.chunked:
            own += b"Transfer-Encoding: chunked\r\n"
        if self.upgrade:
            own += b"Connection: Upgrade\r\nUpgrade: %b\r\n" % self.fields.get(b"upgrade")
        return b"%b %b HTTP/1.1\r\n%b%b%b\r\n" % (self.method, target, self.fields.onward(dropped), own, added)


class AnswerHead:
    """`bodiless`: no body follows, whatever the fields say (1xx, 204, 304). `keep_alive`: another request may follow."""

    __slots__ = ("_said", "bodiless", "chunked", "fields", "http10", "keep_alive", "length", "reason", "status")

    def __init__(self, status: int, reason: bytes, fields: Fields, *, http10: bool) -> None:
        self.status = status
        self.reason = reason
        self.fields = fields
        self.http10 = http10
        self.keep_alive = fields.keep_alive(http10=http10) and status != 101
        self.bodiless = status < 200 or status in {204, 304}
        self.length = length_of(fields)
        self.chunked = b"transfer-encoding" in fields.values
        self._said: dict[tuple[Framing, bytes, bool], bytes] = {}

    def framing_for(self, request: RequestHead) -> Framing:
        """How its body is told to the client that asked."""
        if self.bodiless or request.method == b"HEAD":
            return Framing.NONE
        if self.length is not None:
            return Framing.LENGTH
        return Framing.CLOSE if request.http10 else Framing.CHUNKED

    def onward(self, framing: Framing, connection: bytes = b"", added: bytes = b"", *, ours: bool = False) -> bytes:
        """The head for the client. `connection` and `added` are whole lines; `ours`: our own fields pass."""
        said = self._said.get((framing, connection, ours))
        if said is None:
            said = self._said[framing, connection, ours] = self._say(framing, connection, ours=ours)
        return b"%b%b\r\n" % (said, added)

    def _say(self, framing: Framing, connection: bytes, *, ours: bool) -> bytes:
        dropped = (b"content-length",) if self.status == 204 or self.status < 200 else ()
        lines = self.fields.onward(dropped, ours=ours)
        chunked = b"Transfer-Encoding: chunked\r\n" if framing is Framing.CHUNKED else b""
        return b"HTTP/1.1 %d %b\r\n%b%b%b" % (self.status, self.reason, lines, chunked, connection)

    def switching(self) -> bytes:
        """The head of a 101, which must name the protocol again."""
        return self.onward(Framing.NONE, b"Connection: Upgrade\r\nUpgrade: %b\r\n" % self.fields.get(b"upgrade"))


def length_of(fields: Fields) -> int | None:
    value = fields.values.get(b"content-length")
    return None if value is None else int(value)


def trailer_lines(trailers: Fields) -> bytes:
    """Trailers that may pass on: not those a receiver would take for framing, routing or credentials."""
    return trailers.onward(_NOT_IN_TRAILERS)


def _origin_form(target: bytes) -> tuple[bytes, bytes]:
    """A target's path as an origin sees it, and the authority before it, which only an absolute target names."""
    absolute = None if target.startswith(b"/") else _ABSOLUTE.fullmatch(target)
    if absolute is None:
        return target, b""
    authority, path = absolute.groups()
    return path if path.startswith(b"/") else b"/" + path, authority
