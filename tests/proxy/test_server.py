"""What a connection does by itself: it does not wait for ever, and it ends in good order."""

import asyncio

import pytest

from eas_local.core import replies
from eas_local.core.replies import Reply
from eas_local.proxy.listen import listen
from eas_local.proxy.server import IDLE, SWEEP, Site
from tests import virtual_time
from tests.net import dial, eventually

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def closed_at(*sent: bytes) -> tuple[float, bytes]:
    """When the server ends a connection on which this was sent, and what it had to say before."""

    async def story():
        loop = asyncio.get_running_loop()
        site = Site(lambda request: request.reply(replies.NOT_FOUND))
        server = await listen(site, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
        for piece in sent:
            writer.write(piece)
            await asyncio.sleep(0.01)
        said = await reader.read()
        writer.close()
        server.close()
        await site.close(grace=0)
        return loop.time(), said

    return virtual_time.run(story())


def test_a_head_that_never_ends_is_not_waited_for_for_ever():
    at, said = closed_at(b"GET / HT", b"TP/1.1\r\nHost")

    assert IDLE <= at <= IDLE + 2 * SWEEP
    assert said == b""


def test_a_connection_without_a_next_request_is_closed_after_a_while():
    at, said = closed_at(GET)

    assert IDLE <= at <= IDLE + 2 * SWEEP
    assert said.startswith(b"HTTP/1.1 404")


def test_a_client_that_does_not_close_after_a_refusal_is_left_after_a_moment():
    at, said = closed_at(b"nonsense\r\n\r\n")

    assert at < SWEEP
    assert said.startswith(b"HTTP/1.1 400")


async def test_a_request_under_way_is_never_idle():
    requests = []
    site = Site(requests.append)
    server = await listen(site, "127.0.0.1", 0)
    async with dial(server.sockets[0].getsockname()[1]) as client:
        await client.send(GET)
        await eventually(lambda: requests, "the request has arrived")
        closing = asyncio.create_task(site.close(grace=5))
        await asyncio.sleep(0.01)
        requests[0].reply(replies.NOT_FOUND)
        answer = await client.message()
        await closing
    server.close()

    assert answer.headers["connection"] == "close"


async def test_what_is_still_running_after_the_grace_is_cut_and_told_so():
    gone, requests = [], []

    def handle(request):
        requests.append(request)
        request.on_gone = lambda: gone.append(request)

    site = Site(handle)
    server = await listen(site, "127.0.0.1", 0)
    async with dial(server.sockets[0].getsockname()[1]) as client:
        await client.send(GET)
        await eventually(lambda: requests, "the request has arrived")
        await site.close(grace=0.01)
        assert await client.rest() == b""
    server.close()

    assert gone == requests


async def test_head_gets_the_head_of_our_own_answers():
    site = Site(lambda request: request.reply(replies.NO_HEALTHY_UPSTREAM))
    server = await listen(site, "127.0.0.1", 0)
    async with dial(server.sockets[0].getsockname()[1]) as client:
        await client.send(GET.replace(b"GET", b"HEAD") + GET)
        head, whole = await client.message(bodiless=True), await client.message()
    server.close()
    await site.close(grace=0)

    assert head.headers["content-length"] == "19"
    assert whole.body == b"no healthy upstream"


async def test_who_takes_no_answers_is_not_read_on():
    site = Site(lambda request: request.reply(replies.NOT_FOUND))
    server = await listen(site, "127.0.0.1", 0)
    async with dial(server.sockets[0].getsockname()[1]) as client:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.send(*[GET * 4000] * 200), 0.5)
        client.reset()
    server.close()
    await site.close(grace=0)


async def test_closing_lets_an_answer_go_out_that_is_complete_here():
    site = Site(lambda request: request.reply(Reply(200, b"x" * 8_000_000)))
    server = await listen(site, "127.0.0.1", 0)
    async with dial(server.sockets[0].getsockname()[1]) as client:
        await client.send(GET)
        await client.until(b"\r\n\r\n")
        closing = asyncio.create_task(site.close(grace=5))
        assert len(await client.rest()) == 8_000_000
        await closing
    server.close()
