"""Requests that wait at the gateway for an instance that is on its way."""

import asyncio
from contextlib import AsyncExitStack

from eas_local.gateway.hold import MOST
from tests.gateway.doors import REFUSED, Door, a_closed_port, a_gateway, an_entry
from tests.net import Wire, answering, dial, echo, ok, talking

HEAD = b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\n\r\n"


async def until_held(door: Door, count: int) -> None:
    async with asyncio.timeout(5):
        while await door.metric("eas_gateway_requests_held", service="demo") != count:  # noqa: ASYNC110 - another side
            await asyncio.sleep(0.002)


async def test_a_request_waits_for_the_first_instance():
    async with answering(echo) as one, a_gateway(an_entry(hold=30)) as door:
        waiting = asyncio.create_task(door.ask(method="POST", body=b"hello"))
        await until_held(door, 1)
        await door.publish(an_entry(one.port), n=2)
        answer = await waiting

    assert (answer.status, answer.body) == (200, b"hello")


async def test_those_who_wait_go_on_in_the_order_they_came():
    order, places = [""] * 3, iter(range(3))

    async def talk(wire):
        place = next(places)  # connections are opened in the order of their requests
        order[place] = (await wire.message()).target
        await wire.send(ok())

    async with talking(talk) as one, a_gateway(an_entry(hold=30)) as door, AsyncExitStack() as stack:
        clients: list[Wire] = []
        for number in range(3):
            clients.append(await stack.enter_async_context(dial(door.port)))
            await clients[-1].send(b"GET /api/predict/demo/%d HTTP/1.1\r\nHost: x\r\n\r\n" % number)
            await until_held(door, number + 1)
        await door.publish(an_entry(one.port), n=2)
        assert [(await client.message()).status for client in clients] == [200] * 3

    assert order == ["/api/predict/demo/0", "/api/predict/demo/1", "/api/predict/demo/2"]


async def test_when_its_time_is_over_nothing_is_healthy():
    async with a_gateway(an_entry(hold=0.05)) as door:
        answer = await door.ask()

    assert (answer.status, answer.body) == (503, b"no healthy upstream")


async def test_where_no_instance_is_on_its_way_nobody_waits():
    async with a_gateway(an_entry(hold=0)) as door:
        assert (await door.ask()).status == 503


async def test_tables_that_bring_nothing_keep_a_request_waiting():
    async with answering(echo) as one, a_gateway(an_entry(hold=30)) as door:
        waiting = asyncio.create_task(door.ask())
        await until_held(door, 1)
        await door.publish(an_entry(hold=20), an_entry(one.port, name="other"), n=2)
        await door.publish(an_entry(hold=20), n=1, epoch="another daemon's")
        await until_held(door, 1)
        await door.publish(an_entry(one.port), n=2, epoch="another daemon's")
        assert (await waiting).status == 200


async def test_a_service_that_is_removed_lets_them_go():
    async with a_gateway(an_entry(hold=30)) as door:
        waiting = asyncio.create_task(door.ask())
        await until_held(door, 1)
        await door.publish(n=2)
        answer = await waiting

    assert (answer.status, answer.body) == (404, b"")


async def test_a_service_that_nothing_comes_for_any_more_lets_them_go():
    async with a_gateway(an_entry(hold=30)) as door:
        waiting = asyncio.create_task(door.ask())
        await until_held(door, 1)
        await door.publish(an_entry(hold=0), n=2)
        assert (await waiting).status == 503


async def test_a_client_that_leaves_waits_no_more():
    async with a_gateway(an_entry(hold=30)) as door:
        async with dial(door.port) as client:
            await client.send(HEAD)
            await until_held(door, 1)
        await until_held(door, 0)

        assert await door.metric("eas_gateway_requests_total", service="demo", code="499") == 1
        assert await door.metric("eas_gateway_requests_in_flight", service="demo") == 0


async def test_beyond_the_bound_nobody_waits():
    async with a_gateway(an_entry(hold=30)) as door, AsyncExitStack() as stack:
        for _ in range(MOST):
            client = await stack.enter_async_context(dial(door.port))
            await client.send(HEAD)
        await until_held(door, MOST)

        assert (await door.ask()).status == 503


async def test_the_time_held_does_not_count_for_the_gateways_time_out():
    async with (
        answering(echo) as one,
        a_gateway(an_entry(hold=30), EAS_LOCAL_GATEWAY_TIMEOUT="0.2") as door,
        talking(lambda wire: wire.rest()) as silent,
    ):
        waiting = asyncio.create_task(door.ask())
        await until_held(door, 1)
        await door.publish(an_entry(hold=30), an_entry(silent.port, name="silent"), n=2)
        assert (await door.ask("/api/predict/silent")).status == 504  # so much time has passed
        await door.publish(an_entry(one.port), n=3)
        assert (await waiting).status == 200


async def test_it_counts_in_the_concurrency_of_its_service():
    async with answering(echo) as one, a_gateway(an_entry(hold=30, concurrency_limit=1)) as door:
        waiting = asyncio.create_task(door.ask())
        await until_held(door, 1)
        assert (await door.ask()).status == 429
        await door.publish(an_entry(one.port, concurrency_limit=1), n=2)
        assert (await waiting).status == 200
        assert (await door.ask()).status == 200


async def test_a_request_that_no_instance_took_waits_with_the_others():
    closed = await a_closed_port()
    async with (
        answering(lambda _: REFUSED) as shut,
        answering(echo) as one,
        a_gateway(an_entry(shut.port, closed, hold=30)) as door,
    ):
        waiting = asyncio.create_task(door.ask(method="POST", body=b"hello"))
        await until_held(door, 1)
        await door.publish(an_entry(one.port), n=2)
        assert (await waiting).body == b"hello"

    assert len(shut.requests) == 1


async def test_the_body_stays_with_the_client_meanwhile():
    """No more of it than a connection takes ahead: the client's `100 Continue` comes from the instance."""
    head = b"POST /api/predict/demo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"

    async def willing(wire):
        await wire.until(b"\r\n\r\n")
        await wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await wire.send(ok(await wire.read(5)))

    async with talking(willing) as one, a_gateway(an_entry(hold=30)) as door, dial(door.port) as client:
        await client.send(head)
        await until_held(door, 1)
        await door.publish(an_entry(one.port), n=2)
        assert (await client.message()).status == 100
        await client.send(b"hello")
        assert (await client.message()).body == b"hello"


async def test_a_gateway_that_ends_keeps_nobody_waiting():
    async with a_gateway(an_entry(hold=30)) as door:
        waiting = asyncio.create_task(door.ask())
        await until_held(door, 1)
        await asyncio.wait_for(door.gateway.stop(grace=30), 5)
        assert (await waiting).status == 503
