"""Peers that take their time: nobody holds a connection for ever without asking, nobody is sent more than it takes."""

import asyncio
import itertools

import pytest

from tests import virtual_time
from tests.net import PATIENCE, Wire, answering, dial, echo, eventually, talking
from tests.proxy.bytes.case import GET
from tests.proxy.bytes.ways import the_whole_way
from tests.proxy.relay import relaying_to

LONG_ENOUGH = 120.0
MIB = 1024 * 1024
BLOCK = bytes(MIB)
# What the buffers of three hops' sockets may hold, and a little of each program's own.
A_LOT = 64 * MIB

# What comes first, byte by byte, and what comes then, again and again.
SLOW = {
    "half a head and then nothing": (GET, b""),
    "fields without an end": (GET, b"X: y\r\n"),
    "a field without an end": (GET + b"X: ", b"y"),
    "empty lines without an end": (b"", b"\r\n"),
    "a request and then half a one": (GET + b"\r\n" + GET, b""),
}


@pytest.mark.parametrize(("first", "then"), SLOW.values(), ids=SLOW)
def test_a_client_that_never_finishes_its_head_is_not_waited_for(first, then):
    """A piece each second, on a clock that knows no waiting."""

    async def story() -> float:
        loop = asyncio.get_running_loop()
        async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
            ending = asyncio.ensure_future(client.reader.read())
            for at in itertools.count():
                client.writer.write(first[at : at + 1] or then)
                await asyncio.wait([ending], timeout=1)
                if ending.done() or loop.time() > LONG_ENOUGH:
                    break
            return loop.time()

    assert virtual_time.run(story()) < LONG_ENOUGH


async def test_an_endless_answer_is_read_no_faster_than_the_client_takes_it():
    sent = 0

    async def talk(wire: Wire) -> None:
        nonlocal sent
        await wire.until(b"\r\n\r\n")
        await wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            await wire.send(b"%x\r\n%b\r\n" % (MIB, BLOCK))
            sent += MIB
            assert sent < A_LOT

    async with talking(talk) as upstream, the_whole_way(upstream.port) as way, dial(way.port) as client:
        client.writer.transport.pause_reading()
        await client.send(way.to_client(GET + b"\r\n"))
        assert 0 < await settled(lambda: sent) < A_LOT
        client.close()
        await eventually(lambda: upstream.open == 0, "the upstream learns that its client has left")


async def test_an_endless_request_is_read_no_faster_than_the_upstream_takes_it():
    sent = 0
    listening = asyncio.Event()

    async def upload(client: Wire) -> None:
        nonlocal sent
        while sent < A_LOT:
            await client.send(b"%x\r\n%b\r\n" % (MIB, BLOCK))
            sent += MIB

    async def talk(wire: Wire) -> None:
        await listening.wait()
        await wire.rest()

    async with talking(talk) as upstream, the_whole_way(upstream.port) as way, dial(way.port) as client:
        await client.send(way.to_client(GET.replace(b"GET", b"POST") + b"Transfer-Encoding: chunked\r\n\r\n"))
        uploading = asyncio.create_task(upload(client))
        assert 0 < await settled(lambda: sent) < A_LOT
        listening.set()
        await eventually(lambda: sent >= A_LOT, "it goes on when the upstream reads")
        uploading.cancel()


async def settled(value) -> int:
    """A number that has not grown for a while."""
    async with asyncio.timeout(PATIENCE):
        before = -1
        while value() != before or value() == 0:
            before = value()
            await asyncio.sleep(0.3)
    return before
