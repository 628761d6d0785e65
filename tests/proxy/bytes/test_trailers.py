"""Trailers that a receiver would take for framing, routing or credentials: they are refused or left out, never passed."""

import pytest
import pytest_asyncio

from tests.net import dial, ok
from tests.proxy.bytes.case import CHUNKED, HELLO, Case
from tests.proxy.bytes.said import Said, said_in
from tests.proxy.bytes.ways import WAYS, Way, going

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORBIDDEN = ["Content-Length: 3", "Transfer-Encoding: chunked", "Authorization: stolen", "Host: evil", "x-eas-instance: x",
             "Connection: close", "Expect: 100-continue", "Cookie: a=1", "Content-Type: a/b", "Trailer: X", "TE: trailers",
             "Upgrade: foo", "Keep-Alive: 1"]  # fmt: skip
FINE = b"\r\nX-Fine: yes\r\n\r\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=WAYS)
async def way(request):
    async with going(request.param) as way:
        yield way


@pytest.mark.parametrize("line", FORBIDDEN)
async def test_of_a_request(line, way: Way):
    trailed = CHUNKED + b"1\r\na\r\n0\r\n" + line.encode() + FINE
    way.upstream.begin(Case(line, trailed))
    async with dial(way.port) as wire:
        await wire.send(way.to_client(trailed + HELLO))
        status = (await wire.message()).status
        if status == 200:
            assert (await wire.message()).status == 200

    seen = [request for _, request in way.upstream.seen]
    if status == 200:
        assert seen == [said(CHUNKED + b"1\r\na\r\n0" + FINE, way), said(HELLO, way)]
    else:
        assert (status, seen) == (400, [])


@pytest.mark.parametrize("line", FORBIDDEN)
async def test_of_an_answer(line, way: Way):
    trailed = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n" + line.encode() + FINE
    way.upstream.begin(Case(line, HELLO, says=(trailed, ok(b"2"))))
    async with dial(way.port) as wire:
        await wire.send(way.to_client(HELLO))
        got = await wire.message()
        if got.status == 200:
            assert got.trailers == {"x-fine": "yes"}
        else:
            assert got.status == 502
        await wire.send(way.to_client(HELLO))
        assert (await wire.message()).body == b"2"


def said(data: bytes, way: Way) -> Said:
    """What the upstream should see of it."""
    found = said_in(way.to_upstream(data))
    assert found
    return found[0]
