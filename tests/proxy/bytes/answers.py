"""What upstreams say, and what of it a client gets: never anything it could take for something else."""

from dataclasses import replace

from tests.net import ok
from tests.proxy.bytes.case import GET, HELLO, POST, Case, End, Step, answered, broken

OK = b"HTTP/1.1 200 OK\r\n"
OLD = GET.replace(b"1.1", b"1.0")
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BODY = CHUNKED + b"4\r\nbody\r\n0\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n"
WORKING = b"HTTP/1.1 102 Processing\r\n\r\n"
UNREAD = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"
UNREAD_AND_CLOSED = UNREAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)


def to_get(name: str, says: bytes, gets: bytes, *, sends: bytes = GET + b"\r\n", **more: object) -> Case:
    """Another answer than it was, or another request than `HELLO`."""
    seen = sends.replace(b"1.0", b"1.1").replace(b"Connection: keep-alive\r\n", b"")
    return replace(Case(name, sends, seen=(seen,), says=(says,), gets=(gets,)), **more)


def to_head(name: str, says: bytes, gets: bytes | None = None, **more: object) -> Case:
    return to_get(name, says, gets or says, sends=GET.replace(b"GET", b"HEAD") + b"\r\n", **more)


def to_old(name: str, says: bytes, gets: bytes, *, kept: bool = False, fields: bytes = b"", **more: object) -> Case:
    return to_get(name, says, gets, sends=OLD + fields + b"\r\n", kept=kept, **more)


STAY = b"Connection: keep-alive\r\n"
LEAVE = b"Connection: close\r\n"

FRAMING = [
    answered("a length", ok(b"body")),
    answered("a length of zero", ok()),
    answered("an answer that looks like two", ok(b"HTTP/1.1 200 OK\r\n\r\n")),
    answered("chunks", BODY),
    answered("chunks with extensions and trailers", CHUNKED + b"4;a=b\r\nbody\r\n2\r\n\r\n\r\n0;c\r\nX-Sum: 7\r\n\r\n"),
    answered("no chunk but the last", CHUNKED + b"0\r\n\r\n"),
    answered("the coding in capitals", OK + b"transfer-encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n", gets=CHUNKED + b"1\r\na\r\n0\r\n\r\n"),
    answered("no length", OK + b"\r\nbody", ends=End.CLOSE, reused=False, gets=BODY),
    answered("no length and no body", OK + b"\r\n", ends=End.CLOSE, reused=False, gets=CHUNKED + b"0\r\n\r\n"),
    answered("the old version with a length", b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody", ends=End.CLOSE, reused=False, gets=ok(b"body")),
    answered("the old version without a length", b"HTTP/1.0 200 OK\r\n\r\nbody", ends=End.CLOSE, reused=False, gets=BODY),
    answered("the old version that would stay", b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\nbody", gets=ok(b"body")),
    answered("an upstream that wants to end", OK + LEAVE + b"Content-Length: 4\r\n\r\nbody", ends=End.CLOSE, reused=False, gets=ok(b"body")),
    answered("an upstream that wants to end and does not", OK + LEAVE + b"Content-Length: 4\r\n\r\nbody", reused=False, gets=ok(b"body")),
    answered("an upstream that says no more but listens", ok(b"body"), ends=End.HALF, reused=False),
    answered("an upstream that ends without a word", ok(b"body"), ends=End.CLOSE, reused=False),
]  # fmt: skip

BODILESS = [
    to_head("HEAD with a length", ok(b"")[:-5] + b"1000\r\n\r\n"),
    to_head("HEAD with chunks", CHUNKED),
    to_head("HEAD with neither", OK + b"ETag: x\r\n\r\n", reused=None),
    to_head("HEAD and the upstream ends", OK + LEAVE + b"\r\n", gets=OK + b"\r\n", ends=End.CLOSE, reused=False),
    answered("204", b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n"),
    answered("204 with a length of zero", b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", gets=b"HTTP/1.1 204 No Content\r\n\r\n"),
    answered("304", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"),
    answered("304 with a length", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n"),
]  # fmt: skip

INTERIM = [
    Case("interim answers", HELLO, says=(WORKING + HINTS + HINTS + ok(b"1"),), gets=(WORKING, HINTS, HINTS, ok(b"1"))),
    Case("an interim answer that the request was waiting for", HELLO, says=(b"HTTP/1.1 100 Continue\r\n\r\n" + ok(b"1"),), gets=(ok(b"1"),)),
    Case("an interim answer that says its length", HELLO, says=(b"HTTP/1.1 102 Processing\r\nContent-Length: 5\r\n\r\n" + ok(b"1"),), gets=(WORKING, ok(b"1"))),
    to_old("interim answers, to the old version", HINTS + ok(b"1"), OK + LEAVE + b"Content-Length: 1\r\n\r\n1"),
]  # fmt: skip

OLD_CLIENTS = [
    to_old("chunks, to the old version", BODY, OK + LEAVE + b"\r\nbody"),
    to_old("chunks and trailers, to the old version", BODY[:-2] + b"X-Sum: 7\r\n\r\n", OK + LEAVE + b"\r\nbody"),
    to_old("chunks, to the old version that would stay", BODY, OK + LEAVE + b"\r\nbody", fields=STAY),
    to_old("no length, to the old version that would stay", OK + b"\r\nbody", OK + LEAVE + b"\r\nbody", fields=STAY, ends=End.CLOSE, reused=False),
    to_old("a length, to the old version that would stay", ok(b"1"), OK + STAY + b"Content-Length: 1\r\n\r\n1", fields=STAY, kept=True),
    to_old("204, to the old version that would stay", b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 204 No Content\r\n" + STAY + b"\r\n", fields=STAY, kept=True),
]  # fmt: skip

HEADS = [
    answered("fields as they are", OK + b"x-LOWER-Upper: a\r\nX-Empty:\r\nX-Tab: a\tb\r\nX-Bytes: \x80\xff\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"),
    answered("fields about the connection", OK + b"Connection: X-Private\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nX-Public: 2\r\nContent-Length: 0\r\n\r\n", gets=OK + b"X-Public: 2\r\nContent-Length: 0\r\n\r\n"),
    answered("a length called a matter of the connection", OK + b"Connection: content-length\r\nContent-Length: 4\r\n\r\nbody", gets=ok(b"body")),
    answered("fields of our own", OK + b"x-eas-refused: gate\r\nx-eas-request-id: 1\r\nContent-Length: 0\r\n\r\n", gets=ok()),
    answered("an error of the upstream's own", b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy"),
    answered("a full queue of the upstream's own", b"HTTP/1.1 450 Queue Full\r\nContent-Length: 0\r\n\r\n"),
    answered("a status without a reason", b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"),
    answered("a status nobody knows", b"HTTP/1.1 599 That's odd: \xe9\r\nContent-Length: 0\r\n\r\n"),
    answered("headers of almost 64 KiB", OK + b"X: " + b"a" * 65_000 + b"\r\nContent-Length: 0\r\n\r\n"),
]  # fmt: skip

SURPLUS = [
    answered("two answers to one request", ok(b"mine") + ok(b"whose?"), reused=False, gets=ok(b"mine")),
    answered("bytes behind a length", ok(b"mine") + b"!", reused=False, gets=ok(b"mine")),
    answered("bytes behind chunks", BODY + b"4\r\nmore\r\n0\r\n\r\n", reused=False, gets=BODY),
    answered("an interim answer behind the last", ok(b"mine") + HINTS, reused=False, gets=ok(b"mine")),
    answered("204 with a body", b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody", reused=False, gets=b"HTTP/1.1 204 No Content\r\n\r\n"),
    answered("304 with a body", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nbody", reused=False, gets=b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n"),
    to_head("HEAD with a body", ok(b"body"), reused=False),
    to_head("HEAD with chunks behind it", BODY, gets=CHUNKED, reused=False),
]  # fmt: skip

EARLY = [
    Case("before the body, which is short", (HELLO[:-5], Step.ANSWERED, b"hello"), seen=(), begun=True, says=(UNREAD,), gets=(UNREAD,), early=True),
    Case("a reset before the body", (HELLO[:-5], Step.ANSWERED, b"hello"), seen=(), begun=True, says=(b"",), ends=End.RESET, gets=(503,), early=True, kept=None),
    Case("an end before the body", (HELLO[:-5], Step.ANSWERED, b"hello"), seen=(), begun=True, says=(b"",), ends=End.CLOSE, gets=(503,), early=True, kept=None),
    Case("before chunks", (POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",), seen=(), begun=True, says=(UNREAD,), gets=(UNREAD_AND_CLOSED,), early=True, kept=False),
    Case("before the body, which is long", (POST + b"Content-Length: 1000000\r\n\r\nhello",), seen=(), begun=True, says=(UNREAD,), gets=(UNREAD_AND_CLOSED,), early=True, kept=False),
]  # fmt: skip


def garbage(name: str, said: bytes, ends: End | None = End.CLOSE) -> Case:
    return broken(name, said, 502, ends)


def torn(name: str, said: bytes, ends: End = End.CLOSE) -> Case:
    """An answer that goes wrong behind its head."""
    return broken(name, said, ends=ends)


GARBAGE = [
    garbage("another protocol", b"SSH-2.0-OpenSSH_9\r\n", ends=None),
    garbage("a body alone", b"<html></html>\r\n\r\n"),
    garbage("a request", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    garbage("a length and chunks", OK + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    garbage("chunks and a length", CHUNKED[:-2] + b"Content-Length: 4\r\n\r\n0\r\n\r\n"),
    garbage("two lengths", OK + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody!"),
    *(garbage(f"the length {value.decode()!r}", OK + b"Content-Length: " + value + b"\r\n\r\nbody!") for value in (
        b"", b"-4", b"+4", b"0x4", b"4, 4", b"4, 5", b"a", b"4 5", b"18446744073709551620",
    )),
    *(garbage(f"the coding {value.decode()!r}", OK + b"Transfer-Encoding: " + value + b"\r\n\r\n0\r\n\r\n") for value in (
        b"gzip, chunked", b"xchunked", b"chunked, identity", b"identity",
    )),
    garbage("two codings", CHUNKED[:-2] + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    garbage("line feeds alone", b"HTTP/1.1 200 OK\nContent-Length: 4\n\nbody", ends=None),
    garbage("a carriage return in a value", OK + b"X: a\rY: b\r\nContent-Length: 0\r\n\r\n"),
    garbage("a zero byte in a value", OK + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n"),
    garbage("a space before the colon", OK + b"Content-Length : 4\r\n\r\nbody"),
    garbage("a field without a colon", OK + b"X\r\nContent-Length: 0\r\n\r\n"),
    garbage("a folded line", OK + b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
    garbage("the second version", b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
    *(garbage(f"the status {value.decode()!r}", b"HTTP/1.1 " + value + b" OK\r\nContent-Length: 0\r\n\r\n") for value in (
        b"099", b"000", b"20", b"2000", b"2x0", b"-200",
    )),
    garbage("a change of protocol that nobody asked for", b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
    garbage("headers above 64 KiB", OK + b"X: " + b"a" * 66_000 + b"\r\nContent-Length: 0\r\n\r\n"),
    garbage("headers that never end", OK + b"X: yyyyyyyyy\r\n" * 20_000),
    broken("nothing", b"", 503),
    broken("nothing, and a reset", b"", 503, ends=End.RESET),
    broken("half a first line", b"HTTP/1.1 20", 503),
    broken("half a head", OK + b"Content-Length: 4\r\n", 503),
    replace(broken("nothing behind an interim answer", WORKING, 503), gets=(WORKING, 503)),
]  # fmt: skip

TORN = [
    torn("half a length", OK + b"Content-Length: 10\r\n\r\nhalf"),
    torn("half a length, and a reset", OK + b"Content-Length: 10\r\n\r\nhalf", End.RESET),
    torn("no length, and a reset", OK + b"\r\nhalf", End.RESET),
    torn("no byte of a length", OK + b"Content-Length: 10\r\n\r\n"),
    torn("no chunk", CHUNKED),
    torn("half a chunk", CHUNKED + b"a\r\nhalf"),
    torn("chunks without the last", CHUNKED + b"4\r\nhalf\r\n"),
    torn("half a last chunk", CHUNKED + b"4\r\nhalf\r\n0\r\n"),
    torn("half a trailer", CHUNKED + b"4\r\nhalf\r\n0\r\nX-Sum: 7\r\n"),
    torn("a bad chunk size", CHUNKED + b"zz\r\nbody\r\n0\r\n\r\n"),
    torn("a bad second chunk", CHUNKED + b"4\r\nhalf\r\nzz\r\n\r\n0\r\n\r\n"),
    torn("a chunk too large for any number", CHUNKED + b"4\r\nhalf\r\n10000000000000000f\r\nx\r\n0\r\n\r\n"),
    torn("a negative chunk", CHUNKED + b"4\r\nhalf\r\n-1\r\nx\r\n0\r\n\r\n"),
    torn("no line end behind a chunk", CHUNKED + b"4\r\nhalfhalf\r\n0\r\n\r\n"),
    torn("a trailer with a zero byte", CHUNKED + b"4\r\nhalf\r\n0\r\nX: \x00\r\n\r\n"),
]  # fmt: skip

# Of these nothing can be said when the surplus comes after the connection has been given to the next request.
AT_ONCE = SURPLUS
ROWS = [*FRAMING, *BODILESS, *INTERIM, *OLD_CLIENTS, *HEADS, *EARLY, *GARBAGE, *TORN]
