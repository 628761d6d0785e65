"""Bodies flow as they come, and no faster than they are taken."""

import asyncio
import hashlib
import re
from pathlib import Path

import pytest

from tests.net import answering, dial, eventually, ok, talking
from tests.proxy.relay import relaying_to

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
MIB = 1024 * 1024
BLOCK = bytes(range(256)) * 4096


async def test_events_are_passed_on_one_by_one():
    turn = asyncio.Semaphore(0)

    async def talk(wire):
        await wire.message()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(3):
            await wire.send(b"9\r\ndata: %d\n\n\r\n" % number)
            await turn.acquire()
        await wire.send(b"0\r\n\r\n")

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(GET)
        assert b"text/event-stream" in await client.until(b"\r\n\r\n")
        for number in range(3):
            assert await client.until(b"\n\n\r\n") == b"9\r\ndata: %d\n\n\r\n" % number
            turn.release()
        assert await client.until(b"0\r\n\r\n") == b"0\r\n\r\n"


async def test_the_head_of_an_answer_does_not_wait_for_its_body():
    async def talk(wire):
        await wire.message()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        await wire.rest()

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(GET)
        assert b"200 OK" in await client.until(b"\r\n\r\n")


async def test_the_first_byte_of_a_request_does_not_wait_for_the_last():
    received = asyncio.Event()

    async def talk(wire):
        await wire.until(b"\r\n\r\n")
        assert await wire.read(3) == b"abc"
        received.set()
        assert await wire.read(3) == b"def"
        await wire.send(ok(b"all"))

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
        await asyncio.wait_for(received.wait(), 5)
        await client.send(b"def")
        assert (await client.message()).body == b"all"


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
async def test_a_large_body_arrives_whole_in_either_direction(chunked):
    """Eight MiB up, the same eight MiB down, at the same time."""
    count = 8

    async def talk(wire):
        await wire.until(b"\r\n\r\n")
        framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % (count * MIB)
        await wire.send(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n")
        while data := await wire.reader.read(65536):
            await wire.send(data)

    async def upload(client):
        framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % (count * MIB)
        await client.send(b"POST / HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\n")
        for _ in range(count):
            await client.send(b"%x\r\n" % MIB + BLOCK + b"\r\n" if chunked else BLOCK)
        if chunked:
            await client.send(b"0\r\n\r\n")

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        sending = asyncio.create_task(upload(client))
        answer = await client.message()
        await sending

    assert hashlib.sha256(answer.body).digest() == hashlib.sha256(BLOCK * count).digest()


async def test_an_upstream_that_does_not_read_stops_the_client():
    go_on = asyncio.Event()

    async def talk(wire):
        await wire.until(b"\r\n\r\n")
        await go_on.wait()
        await wire.read(200 * MIB)
        await wire.send(ok(b"all"))

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        before = resident()
        await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (200 * MIB))
        sent = await send_until_stuck(client, 200 * MIB)
        assert sent < 40 * MIB
        assert resident() - before < 64 * MIB
        go_on.set()
        for _ in range(200 * MIB // MIB - sent // MIB):
            await client.send(BLOCK)
        assert (await client.message()).body == b"all"


async def test_a_client_that_does_not_read_stops_the_upstream():
    sent = 0

    async def talk(wire):
        nonlocal sent
        await wire.message()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (200 * MIB))
        for _ in range(200):
            await wire.send(BLOCK)
            sent += MIB

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        before = resident()
        client.writer.transport.pause_reading()
        await client.send(GET)
        await still(lambda: sent)
        assert 0 < sent < 40 * MIB
        assert resident() - before < 64 * MIB
        client.writer.transport.resume_reading()
        await client.until(b"\r\n\r\n")
        for _ in range(200):
            assert await client.read(MIB) == BLOCK


async def test_a_slow_client_still_gets_the_end_of_an_upstream_that_has_gone():
    async def talk(wire):
        await wire.message()
        await wire.send(b"HTTP/1.1 200 OK\r\n\r\n" + BLOCK * 8)

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        client.writer.transport.pause_reading()
        await client.send(GET)
        await eventually(lambda: upstream.connections == 1, "the request reached the upstream")
        client.writer.transport.resume_reading()
        assert (await client.message()).body == BLOCK * 8


async def test_a_pipelining_client_cannot_fill_the_memory():
    hold = asyncio.Event()

    async def talk(wire):
        while True:
            await wire.message()
            await hold.wait()
            await wire.send(ok(b"x"))

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        burst = GET * 10_000
        sent = await send_until_stuck(client, 100 * len(burst), burst)
        assert sent < 40 * MIB
        hold.set()
        assert (await client.message()).body == b"x"


async def test_many_pipelined_requests_that_are_answered_at_once_do_not_pile_up():
    async with answering(lambda _: ok(b"x")) as upstream:
        port = upstream.port
    async with relaying_to(port) as relay, dial(relay.port) as client:
        await client.send(GET * 2000)
        statuses = {(await client.message()).status for _ in range(2000)}

    assert statuses == {503}


async def send_until_stuck(client, limit: int, block: bytes = BLOCK) -> int:
    """Blocks until the other side takes no more for a moment; how many bytes that were."""
    sent = 0
    while sent < limit:
        client.writer.write(block)
        sent += len(block)
        try:
            await asyncio.wait_for(client.writer.drain(), 0.3)
        except TimeoutError:
            break
    return sent


async def still(value) -> None:
    """Wait until a number no longer grows."""
    before = -1
    while value() != before or value() == 0:
        before = value()
        await asyncio.sleep(0.3)


def resident() -> int:
    return int(re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024
