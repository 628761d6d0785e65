"""After an upgrade two connections are one."""

import asyncio

import pytest

from eas_local.proxy.exchange import Ending
from tests.net import answering, dial, echo, eventually, ok, talking
from tests.proxy.relay import relaying_to

WISH = b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n"
GRANT = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: a\r\n\r\n"
)


async def mirror(wire):
    """Grants the wish, greets, and sends back all it is sent."""
    await wire.until(b"\r\n\r\n")
    await wire.send(GRANT + b"hello")
    while data := await wire.reader.read(65536):
        await wire.send(data)


async def test_bytes_pass_both_ways_after_the_upgrade():
    async with talking(mirror) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(WISH)
        granted = await client.message()
        assert await client.read(5) == b"hello"
        for message in (b"\x81\x05", b"\x00" * 100_000, b"GET / HTTP/1.1\r\n\r\n"):
            await client.send(message)
            assert await client.read(len(message)) == message

    assert granted.status == 101
    assert granted.headers["upgrade"] == "websocket"
    assert granted.headers["connection"] == "Upgrade"
    assert granted.headers["sec-websocket-accept"] == "a"


async def test_the_upstream_sees_the_wish_as_it_was_made():
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(WISH)
        await client.message()

    assert upstream.requests[0].headers["upgrade"] == "websocket"
    assert upstream.requests[0].headers["connection"] == "Upgrade"


async def test_bytes_that_come_before_the_grant_belong_to_the_tunnel():
    async with talking(mirror) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(WISH + b"early")
        await client.message()
        assert await client.read(10) == b"helloearly"


async def test_an_upgrade_that_is_not_granted_is_a_request_like_any_other():
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(WISH + WISH + b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
        answers = [await client.message() for _ in range(3)]

    assert [answer.headers["x-asked"] for answer in answers] == ["GET /ws", "GET /ws", "GET /next"]


async def test_the_end_of_the_client_ends_the_upstream():
    async with talking(mirror) as upstream, relaying_to(upstream.port) as relay:
        async with dial(relay.port) as client:
            await client.send(WISH)
            await client.message()
        await eventually(lambda: upstream.open == 0, "the upstream saw the end")
        await eventually(lambda: relay.endings == [Ending.DONE], "the exchange has ended")


async def test_the_end_of_the_upstream_ends_the_client_after_its_last_bytes():
    async def talk(wire):
        await wire.until(b"\r\n\r\n")
        await wire.send(GRANT + b"a" * 1_000_000)

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(WISH)
        await client.message()
        assert len(await client.rest()) == 1_000_000


async def test_a_tunnel_is_no_faster_than_its_slower_end():
    sent = 0

    async def talk(wire):
        nonlocal sent
        await wire.until(b"\r\n\r\n")
        await wire.send(GRANT)
        while sent < 200_000_000:
            await wire.send(b"a" * 1_000_000)
            sent += 1_000_000

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(WISH)
        await client.message()
        client.writer.transport.pause_reading()
        before = -1
        while sent != before:
            before = sent
            await asyncio.sleep(0.3)
        assert sent < 40_000_000


@pytest.mark.parametrize("body", [b"hello", b""], ids=["with a body", "without"])
async def test_a_wish_for_http_2_is_not_heard(body):
    """Java's client sends it with every request."""
    request = (
        b"POST /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    )
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(request + body[:2], body[2:] + request + body)
        for _ in range(2):
            answer = await client.message()
            assert (answer.body, answer.headers["x-asked"]) == (body, "POST /a")

    assert {"upgrade", "connection", "http2-settings"}.isdisjoint(upstream.requests[0].headers)


async def test_a_wish_with_chunks_is_not_heard_either_and_loses_nothing():
    request = WISH.replace(b"GET", b"POST").replace(b"Host", b"Transfer-Encoding: chunked\r\nHost")
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(request + b"5\r\nhello\r\n0\r\n\r\n" + b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await client.message()).body == b"hello"
        assert (await client.message()).headers["x-asked"] == "GET /next"


async def test_an_upgrade_advertised_in_an_ordinary_answer_means_nothing():
    data = ok(b"hi", "Connection: Upgrade", "Upgrade: h2,h2c")
    async with answering(lambda _: data) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        for _ in range(2):
            await client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await client.message()).body == b"hi"

    assert upstream.connections == 1


async def test_whoever_reads_late_gets_all_that_was_sent_before_the_end():
    async def send_and_end(wire):
        await wire.until(b"\r\n\r\n")
        wire.writer.write(GRANT + b"a" * 6_000_000)

    async with talking(send_and_end) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(WISH)
        await client.message()
        await asyncio.sleep(0.5)  # as long as it takes to be looked at twice
        assert len(await client.rest()) == 6_000_000
