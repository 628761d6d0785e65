"""What two programs could read in two ways is refused, with an answer and a closed connection."""

import pytest

from tests.net import answering, dial, echo
from tests.proxy.relay import relaying_to

HOST = b"Host: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"

REFUSED = [
    ("both a length and chunks", 400, POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("chunks and then a length", 400, POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
    ("two lengths", 400, POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
    ("a list of lengths", 400, POST + b"Content-Length: 3, 3\r\n\r\nabc"),
    ("a signed length", 400, POST + b"Content-Length: +3\r\n\r\nabc"),
    ("a length that is no number", 400, POST + b"Content-Length: 0x3\r\n\r\nabc"),
    ("chunks in the old version", 400, b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("another transfer coding", 501, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ("chunks that are not last", 400, POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
    ("nearly chunked", 501, POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ("two transfer encodings", 400, POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("a bad chunk size", 400, POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"),
    ("a chunk without its end", 400, POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n"),
    ("no host", 400, b"GET / HTTP/1.1\r\n\r\n"),
    ("two hosts", 400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    ("a folded line", 400, b"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n"),
    ("a space before the colon", 400, b"GET / HTTP/1.1\r\nHost : x\r\n\r\n"),
    ("a field without a name", 400, b"GET / HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n"),
    ("bare line feeds", 400, b"GET / HTTP/1.1\nHost: x\n\n"),
    ("a bare carriage return", 400, b"GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n"),
    ("a zero byte", 400, b"GET / HTTP/1.1\r\nHost: x\x00y\r\n\r\n"),
    ("a space in the target", 400, b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("no method", 400, b" / HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("a TLS hello", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    ("an unknown method", 501, b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("a wish for a tunnel", 501, b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("the second version", 505, b"GET / HTTP/2.0\r\nHost: x\r\n\r\n"),
    ("no version", 505, b"GET /\r\n\r\n"),
    ("an unheard of version", 505, b"GET / HTTP/7.3\r\nHost: x\r\n\r\n"),
    ("a target too long", 414, b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("a target that never ends", 414, b"GET /" + b"a" * 300_000),
    ("a field too large", 431, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 66_000 + b"\r\n\r\n"),
    ("too many fields", 431, b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 12_000 + b"\r\n"),
    ("a field that never ends", 431, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 600_000),
]  # fmt: skip


@pytest.mark.parametrize(("status", "data"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_it_is_refused_and_the_connection_closed(status, data):
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(data)
        answer = await client.message()
        assert await client.rest() == b""

    assert answer.status == status
    assert answer.headers["connection"] == "close"
    assert len(answer.headers["x-eas-request-id"]) == 32
    assert upstream.requests == []


@pytest.mark.parametrize(("status", "data"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_what_comes_before_it_is_answered_first(status, data):
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(POST + b"Content-Length: 5\r\n\r\nhello" + data)
        assert (await client.message()).body == b"hello"
        assert (await client.message()).status in {status, 400}
        assert await client.rest() == b""


async def test_headers_of_almost_64_kib_pass():
    large = b"X: " + b"a" * 60_000 + b"\r\n"
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(b"GET / HTTP/1.1\r\nHost: x\r\n" + large + b"\r\n")
        assert (await client.message()).status == 200

    assert large in upstream.requests[0].raw


async def test_empty_lines_before_a_request_are_no_fault():
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(b"\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await client.message()).status == 200


async def test_a_client_that_is_still_sending_gets_to_read_the_refusal():
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        client.writer.write(b"POST / HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n" + b"a" * 3_000_000)
        assert (await client.message()).status == 400
