"""What the gateway's own policy of a service lets pass, and how long it waits for an answer."""

import asyncio

import pytest

from tests.gateway.doors import REFUSED, a_closed_port, a_gateway, an_entry
from tests.net import answering, dial, echo, eventually, ok, talking


def done_after(go: asyncio.Event):
    async def talk(wire):
        await wire.message()
        await go.wait()
        await wire.send(ok(b"done"))

    return talk


async def test_a_rate_limit_holds_for_the_service_as_a_whole():
    async with (
        answering(echo) as a,
        answering(echo) as b,
        a_gateway(an_entry(a.port, b.port, rate_limit=3)) as door,
    ):
        statuses = [(await door.ask()).status for _ in range(5)]

    assert statuses == [200, 200, 200, 429, 429]


async def test_a_concurrency_limit_counts_requests_under_way():
    go = asyncio.Event()
    async with talking(done_after(go)) as one, a_gateway(an_entry(one.port, concurrency_limit=2)) as door:
        running = [asyncio.create_task(door.ask()) for _ in range(2)]
        await eventually(lambda: one.open == 2, "two requests are under way")
        assert (await door.ask()).status == 429
        go.set()
        assert {(await task).status for task in running} == {200}
        assert (await door.ask()).status == 200


@pytest.mark.parametrize("data", [b"garbage\r\n\r\n", b"", REFUSED])
async def test_the_count_of_requests_under_way_comes_back_to_nothing(data):
    async with answering(lambda _: data) as one, a_gateway(an_entry(one.port, concurrency_limit=1)) as door:
        for _ in range(3):
            assert (await door.ask()).status in {502, 503}
        assert await door.metric("eas_gateway_requests_in_flight", service="demo") == 0


async def test_what_is_counted_stays_counted_when_the_limit_is_another():
    go = asyncio.Event()
    async with talking(done_after(go)) as one, a_gateway(an_entry(one.port, concurrency_limit=2)) as door:
        running = [asyncio.create_task(door.ask()) for _ in range(2)]
        await eventually(lambda: one.open == 2, "two requests are under way")
        await door.publish(an_entry(one.port, concurrency_limit=3), n=2)
        running.append(asyncio.create_task(door.ask()))
        await eventually(lambda: one.open == 3, "a third has passed")
        assert (await door.ask()).status == 429
        go.set()
        assert {(await task).status for task in running} == {200}


async def test_a_tunnel_counts_until_it_ends():
    async def talk(wire):
        await wire.until(b"\r\n\r\n")
        await wire.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        await wire.rest()

    wish = b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    async with talking(talk) as one, a_gateway(an_entry(one.port, concurrency_limit=1)) as door:
        async with dial(door.port) as client:
            await client.send(wish)
            assert (await client.message()).status == 101
            assert (await door.ask()).status == 429
        await eventually(lambda: one.open == 0, "the tunnel is closed")
        await door.publish(an_entry(await a_closed_port(), concurrency_limit=1), n=2)
        assert (await door.ask()).status == 503


async def test_an_instance_that_takes_too_long_is_a_504_and_learns_it():
    async with (
        talking(lambda wire: wire.rest()) as one,
        a_gateway(an_entry(one.port), EAS_LOCAL_GATEWAY_TIMEOUT="0.05") as door,
    ):
        answer = await door.ask(method="POST", body=b"slow")
        await eventually(lambda: one.open == 0, "the instance saw its connection end")

    assert (answer.status, answer.body) == (504, b"upstream request timeout")


async def test_an_answer_that_has_begun_is_cut_when_its_time_is_over():
    async def talk(wire):
        await wire.message()
        await wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        await wire.rest()

    async with (
        talking(talk) as one,
        a_gateway(an_entry(one.port), EAS_LOCAL_GATEWAY_TIMEOUT="0.05") as door,
        dial(door.port) as client,
    ):
        await client.send(b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await client.rest()).endswith(b"4\r\nhalf\r\n")
        assert await door.metric("eas_gateway_requests_total", service="demo", code="504") == 1


async def test_a_tunnel_has_all_the_time_it_likes():
    late = asyncio.Event()

    async def talk(wire):
        await wire.until(b"\r\n\r\n")
        await wire.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        await late.wait()
        await wire.send(b"still here")

    wish = b"GET /api/predict/demo/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    async with (
        talking(talk) as one,
        talking(lambda wire: wire.rest()) as silent,
        a_gateway(an_entry(one.port), an_entry(silent.port, name="silent"), EAS_LOCAL_GATEWAY_TIMEOUT="0.05") as door,
        dial(door.port) as client,
    ):
        await client.send(wish)
        assert (await client.message()).status == 101
        assert (await door.ask("/api/predict/silent")).status == 504  # so much time has passed
        late.set()
        assert await client.read(10) == b"still here"
