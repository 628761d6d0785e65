"""What becomes of a request when one of the two sides does not do its part."""

import asyncio

import pytest

from eas_local.proxy.exchange import Ending
from tests.net import answering, ask, dial, echo, eventually, ok, talking
from tests.proxy.relay import relaying_to

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"


async def test_nobody_listens():
    async with answering(echo) as upstream:
        port = upstream.port
    async with relaying_to(port) as relay:
        answer = await ask(relay.port, GET)

    assert answer.status == 503
    assert answer.body.endswith(b"reset reason: connection failure")
    assert relay.endings == [Ending.UNREACHABLE]


async def test_the_upstream_closes_before_its_answer():
    async with answering(lambda _: b"") as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(POST)
        answer = await client.message()
        await client.send(POST)
        assert (await client.message()).status == 503

    assert answer.body == (
        b"upstream connect error or disconnect/reset before headers. reset reason: connection termination"
    )
    assert relay.endings == [Ending.CLOSED, Ending.CLOSED]


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 700_000,
    ],
)
async def test_garbage_is_no_answer(data):
    async with answering(lambda _: data) as upstream, relaying_to(upstream.port) as relay:
        answer = await ask(relay.port, GET)

    assert (answer.status, answer.body) == (502, b"Bad Gateway")
    assert relay.endings == [Ending.GARBAGE]


@pytest.mark.parametrize(
    ("data", "rest"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", b"zz\r\n"),
    ],
    ids=["length", "chunked", "bad chunk"],
)
async def test_an_answer_that_breaks_off_breaks_off_for_the_client_too(data, rest):
    async def talk(wire):
        await wire.message()
        await wire.send(data)
        await begun.wait()
        await wire.send(rest)

    begun = asyncio.Event()
    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(GET)
        head = await client.until(b"half")
        begun.set()
        whole = head + await client.rest()

    assert whole.startswith(b"HTTP/1.1 200 OK")
    assert not whole.endswith(b"0\r\n\r\n")
    assert relay.endings == [Ending.CUT]


async def test_a_client_of_the_old_version_cannot_take_half_an_answer_for_a_whole_one():
    async def talk(wire):
        await wire.message()
        await wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(b"GET / HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            await client.rest()


async def test_an_upstream_that_resets_does_not_end_an_answer_without_a_length():
    async def talk(wire):
        await wire.message()
        await wire.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        wire.writer.get_extra_info("socket").setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SO_LINGER: close with a reset
        wire.reset()

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(GET)
        assert not (await client.rest()).endswith(b"0\r\n\r\n")

    assert relay.endings == [Ending.CUT]


async def test_a_client_that_leaves_takes_its_upstream_connection_with_it():
    async with talking(lambda wire: wire.rest()) as upstream, relaying_to(upstream.port) as relay:
        async with dial(relay.port) as client:
            await client.send(GET)
            await eventually(lambda: upstream.open == 1, "the request reached the upstream")
        await eventually(lambda: upstream.open == 0, "the upstream saw its connection end")

    assert relay.endings == [None]


async def test_a_client_that_leaves_in_the_middle_of_a_stream_is_noticed():
    async def talk(wire):
        await wire.message()
        await wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndata\r\n")
        await wire.rest()

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay:
        async with dial(relay.port) as client:
            await client.send(GET)
            await client.until(b"data\r\n")
        await eventually(lambda: upstream.open == 0, "the upstream saw its connection end")

    assert relay.endings == [None]


async def test_a_client_that_resets_in_the_middle_of_its_body_is_noticed():
    async with talking(lambda wire: wire.rest()) as upstream, relaying_to(upstream.port) as relay:
        async with dial(relay.port) as client:
            await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
            await eventually(lambda: upstream.open == 1, "the request reached the upstream")
            client.reset()
        await eventually(lambda: upstream.open == 0, "the upstream saw its connection end")


async def test_a_body_that_turns_out_malformed_is_refused_and_never_completed():
    async with (
        talking(lambda wire: wire.rest()) as upstream,
        relaying_to(upstream.port) as relay,
        dial(relay.port) as client,
    ):
        await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await eventually(lambda: upstream.open == 1, "the request reached the upstream")
        await client.send(b"zz\r\n")
        assert (await client.message()).status == 400
        assert await client.rest() == b""
        await eventually(lambda: upstream.open == 0, "the upstream saw its connection end")


async def test_an_early_answer_goes_out_while_the_client_is_still_sending():
    async def talk(wire):
        await wire.until(b"\r\n\r\n")
        await wire.send(ok(b"enough"))
        await wire.rest()

    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(head + b"a" * 1000)
        assert (await client.message()).body == b"enough"
        assert await client.rest() == b""
        await eventually(lambda: upstream.open == 0, "the upstream's connection is not used again")


async def test_after_an_early_answer_a_little_body_is_waited_for_and_the_connection_goes_on():
    async def talk(wire):
        await wire.until(b"\r\n\r\n")
        await wire.send(ok(b"enough"))
        await wire.rest()

    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        for _ in range(2):
            await client.send(head)
            assert (await client.message()).body == b"enough"
            await client.send(b"a" * 1000)


async def test_a_refusal_does_not_reach_a_client_that_sends_on_as_a_reset():
    async with answering(echo) as upstream:
        port = upstream.port
    async with relaying_to(port) as relay, dial(relay.port) as client:
        client.writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n" + b"a" * 4_000_000)
        answer = await client.message()

    assert (answer.status, answer.headers["connection"]) == (503, "close")


async def test_two_answers_to_one_request_are_one_too_many():
    """What follows the first answer belongs to nobody: the connection is not used again."""
    twice = ok(b"mine") + ok(b"whose?")
    async with answering(lambda _: twice) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        for _ in range(2):
            await client.send(GET)
            assert (await client.message()).body == b"mine"

    assert upstream.connections == 2


async def test_an_answer_nobody_asked_for_ends_a_resting_connection():
    async def talk(wire):
        await wire.message()
        await wire.send(ok(b"mine"))
        asked.set()
        await wait.wait()
        await wire.send(ok(b"whose?"))
        await wire.rest()

    asked, wait = asyncio.Event(), asyncio.Event()
    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(GET)
        await client.message()
        wait.set()
        await eventually(lambda: upstream.open == 0, "the connection is closed")
        await client.send(GET)
        assert (await client.message()).body == b"mine"
