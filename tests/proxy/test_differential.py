"""What well-known servers make of a request is the same directly and through the relay.

Requests are made up; uvicorn (whose parser is h11 here) and aiohttp answer each with what they have seen.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise

import pytest
import pytest_asyncio
import uvicorn
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.net import dial, eventually
from tests.proxy.relay import relaying_to

pytestmark = pytest.mark.asyncio(loop_scope="module")

Seen = dict[str, object]
A_WHILE = settings(max_examples=150, deadline=None, derandomize=True)


# -- the servers ------------------------------------------------------------------------------------------------------


def described(method: str, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
    """A request as a server has seen it; names in small letters, for uvicorn keeps no others."""
    fields = [[name.decode("latin-1").lower(), value.decode("latin-1")] for name, value in headers]
    text = {"method": method, "target": target.decode("latin-1"), "headers": fields, "body": body.decode("latin-1")}
    return json.dumps(text).encode()


async def asgi(scope, receive, send) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    data = described(scope["method"], target, scope["headers"], body)
    length = [] if streamed(scope["headers"]) else [(b"content-length", b"%d" % len(data))]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    await send({"type": "http.response.body", "body": data[:10], "more_body": True})
    await send({"type": "http.response.body", "body": data[10:]})


async def handle(request: web.BaseRequest) -> web.StreamResponse:
    target = request.raw_path.encode("utf-8", "surrogateescape")
    target = target.removesuffix(b"?") if target.count(b"?") == 1 else target
    data = described(request.method, target, list(request.raw_headers), await request.read())
    if not streamed(request.raw_headers):
        return web.Response(body=data)
    answer = web.StreamResponse()
    await answer.prepare(request)
    await answer.write(data[:10])
    await answer.write(data[10:])
    return answer


def streamed(headers) -> bool:
    """Whether the answer should have no length."""
    return any(name.lower() == b"x-streamed" for name, _ in headers)


@asynccontextmanager
async def a_uvicorn() -> AsyncIterator[int]:
    config = uvicorn.Config(asgi, port=0, http="h11", ws="none", lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started, "uvicorn listens")
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


@asynccontextmanager
async def an_aiohttp() -> AsyncIterator[int]:
    server = web.Server(handle, access_log=None)
    listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    yield listener.sockets[0].getsockname()[1]
    listener.close()
    await server.shutdown()


@dataclass(frozen=True)
class Ways:
    direct: int
    relayed: int


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[a_uvicorn, an_aiohttp])
async def ways(request):
    async with request.param() as port, relaying_to(port) as relay:
        yield Ways(port, relay.port)


# -- requests that are in order ---------------------------------------------------------------------------------------


def bytes_of(alphabet: bytes, **sizes: int) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(alphabet), **sizes).map(bytes)


TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
PATH = b"-._~!$&'()*+,;=:@/%0123456789azAZ"
VALUE = bytes(range(0x21, 0x7F)) + b"\xa1\xe9\xff"

ELSEWHERE = "other:8080"

names = st.sampled_from([b"X-A", b"x-b", b"Cookie", b"Accept", b"X-Private", b"x-eas-foo"]) | bytes_of(TOKEN, min_size=3, max_size=6).map(b"X-%b".__mod__)  # fmt: skip
values = st.lists(bytes_of(VALUE, min_size=1, max_size=8), max_size=3).map(b" ".join)
hops = st.sampled_from([
    (b"Connection", b"keep-alive"), (b"Connection", b"x-private, X-A"), (b"Keep-Alive", b"timeout=5"), (b"TE", b"trailers"),
    (b"Proxy-Connection", b"keep-alive"), (b"Connection", b"content-length"), (b"X-Streamed", b"1"),
])  # fmt: skip
targets = st.builds(
    b"%b/%b%b".__mod__,
    st.tuples(
        st.sampled_from([b"", b"", b"", b"http://" + ELSEWHERE.encode()]),
        bytes_of(PATH, max_size=20),
        st.just(b"") | bytes_of(PATH + b"?", min_size=1, max_size=12).map(b"?q=%b".__mod__),
    ),
)
bodies = st.binary(max_size=40)
chunks = st.lists(st.tuples(st.binary(min_size=1, max_size=20), st.sampled_from([b"", b";a", b";a=b", b';a="b c"'])), max_size=4)  # fmt: skip


def framed_by_length(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def framed_by_chunks(parts: list[tuple[bytes, bytes]]) -> bytes:
    pieces = b"".join(b"%x%b\r\n%b\r\n" % (len(data), extension, data) for data, extension in parts)
    return b"Transfer-Encoding: chunked\r\n\r\n%b0\r\n\r\n" % pieces


framings = st.just(b"\r\n") | bodies.map(framed_by_length) | chunks.map(framed_by_chunks)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    method = draw(st.sampled_from([b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"PROPFIND"]))
    fields = draw(st.lists(st.tuples(names, values) | hops, max_size=5))
    lines = b"".join(b"%b: %b\r\n" % field for field in fields)
    return b"%b %b HTTP/1.1\r\nHost: x\r\n%b%b" % (method, draw(targets), lines, draw(framings))


old_requests = st.builds(
    lambda target, lines, framing: b"POST %b HTTP/1.0\r\n%b%b" % (target, lines, framing),
    targets,
    st.sampled_from([b"", b"Host: y\r\n", b"X-A: 1\r\n"]),
    st.just(b"\r\n") | bodies.map(framed_by_length),
)


@A_WHILE
@given(st.lists(requests(), min_size=1, max_size=3), st.lists(st.integers(1, 400), max_size=3))
async def test_servers_see_the_same_requests_through_the_relay(ways, sent, cuts):
    direct = await seen_by(ways.direct, b"".join(sent), len(sent), cuts)
    relayed = await seen_by(ways.relayed, b"".join(sent), len(sent), cuts)

    assert relayed == [as_relayed(seen) for seen in direct]


@A_WHILE
@given(old_requests)
async def test_servers_see_the_same_requests_of_the_old_version(ways, sent):
    direct = await seen_by(ways.direct, sent, 1, [])
    relayed = await seen_by(ways.relayed, sent, 1, [])

    assert relayed == [as_relayed(seen) for seen in direct]


async def test_a_trailer_of_one_client_is_no_field_of_the_next_ones_request(ways):
    """aiohttp's parser mistakes it for one where both come by the same connection."""
    trailed = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-User: root\r\n\r\n"
    await seen_by(ways.relayed, trailed, 1, [])
    seen = await seen_by(ways.relayed, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1, [])

    assert seen[0]["headers"] == [["host", "x"]]


async def seen_by(port: int, data: bytes, count: int, cuts: list[int]) -> list[Seen]:
    """What the server has seen of so many requests, by its own account."""
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    async with dial(port) as wire:
        await wire.send(*(data[a:b] for a, b in pairwise(places)))
        answers = [await wire.message() for _ in range(count)]
    assert [answer.status for answer in answers] == [200] * count, answers
    seen = [json.loads(answer.body) for answer in answers]
    return [{**one, "headers": in_order(one["headers"])} for one in seen]


HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "upgrade"}


def as_relayed(seen: Seen) -> Seen:
    """What a hop changes: fields about the connection and our own are gone, and the target has its origin form."""
    target = seen["target"].removeprefix("http://" + ELSEWHERE)
    named = {name.strip().lower() for key, value in seen["headers"] if key == "connection" for name in value.split(",")}
    gone = HOP_BY_HOP | named - {"content-length", "host"}
    kept = [[key, value] for key, value in seen["headers"] if key not in gone and not key.startswith("x-eas-")]
    if target != seen["target"]:
        kept = [["host", ELSEWHERE], *(field for field in kept if field[0] != "host")]
    elif all(key != "host" for key, _ in kept):
        kept = [["host", "localhost"], *kept]
    return {**seen, "target": target, "headers": in_order(kept)}


def in_order(headers: list[list[str]]) -> list[list[str]]:
    """Only fields of the same name have an order that matters."""
    return sorted(headers, key=lambda field: field[0])
