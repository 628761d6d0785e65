"""A client that leaves, at whatever point that is: the upstream learns it, and nothing of the request stays behind."""

import asyncio
import socket

import pytest
import pytest_asyncio

from tests.net import PATIENCE, Wire, dial, eventually
from tests.proxy.bytes.case import CHUNKED, GET, HELLO, Case
from tests.proxy.bytes.upstream import RESET
from tests.proxy.bytes.ways import WAYS, Way, going, probe

pytestmark = pytest.mark.asyncio(loop_scope="module")

SILENT = Case("an upstream that listens and says nothing", HELLO, says=(b"",))
STUCK = Case("an upstream that stops in its answer", HELLO, says=(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",))

UNTAKEN = {"nothing": b"", "half a first line": GET[:9], "half a head": GET}
TAKEN = {
    "a head without its body": HELLO[:-5],
    "half a body": HELLO[:-2],
    "half a chunk": CHUNKED + b"5\r\nhe",
    "a whole request": HELLO,
    "a whole request and half another": HELLO + GET,
}


def close(wire: Wire) -> None:
    wire.close()


def say_no_more(wire: Wire) -> None:
    wire.writer.write_eof()


def reset(wire: Wire) -> None:
    wire.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    wire.reset()


LEAVING = [close, say_no_more, reset]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=WAYS)
async def way(request):
    async with going(request.param) as way:
        yield way


@pytest.mark.parametrize("leave", LEAVING)
@pytest.mark.parametrize("sent", UNTAKEN.values(), ids=UNTAKEN)
async def test_a_client_that_leaves_before_it_has_asked_is_forgotten(sent, leave, way: Way):
    way.upstream.begin(SILENT)
    async with dial(way.port) as wire:
        await wire.send(way.to_client(sent))
        leave(wire)
        assert await ended(wire)
    assert not way.upstream.touched


@pytest.mark.parametrize("leave", LEAVING)
@pytest.mark.parametrize("sent", TAKEN.values(), ids=TAKEN)
async def test_a_client_that_leaves_without_its_answer_takes_the_upstreams_connection_with_it(sent, leave, way: Way):
    upstream = way.upstream
    upstream.begin(SILENT)
    async with dial(way.port) as wire:
        await wire.send(way.to_client(sent))
        await eventually(lambda: upstream.half or upstream.seen, "the request has reached the upstream")
        concerned = {*upstream.half, *(number for number, _ in upstream.seen)}
        leave(wire)
        assert await ended(wire)
    await eventually(lambda: not concerned & upstream.alive, "the upstream's connection has ended")
    assert await probe(way) == b"still there"


@pytest.mark.parametrize("leave", LEAVING)
async def test_a_client_that_leaves_in_its_answer_takes_the_upstreams_connection_with_it(leave, way: Way):
    upstream = way.upstream
    upstream.begin(STUCK)
    async with dial(way.port) as wire:
        await wire.send(way.to_client(HELLO))
        await wire.until(b"half")
        leave(wire)
        assert await ended(wire)
    await eventually(lambda: upstream.seen[0][0] not in upstream.alive, "the upstream's connection has ended")
    assert await probe(way) == b"still there"


async def test_a_client_that_is_still_sending_gets_to_read_the_refusal(way: Way):
    async with dial(way.port) as wire:
        wire.writer.write(b"POST / HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n" + b"a" * 3_000_000)
        assert (await wire.message()).status == 400


async def test_afterwards_nothing_is_left_of_them(way: Way):
    await eventually(lambda: way.at_rest, "no connection and no task is left")


async def ended(wire: Wire) -> bool:
    """Whether the proxy ends the connection of a client that has not done so itself, and says nothing."""
    if wire.writer.is_closing():
        return True
    return await asyncio.wait_for(wire.reader.read(), PATIENCE) == b""
