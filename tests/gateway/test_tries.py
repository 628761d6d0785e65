"""Another instance is asked where the first cannot take the request, and only there."""

import asyncio

import pytest

from eas_local.core.routes import Entry
from tests.gateway.doors import REFUSED, a_backend, a_closed_port, a_gateway, an_entry
from tests.net import answering, dial, echo, ok, talking


async def test_an_instance_that_cannot_be_reached_is_passed_over_without_the_client_noticing():
    closed = await a_closed_port()
    async with answering(echo) as one, a_gateway(an_entry(closed, one.port)) as door:
        answers = [await door.ask(method="POST", body=b"hello") for _ in range(4)]

    assert {(answer.status, answer.body) for answer in answers} == {(200, b"hello")}


async def test_where_none_can_be_reached_nothing_is_healthy():
    async with a_gateway(an_entry(await a_closed_port(), await a_closed_port())) as door:
        answer = await door.ask()

    assert (answer.status, answer.body) == (503, b"no healthy upstream")


async def counted(door, metric, **labels):
    """Returns when there is one."""
    async with asyncio.timeout(5):
        while not await door.metric(metric, **labels):
            pass


async def test_an_instance_whose_sidecar_is_started_again_is_waited_for():
    port = await a_closed_port()
    async with a_gateway(an_entry(port)) as door:
        waiting = asyncio.create_task(door.ask(method="POST", body=b"hello"))
        await counted(door, "eas_gateway_requests_in_flight", service="demo")
        async with answering(echo, port):
            answer = await waiting

    assert (answer.status, answer.body) == (200, b"hello")


async def test_a_client_that_leaves_while_an_instance_is_waited_for_is_a_499():
    async with a_gateway(an_entry(await a_closed_port())) as door:
        async with dial(door.port) as wire:
            await wire.send(b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\n\r\n")
            await counted(door, "eas_gateway_requests_in_flight", service="demo")
        await counted(door, "eas_gateway_requests_total", service="demo", code="499")


@pytest.mark.parametrize("reason", ["gate", "draining", "instance"])
async def test_a_refusal_is_tried_elsewhere_with_the_whole_body(reason):
    refusing = REFUSED.replace(b"gate", reason.encode())
    async with (
        answering(lambda _: refusing) as shut,
        answering(echo) as one,
        a_gateway(an_entry(shut.port, one.port)) as door,
    ):
        answers = [await door.ask(method="POST", body=b"b" * 60_000) for _ in range(4)]

    assert {(answer.status, answer.body) for answer in answers} == {(200, b"b" * 60_000)}
    assert len(shut.requests) == 2


async def test_a_refusal_by_all_never_reaches_the_client_as_it_is():
    stale = b"HTTP/1.1 421 Misdirected Request\r\nx-eas-refused: instance\r\nContent-Length: 0\r\n\r\n"
    async with (
        answering(lambda _: stale) as one,
        answering(lambda _: stale) as two,
        a_gateway(an_entry(one.port, two.port)) as door,
    ):
        answer = await door.ask()

    assert (answer.status, answer.body) == (503, b"no healthy upstream")
    assert "x-eas-refused" not in answer.headers


async def test_a_body_that_has_gone_too_far_is_not_tried_elsewhere():
    async def talk(wire):
        await wire.until(b"\r\n\r\n")
        await wire.read(300_000)
        await wire.send(REFUSED)
        await wire.rest()

    async with (
        talking(talk) as shut,
        answering(echo) as one,
        a_gateway(an_entry(shut.port, one.port)) as door,
        dial(door.port) as client,
    ):
        await client.send(b"POST /api/predict/demo HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n")
        await client.send(b"a" * 300_000)
        answer = await client.message()

    assert answer.status == 503
    assert one.requests == []


@pytest.mark.parametrize("line", ["450 Queue Full", "401 Unauthorized", "429 Too Many Requests", "500 Oops"])
async def test_any_other_answer_is_the_clients(line):
    data = f"HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n".encode()
    async with (
        answering(lambda _: data) as one,
        answering(echo) as two,
        a_gateway(an_entry(one.port, two.port)) as door,
    ):
        answer = await door.ask()

    assert answer.start == f"HTTP/1.1 {line}"
    assert two.requests == []


async def test_an_instance_that_dies_over_a_post_is_not_tried_again():
    async with answering(lambda _: b"") as one, answering(echo) as two, a_gateway(an_entry(one.port, two.port)) as door:
        answer = await door.ask(method="POST", body=b"pay once")

    assert answer.status == 503
    assert answer.body.endswith(b"reset reason: connection termination")
    assert two.requests == []


async def test_the_hundred_comes_from_the_instance_that_takes_the_body():
    async def willing(wire):
        await wire.until(b"\r\n\r\n")
        await wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await wire.send(ok(await wire.read(5)))

    head = b"POST /api/predict/demo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"

    async def refusing(wire):
        await wire.until(b"\r\n\r\n")
        await wire.send(REFUSED)
        await wire.rest()

    async with (
        talking(refusing) as shut,
        talking(willing) as one,
        a_gateway(an_entry(shut.port, one.port)) as door,
        dial(door.port) as client,
    ):
        await client.send(head)
        assert (await client.message()).status == 100
        await client.send(b"hello")
        assert (await client.message()).body == b"hello"


async def test_each_instance_is_asked_once_those_of_the_same_backend_first():
    asked = []

    def refusing(name):
        def answer(_):
            asked.append(name)
            return REFUSED

        return answering(answer)

    async with refusing("b1") as b1, refusing("b2") as b2, refusing("g1") as g1, refusing("g2") as g2:
        blue = a_backend(b1.port, b2.port, name="blue", weight=3)
        green = a_backend(g1.port, g2.port, name="green", weight=1)
        async with a_gateway(Entry("demo", (blue, green))) as door:
            answers = [await door.ask(method="POST", body=b"x") for _ in range(4)]

    assert {answer.status for answer in answers} == {503}
    assert [asked[turn : turn + 4] for turn in range(0, 16, 4)] == [
        ["b1", "b2", "g1", "g2"],
        ["b2", "b1", "g2", "g1"],
        ["b1", "b2", "g1", "g2"],
        ["g1", "g2", "b1", "b2"],
    ]


async def test_requests_are_shared_out_by_weight():
    async with answering(echo) as one, answering(echo) as two:
        blue, green = a_backend(one.port, name="blue", weight=80), a_backend(two.port, name="green", weight=20)
        async with a_gateway(Entry("demo", (blue, green))) as door:
            for _ in range(10):
                await door.ask()

    assert (len(one.requests), len(two.requests)) == (8, 2)


async def test_an_instance_that_came_meanwhile_is_asked_too():
    """A request that has reached an instance just as it begins to drain finds the successor."""
    async with answering(echo) as successor:

        async def talk(wire):
            await wire.message()
            await door.publish(an_entry(successor.port), n=2)
            await wire.send(REFUSED.replace(b"gate", b"draining"))

        async with talking(talk) as old, a_gateway(an_entry(old.port)) as door:
            answer = await door.ask(method="POST", body=b"hello")

    assert (answer.status, answer.body) == (200, b"hello")


async def test_after_the_first_byte_of_an_answer_nobody_else_is_asked():
    async def talk(wire):
        await wire.message()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    async with (
        talking(talk) as one,
        answering(echo) as two,
        a_gateway(an_entry(one.port, two.port)) as door,
        dial(door.port) as client,
    ):
        await client.send(b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await client.rest()).endswith(b"\r\n\r\nhalf")

    assert two.requests == []
