"""The whole way: gateway, sidecar, container."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace

from eas_local.core.routes import Backend, Endpoint, Entry
from tests.gateway.doors import a_gateway
from tests.net import answering, ask, dial, echo, eventually, talking
from tests.sidecar.pods import Pod, a_config, a_ready_pod

BODY = b"b" * 1024


def an_entry(**pods: Pod) -> Entry:
    """A service whose instances are these pods, by uid."""
    return Entry(
        "demo", (Backend(100, "demo", tuple(Endpoint(uid, "127.0.0.1", p.traffic) for uid, p in pods.items())),)
    )


async def test_tokens_and_limits_are_the_instances(tmp_path):
    async with (
        answering(echo) as container,
        a_ready_pod(a_config(container.port, tokens=("t",)), tmp_path) as pod,
        a_gateway(Entry("demo", (Backend(100, "demo", (Endpoint("demo-1", "127.0.0.1", pod.traffic),)),))) as door,
    ):
        good = await door.ask("/api/predict/demo/v1?x=1", "Authorization: t", method="POST", body=b"hello")
        bad = await door.ask("/api/predict/demo/v1")

    assert (good.status, good.body, good.headers["x-asked"]) == (200, b"hello", "POST /v1?x=1")
    assert (bad.status, bad.body) == (401, b"Unauthorized")


async def test_a_direct_connection_by_discovery_needs_the_token(tmp_path):
    async with (
        answering(echo) as container,
        a_ready_pod(a_config(container.port, tokens=("t",)), tmp_path) as pod,
        a_gateway(an_entry(demo=pod)) as door,
    ):
        found = json.loads((await door.ask("/api/v1/servicediscovery/upstreams/demo")).body)
        (item,) = found["endpoints"]["items"]
        head = b"GET /api/predict/demo/v1 HTTP/1.1\r\nHost: x\r\n"
        good = await ask(item["port"], head + b"Authorization: t\r\n\r\n", host=item["ip"])
        bad = await ask(item["port"], head + b"\r\n", host=item["ip"])

    assert (good.status, good.headers["x-asked"]) == (200, "GET /v1")
    assert bad.status == 401


async def test_a_stale_route_never_reaches_another_pod(tmp_path):
    async with (
        answering(echo) as container,
        a_ready_pod(a_config(container.port), tmp_path) as pod,
        a_gateway(Entry("demo", (Backend(100, "demo", (Endpoint("gone", "127.0.0.1", pod.traffic),)),))) as door,
    ):
        answer = await door.ask()

    assert (answer.status, answer.body) == (503, b"no healthy upstream")
    assert container.requests == []


async def test_a_container_that_has_died_is_passed_over_for_another_instances(tmp_path):
    (tmp_path / "dead").mkdir()
    (tmp_path / "alive").mkdir()
    async with answering(echo) as alive, AsyncExitStack() as pods:
        async with answering(echo) as container:
            dead = await pods.enter_async_context(a_ready_pod(a_config(container.port, pod="dead"), tmp_path / "dead"))
        other = await pods.enter_async_context(a_ready_pod(a_config(alive.port, pod="alive"), tmp_path / "alive"))
        async with a_gateway(an_entry(dead=dead, alive=other)) as door:
            answers = [await door.ask(method="POST", body=BODY) for _ in range(4)]

    assert [answer.status for answer in answers] == [200] * 4


async def test_no_request_fails_while_an_instance_is_replaced(tmp_path):
    """POSTs on kept and on new connections, from clients that try nothing twice."""
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    statuses, done = [], asyncio.Event()

    async def on_a_kept_connection(port):
        async with dial(port) as client:
            while not done.is_set():
                await client.send(b"POST /api/predict/demo HTTP/1.1\r\nHost: x\r\nContent-Length: 1024\r\n\r\n", BODY)
                statuses.append((await client.message()).status)

    async def on_new_connections(door):
        while not done.is_set():
            statuses.append((await door.ask(method="POST", body=BODY)).status)

    async with (
        answering(echo) as a,
        answering(echo) as b,
        a_ready_pod(a_config(a.port, pod="old"), tmp_path / "old") as old,
        a_ready_pod(a_config(b.port, pod="new"), tmp_path / "new") as new,
        a_gateway(an_entry(old=old)) as door,
    ):
        clients = [asyncio.create_task(on_a_kept_connection(door.port)) for _ in range(3)]
        clients.append(asyncio.create_task(on_new_connections(door)))
        await more(statuses)
        await door.publish(an_entry(old=old, new=new), n=2)
        await more(statuses)
        await old.put(replace(a_config(a.port, pod="old"), n=2, draining_since=1.0))
        await more(statuses)
        await door.publish(an_entry(new=new), n=3)
        await old.counts(in_flight=0)
        await more(statuses)
        done.set()
        await asyncio.gather(*clients)

    assert set(statuses) == {200}
    assert len(a.requests) + len(b.requests) == len(statuses)


async def more(statuses: list[int]) -> None:
    """Wait until a good many requests more have been answered."""
    enough = len(statuses) + 50
    await eventually(lambda: len(statuses) >= enough, "fifty more requests were answered")


async def test_a_stream_and_a_tunnel_pass_both_hops(tmp_path):
    async def talk(wire):
        request = await wire.message()
        if "upgrade" in request.headers:
            await wire.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            await wire.send(await wire.read(4))
            return
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        await seen.wait()
        await wire.send(b"data: 2\n\n")

    seen = asyncio.Event()
    async with (
        talking(talk) as container,
        a_ready_pod(a_config(container.port), tmp_path) as pod,
        a_gateway(Entry("demo", (Backend(100, "demo", (Endpoint("demo-1", "127.0.0.1", pod.traffic),)),))) as door,
        dial(door.port) as client,
    ):
        await client.send(b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\n\r\n")
        await client.until(b"data: 1\n\n")
        seen.set()
        await client.until(b"data: 2\n\n")
        await client.until(b"0\r\n\r\n")
        await client.send(
            b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nping"
        )
        assert (await client.message()).status == 101
        assert await client.read(4) == b"ping"
