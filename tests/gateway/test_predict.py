"""From a path to an instance, and what passes there and back."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from eas_local.core.routes import Entry
from tests.gateway.doors import a_gateway, an_entry
from tests.net import answering, ask, dial, echo, eventually, ok, talking


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


async def test_what_an_instance_closes_with_its_answer_is_closed_for_the_client_too():
    data = b"HTTP/1.1 450 Queue Full\r\nx-eas-request-id: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    async with answering(lambda _: data) as one, a_gateway(an_entry(one.port)) as door, dial(door.port) as client:
        await client.send(b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await client.message()
        assert await client.rest() == b""

    assert (answer.status, answer.headers["connection"]) == (450, "close")
    assert answer.headers["x-eas-request-id"] == "1"


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
