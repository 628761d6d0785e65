"""Connections that rest between two requests."""

import asyncio

import pytest

from eas_local.proxy.exchange import Ending
from tests.net import answering, ask, dial, echo, eventually, ok, talking
from tests.proxy.relay import relaying

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"


async def once(wire):
    """Serves one request and takes the next only to die."""
    await wire.message()
    await wire.send(ok(b"first"))
    await wire.until(b"\r\n\r\n")


@pytest.mark.parametrize("request_", [GET, POST.replace(b"POST", b"PUT")], ids=["get", "put with a body"])
async def test_a_harmless_request_that_dies_with_a_used_connection_is_sent_again(request_):
    async with talking(once) as upstream, relaying(("127.0.0.1", upstream.port)) as relay, dial(relay.port) as client:
        for _ in range(3):
            await client.send(request_)
            assert (await client.message()).body == b"first"

    assert upstream.connections == 3
    assert relay.endings == [Ending.DONE] * 3


async def test_another_request_is_not_sent_twice():
    async with talking(once) as upstream, relaying(("127.0.0.1", upstream.port)) as relay, dial(relay.port) as client:
        await client.send(POST)
        assert (await client.message()).status == 200
        await client.send(POST)
        assert (await client.message()).status == 503

    assert upstream.connections == 1


async def test_a_request_whose_answer_has_begun_is_not_sent_twice():
    async def talk(wire):
        await wire.message()
        await wire.send(ok(b"first"))
        await wire.message()
        await wire.send(b"HTTP/1.1 2")

    async with talking(talk) as upstream, relaying(("127.0.0.1", upstream.port)) as relay, dial(relay.port) as client:
        await client.send(GET)
        assert (await client.message()).status == 200
        await client.send(GET)
        assert (await client.message()).status == 503


async def test_a_connection_its_peer_has_closed_is_not_used_again():
    async def talk(wire):
        await wire.message()
        await wire.send(ok(b"only"))

    async with talking(talk) as upstream, relaying(("127.0.0.1", upstream.port)) as relay, dial(relay.port) as client:
        for _ in range(3):
            await client.send(POST)
            assert (await client.message()).body == b"only"
            await eventually(lambda: upstream.open == 0, "the upstream closed")
            await asyncio.sleep(0.01)


async def test_connections_do_not_rest_for_long():
    async with answering(echo) as upstream, relaying(("127.0.0.1", upstream.port), idle=0.05) as relay:
        await ask(relay.port, GET)
        assert upstream.open == 1
        await eventually(lambda: upstream.open == 0, "the idle connection was closed")


async def test_as_many_connections_as_requests_at_once_and_then_the_warm_ones():
    held = asyncio.Event()

    async def talk(wire):
        while True:
            await wire.message()
            await held.wait()
            await wire.send(ok(b"x"))

    async with talking(talk) as upstream, relaying(("127.0.0.1", upstream.port)) as relay:
        waiting = [asyncio.create_task(ask(relay.port, GET)) for _ in range(10)]
        await eventually(lambda: upstream.open == 10, "ten requests are under way")
        held.set()
        await asyncio.gather(*waiting)
        await asyncio.gather(*(ask(relay.port, GET) for _ in range(10)))

    assert upstream.connections == 10


async def test_an_upstream_may_be_a_unix_socket(tmp_path):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ok(b"through a file"))
        writer.close()

    server = await asyncio.start_unix_server(serve, str(tmp_path / "s"))
    async with relaying(str(tmp_path / "s")) as relay:
        assert (await ask(relay.port, GET)).body == b"through a file"
    server.close()
