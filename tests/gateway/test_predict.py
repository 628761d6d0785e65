"""From a path to an instance, and to another where the first cannot take the request."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from eas_local.core.routes import Entry
from tests.gateway.doors import a_gateway, an_entry
from tests.net import answering, ask, dial, echo, eventually, ok, talking

REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nx-eas-refused: gate\r\nContent-Length: 19\r\n\r\nno healthy upstream"


async def a_closed_port() -> int:
    async with answering(echo) as server:
        return server.port


async def test_path_and_authorization_pass_unchanged_and_the_instance_is_named():
    async with answering(echo) as one, a_gateway(an_entry(one.port)) as door:
        answer = await door.ask(
            "/api/predict/demo/v1/../x%20y?a=1", "Authorization: secret", "x-eas-instance: forged", "X-EAS-Other: 1",
            method="POST", body=b"hello",
        )  # fmt: skip

    (request,) = one.requests
    assert answer.body == b"hello"
    assert request.target == "/api/predict/demo/v1/../x%20y?a=1"
    assert request.headers["authorization"] == "secret"
    assert {name: value for name, value in request.headers.items() if name.startswith("x-eas")} == {
        "x-eas-instance": f"demo-{one.port}"
    }


@pytest.mark.parametrize("path", ["/api/predict/demo", "/api/predict/blue/x", "/api/predict/group.demo/v1"])
async def test_a_service_answers_to_its_name_its_aliases_and_its_group(path):
    async with answering(echo) as one:
        entry = Entry("demo", an_entry(one.port).backends, ("blue",))
        async with a_gateway(entry) as door:
            assert (await door.ask(path)).status == 200


@pytest.mark.parametrize(
    "path", ["/api/predict/missing", "/api/predict/", "/api/predict", "/", "/elsewhere", "/local/v1/health", "/api/v20"]
)
async def test_what_is_not_there_is_404_with_an_empty_body(path):
    async with answering(echo) as one, a_gateway(an_entry(one.port)) as door:
        answer = await door.ask(path)

    assert (answer.status, answer.body) == (404, b"")
    assert len(answer.headers["x-eas-request-id"]) == 32


async def test_a_service_without_instances_is_not_healthy():
    async with a_gateway(an_entry()) as door:
        answer = await door.ask()

    assert (answer.status, answer.body) == (503, b"no healthy upstream")


async def test_requests_are_spread_over_the_instances():
    async with answering(echo) as a, answering(echo) as b, a_gateway(an_entry(a.port, b.port)) as door:
        for _ in range(6):
            await door.ask()

    assert (len(a.requests), len(b.requests)) == (3, 3)


async def test_services_have_turns_of_their_own():
    async with answering(echo) as a, answering(echo) as b:
        entries = [an_entry(a.port, b.port), an_entry(a.port, b.port, name="other")]
        async with a_gateway(*entries) as door:
            for _ in range(2):
                await door.ask("/api/predict/demo")
                await door.ask("/api/predict/other")

    assert [r.target[-5:] for r in a.requests + b.requests].count("/demo") == 2
    assert len(a.requests) == len(b.requests) == 2


async def test_an_instance_that_cannot_be_reached_is_passed_over_without_the_client_noticing():
    closed = await a_closed_port()
    async with answering(echo) as one, a_gateway(an_entry(closed, one.port)) as door:
        answers = [await door.ask(method="POST", body=b"hello") for _ in range(4)]

    assert {(answer.status, answer.body) for answer in answers} == {(200, b"hello")}


async def test_where_none_can_be_reached_nothing_is_healthy():
    async with a_gateway(an_entry(await a_closed_port(), await a_closed_port())) as door:
        answer = await door.ask()

    assert (answer.status, answer.body) == (503, b"no healthy upstream")


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


async def test_what_an_instance_closes_with_its_answer_is_closed_for_the_client_too():
    data = b"HTTP/1.1 450 Queue Full\r\nx-eas-request-id: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    async with answering(lambda _: data) as one, a_gateway(an_entry(one.port)) as door, dial(door.port) as client:
        await client.send(b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await client.message()
        assert await client.rest() == b""

    assert (answer.status, answer.headers["connection"]) == (450, "close")
    assert answer.headers["x-eas-request-id"] == "1"


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

    async def talk(wire):
        await wire.message()
        await go.wait()
        await wire.send(ok(b"done"))

    async with talking(talk) as one, a_gateway(an_entry(one.port, concurrency_limit=2)) as door:
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
        metrics = await door.metrics()

    assert 'eas_gateway_requests_in_flight{service="demo"} 0\n' in metrics


async def test_a_client_that_leaves_is_a_499_and_its_instance_learns_it():
    async with (
        talking(lambda wire: wire.rest()) as one,
        a_gateway(an_entry(one.port, concurrency_limit=1)) as door,
        dial(door.port) as client,
    ):
        await client.send(b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\n\r\n")
        await eventually(lambda: one.open == 1, "the request is under way")
        client.close()
        await eventually(lambda: one.open == 0, "the instance saw its connection end")
        metrics = await door.metrics()

    assert 'eas_gateway_requests_total{service="demo",code="499"} 1\n' in metrics
    assert 'eas_gateway_requests_in_flight{service="demo"} 0\n' in metrics


async def test_websockets_pass_through():
    async def talk(wire):
        await wire.until(b"\r\n\r\n")
        await wire.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        await wire.send(await wire.read(4))

    wish = b"GET /api/predict/demo/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    async with talking(talk) as one, a_gateway(an_entry(one.port)) as door, dial(door.port) as client:
        await client.send(wish)
        assert (await client.message()).status == 101
        await client.send(b"ping")
        assert await client.read(4) == b"ping"


async def test_an_absolute_target_is_matched_by_its_path():
    async with answering(echo) as one, a_gateway(an_entry(one.port)) as door:
        answer = await ask(door.port, b"GET http://h:1/api/predict/demo/x HTTP/1.1\r\nHost: h\r\n\r\n")

    assert answer.headers["x-asked"] == "GET /api/predict/demo/x"


async def test_each_request_is_one_line_without_secrets():
    async with answering(echo) as one, a_gateway(an_entry(one.port)) as door:
        await door.ask("/api/predict/demo/v1?key=hidden", "Authorization: hidden")
        await eventually(lambda: "\n" in door.out.getvalue(), "the line is written")

    assert "GET /api/predict/demo/v1?key=*** 200 " in door.out.getvalue()
    assert f"demo-{one.port}" in door.out.getvalue()
    assert "hidden" not in door.out.getvalue()


async def test_running_requests_end_before_the_gateway_does():
    go = asyncio.Event()

    async def talk(wire):
        await wire.message()
        await go.wait()
        await wire.send(ok(b"last"))

    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(talking(talk))
        door = await stack.enter_async_context(a_gateway(an_entry(one.port)))
        client = await stack.enter_async_context(dial(door.port))
        idle = await stack.enter_async_context(dial(door.port))
        await client.send(b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\n\r\n")
        await eventually(lambda: one.open == 1, "the request is under way")
        stopping = asyncio.create_task(door.gateway.stop(grace=5))
        assert await idle.rest() == b""
        with pytest.raises(ConnectionRefusedError):
            await door.ask()
        go.set()
        answer = await client.message()
        assert await client.rest() == b""
        await stopping

    assert (answer.body, answer.headers["connection"]) == (b"last", "close")
