"""Broken requests, made up: the relay never passes what neither h11 nor aiohttp's own parser would have understood so.

Two programs that read the same bytes differently are what request smuggling is made of. Refusing more than they do is well.
"""

import asyncio
import re
from collections.abc import Callable

import h11
import pytest
import pytest_asyncio
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import BadHttpMessage, TransferEncodingError
from aiohttp.http_parser import HttpRequestParserPy
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.net import dial
from tests.proxy.bytes.case import CHUNKED, GET, HELLO, Case, End
from tests.proxy.bytes.said import said_in
from tests.proxy.bytes.ways import Way, going, probe

pytestmark = pytest.mark.asyncio(loop_scope="module")

Read = tuple[bytes, bytes, bytes]
Answer = tuple[int, bytes]
BEHIND = b"GET /behind HTTP/1.1\r\nHost: x\r\n\r\n"
SOUND = [
    GET + b"\r\n",
    HELLO,
    GET + b"X-A: b\r\nConnection: close\r\n\r\n",
    CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
    CHUNKED + b"5;a=b\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n",
    HELLO.replace(b"1.1", b"1.0"),
    HELLO + GET + b"\r\n",
]
OK = b"HTTP/1.1 200 OK\r\n"
SOUND_ANSWERS = [
    OK + b"Content-Length: 5\r\n\r\nhello",
    OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 7\r\n\r\n",
    OK + b"X-A: b\r\n\r\nhello",
    b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello",
    b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
]
ODD = [
    b"\r", b"\n", b"\x00", b" ", b"\t", b"\x0b", b"\x7f", b"\x80", b":", b",", b";", b"0", b"9", b"+", b"-", b"0x", b"\r\n", b"\r\n ",
    b"\r\n\r\n", b"X:", b"Content-Length: 3\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: y\r\n",
    b"transfer-encoding:\tchunked\r\n", b"Connection: close\r\n", b"Expect: 100-continue\r\n", b", chunked", b"identity",
]  # fmt: skip

MANY = settings(max_examples=500, deadline=None, derandomize=True)

edits = st.tuples(st.floats(0, 1), st.integers(0, 2), st.sampled_from([b"", *ODD]))


def edited(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """At each place so many bytes are taken away and others put there."""
    for place, taken, put in changes:
        at = int(place * len(data))
        data = data[:at] + put + data[at + taken :]
    return data


def broken(sound: list[bytes]) -> st.SearchStrategy[bytes]:
    return st.builds(edited, st.sampled_from(sound), st.lists(edits, min_size=1, max_size=3))


def by_h11(data: bytes) -> list[Read]:
    connection, read = h11.Connection(h11.SERVER), []
    connection.receive_data(data)
    try:
        while isinstance(request := connection.next_event(), h11.Request):
            body = b""
            while isinstance(event := connection.next_event(), h11.Data):
                body += bytes(event.data)
            if not isinstance(event, h11.EndOfMessage):
                return read
            read.append((request.method, request.target, body))
            connection.send(h11.Response(status_code=204, headers=[]))
            connection.send(h11.EndOfMessage())
            connection.start_next_cycle()
    except h11.ProtocolError:
        pass
    return read


def by_aiohttp(data: bytes) -> list[Read]:
    loop = asyncio.get_running_loop()
    parser = HttpRequestParserPy(BaseProtocol(loop), loop, 1 << 16)
    messages = []
    try:
        for at in range(len(data)):
            messages += parser.feed_data(data[at : at + 1])[0]
    except (BadHttpMessage, TransferEncodingError):
        pass
    return [
        (message.method.encode(), message.path.encode("utf-8", "surrogateescape"), body.read_nowait())
        for message, body in messages
        if body.is_eof() and not body.exception()
    ]


def forgiving(data: bytes) -> bytes:
    """Without the white space that a recipient may allow around a target, and must in front of a chunk's extension."""
    return _BEFORE_EXTENSION.sub(rb"\1;", _AROUND_TARGET.sub(rb"\1 \2 HTTP/", data))


_AROUND_TARGET = re.compile(rb"(GET|POST) +(\S+) +HTTP/")  # RFC 9112 3
_BEFORE_EXTENSION = re.compile(rb"([0-9a-f])[ \t]+;")  # RFC 9112 7.1.1

ORACLES: list[Callable[[bytes], list[Read]]] = [by_h11, by_aiohttp, lambda data: by_h11(forgiving(data))]


def answer_by_h11(data: bytes) -> Answer | None:
    """The final answer in all that an upstream says until its end."""
    connection, body = h11.Connection(h11.CLIENT), b""
    connection.send(h11.Request(method="POST", target="/a", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    connection.receive_data(b"")
    try:
        while isinstance(head := connection.next_event(), h11.InformationalResponse):
            pass
        while isinstance(event := connection.next_event(), h11.Data):
            body += bytes(event.data)
    except h11.ProtocolError:
        return None
    whole = isinstance(head, h11.Response) and isinstance(event, h11.EndOfMessage)
    return (head.status_code, body) if whole else None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def relay():
    async with going("relay") as way:
        yield way


@MANY
@given(broken(SOUND))
async def test_what_the_relay_passes_one_of_them_has_read_in_the_same_way(relay: Way, data):
    sent = relay.to_client(data) + BEHIND
    passed = await passed_by(relay, sent)

    assert any(oracle(sent)[: len(passed)] == passed for oracle in ORACLES), (passed, [one(sent) for one in ORACLES])


async def passed_by(relay: Way, sent: bytes) -> list[Read]:
    """What the upstream sees; two more requests have been answered meanwhile."""
    relay.upstream.begin(Case("anything", sent))
    async with dial(relay.port) as client:
        await client.send(sent)
        for _ in range(3):
            assert await probe(relay) == b"still there"
        seen = [said for _, said in relay.upstream.seen]
    return [(said.start.split(b" ")[0], said.target, said.body) for said in seen]


@MANY
@given(broken(SOUND_ANSWERS))
async def test_an_answer_that_the_relay_passes_h11_has_read_in_the_same_way(relay: Way, said):
    answer = await passed_down(relay, said)

    assert answer is None or answer == answer_by_h11(said), (answer, answer_by_h11(said))


async def passed_down(relay: Way, said: bytes) -> Answer | None:
    """What a client gets of an upstream that says this and ends; None where it is no whole answer, or the relay's own."""
    relay.upstream.begin(Case("anything", HELLO, says=(said,), ends=End.CLOSE))
    async with dial(relay.port) as client:
        await client.send(relay.to_client(HELLO.replace(b"Content", b"Connection: close\r\nContent")))
        data = await client.rest()
    while (found := said_in(data, at_end=True)) and found[0].status < 200:
        data = found[1]
    if not found or not found[0].whole or found[0].ours:
        return None
    assert found[1] == b"", "something came behind the answer"
    return found[0].status, found[0].body
