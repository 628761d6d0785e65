"""What a row of the tables says: what a client sends, what the upstream says to it, and what both have seen then.

In all bytes `/~/` is where a service's paths begin: nowhere in front of a relay, behind `/api/predict/demo` elsewhere.
Messages are compared as they are but for three things: chunks count by what is in them, fields about one connection by
their names, wherever they stand, and white space around a field's value not at all.
"""

from dataclasses import dataclass
from enum import Enum

from tests.net import ok

GET = b"GET /~/a HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /~/a HTTP/1.1\r\nHost: x\r\n"
HELLO = POST + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
ONE, TWO, THREE = ok(b"1"), ok(b"2"), ok(b"3")
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Step(Enum):
    """Among the bytes a client sends: it waits for the next answer."""

    ANSWERED = "answered"


class Never(Enum):
    """Among the answers a client gets: 502 or 503 from the proxy, or an answer that plainly breaks off."""

    WHOLE = "whole"


class End(Enum):
    """What an upstream does when it has said everything."""

    CLOSE = "close"
    HALF = "half"
    RESET = "reset"


Sent = bytes | Step
Got = bytes | int | frozenset[int] | Never


@dataclass(frozen=True)
class Case:
    """One client's connection. `gets`: answers as bytes, those of the proxy's own as their status.

    Where a row is silent, one request passes as it was sent and is answered with `ONE`; then both connections go on.
    `kept` and `reused` are None where either is well; a set of statuses is one of them.
    `early`: the upstream speaks as soon as it has read a head. `begun`: it may see the beginning of a refused request.
    `one_hop`: the row is about a target that names no service.
    """

    name: str
    sends: bytes | tuple[Sent, ...]
    seen: tuple[bytes, ...] | None = None
    gets: tuple[Got, ...] | None = None
    kept: bool | None = True
    says: tuple[bytes, ...] = (ONE, TWO, THREE)
    ends: End | None = None
    early: bool = False
    reused: bool | None = True
    begun: bool = False
    one_hop: bool = False

    def __str__(self) -> str:
        return self.name

    @property
    def pieces(self) -> tuple[Sent, ...]:
        return (self.sends,) if isinstance(self.sends, bytes) else self.sends

    @property
    def sent(self) -> bytes:
        return b"".join(piece for piece in self.pieces if isinstance(piece, bytes))

    @property
    def expected_seen(self) -> tuple[bytes, ...]:
        return (self.sent,) if self.seen is None else self.seen

    @property
    def expected_gets(self) -> tuple[Got, ...]:
        return self.says[: len(self.expected_seen)] if self.gets is None else self.gets


def refused(name: str, status: int | frozenset[int], sends: bytes | tuple[Sent, ...], *, begun: bool = False) -> Case:
    """It is answered with this status, and nothing more is read of the connection."""
    return Case(name, sends, seen=(), gets=(status,), kept=False, begun=begun)


def badly_chunked(name: str, chunks: bytes) -> Case:
    return refused(name, 400, CHUNKED + chunks, begun=True)


def answered(name: str, *says: bytes, ends: End | None = None, reused: bool = True, gets: bytes | None = None) -> Case:
    """A plain request's answer, which the client gets as it was said, or as `gets` says."""
    heard = (b"".join(says),)
    return Case(name, HELLO, says=heard, ends=ends, reused=reused, gets=heard if gets is None else (gets,))


def broken(name: str, said: bytes, status: int | None = None, ends: End | None = End.CLOSE) -> Case:
    """An answer that is none: the client gets this status, or no whole answer where the answer has begun."""
    gets = Never.WHOLE if status is None else status
    return Case(name, HELLO, says=(said,), ends=ends, gets=(gets,), kept=True if status else None, reused=False)


def cut(data: bytes, cuts: int) -> list[bytes]:
    """In so many pieces, or byte by byte where it is shorter."""
    size = -(-len(data) // cuts)
    return [data[at : at + size] for at in range(0, len(data), size)] if size else []
