"""What the daemon says to a sidecar, and what it is told."""

import asyncio
import json
import stat
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from eas_local.core.wire import PROTOCOL, SidecarConfig, SidecarState, Target
from tests.net import answering, dial, echo, ok, talking
from tests.sidecar.pods import a_config, a_pod, a_ready_pod, respawned


async def test_a_pod_becomes_ready_when_its_port_opens(tmp_path):
    async with answering(echo) as container:
        port = container.port
    async with a_pod(a_config(port), tmp_path) as pod:
        waiting = await pod.until(lambda state: state.unready)
        assert not waiting.ready
        assert waiting.unready[0][1].startswith(f"nothing listens on port {port}")
        async with answering(echo, port):
            ready = await pod.ready()
            looked = await pod.until(lambda state: state.listeners)

    assert ready.attempts == (("worker0", 0),)
    assert ("127.0.0.1", port) in looked.listeners
    assert ready.unready == ()


async def test_the_state_waits_for_news_and_not_for_anything_else(tmp_path):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        state = await pod.state()
        assert (await pod.state(after="something-else")).version == state.version
        waiting = asyncio.create_task(pod.state(after=state.version))
        await pod.ask()
        await asyncio.sleep(0.02)
        assert not waiting.done()
        await pod.put(replace(a_config(container.port), n=2))
        assert (await waiting).config_n == 2
        assert await pod.state(after=(await pod.state()).version, wait=0) == await pod.state()


async def test_requests_in_flight_are_no_news_but_the_end_of_draining_is(tmp_path):
    hold = asyncio.Event()

    async def talk(wire):
        await wire.message()
        await hold.wait()
        await wire.send(ok(b"last"))

    async with AsyncExitStack() as stack:
        container = await stack.enter_async_context(talking(talk))
        pod = await stack.enter_async_context(a_ready_pod(a_config(container.port), tmp_path))
        client = await stack.enter_async_context(dial(pod.traffic))
        await client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await pod.counts(in_flight=1)
        await pod.put(replace(a_config(container.port), n=2, draining_since=5.0))
        draining = await pod.state()
        waiting = asyncio.create_task(pod.state(after=draining.version))
        await asyncio.sleep(0.02)
        assert not waiting.done()
        hold.set()
        drained = await waiting
        assert (await client.message()).body == b"last"

    assert (draining.draining, draining.draining_since, draining.in_flight) == (True, 5.0, 1)
    assert not draining.ready
    assert drained.in_flight == 0


async def test_a_configuration_comes_into_force_and_outlives_the_process(tmp_path):
    async with answering(echo) as container:
        config = replace(a_config(container.port), n=7, tokens=("new",))
        async with a_ready_pod(a_config(container.port), tmp_path) as pod:
            answer = await pod.put(config)
            assert SidecarState.from_json(answer.body).config_n == 7
            assert (await pod.ask()).status == 401
            assert stat.S_IMODE(pod.path.stat().st_mode) == 0o600
            before = await pod.state()
        async with respawned(pod.path) as pod:
            after = await pod.ready()
            assert (await pod.ask()).status == 401

    assert SidecarConfig.from_json(pod.path.read_bytes()) == config
    assert after.config_n == 7
    assert after.version != before.version


async def test_the_configuration_in_force_can_be_read(tmp_path):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        answer = await pod.control_("GET /v1/config")

    assert SidecarConfig.from_json(answer.body) == a_config(container.port)


async def test_an_older_configuration_is_refused_and_the_same_one_is_not(tmp_path):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        third = replace(a_config(container.port), n=3)
        assert (await pod.put(third)).status == 200
        assert (await pod.put(third)).status == 200
        older = await pod.put(replace(third, n=2, tokens=("x",)))
        assert (await pod.ask()).status == 200

    assert older.status == 409
    assert SidecarState.from_json(older.body).config_n == 3


@pytest.mark.parametrize(
    "changed", [{"protocol": PROTOCOL + 1}, {"protocol": PROTOCOL - 2}, {"pod": "another"}, {"targets": ()}]
)
async def test_a_configuration_for_somebody_else_is_refused(tmp_path, changed):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        answer = await pod.put(replace(a_config(container.port), n=2, **changed))
        assert (await pod.state()).config_n == 1

    assert answer.status == 400


async def test_the_protocol_before_this_one_is_understood(tmp_path):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        assert (await pod.put(replace(a_config(container.port), n=2, protocol=PROTOCOL - 1))).status == 200


@pytest.mark.parametrize("body", [b"", b"{}", b"nonsense"])
async def test_text_that_is_no_configuration_is_refused(tmp_path, body):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        assert (await pod.control_("PUT /v1/config", body=body)).status == 400


@pytest.mark.parametrize("secret", ["", "wrong"])
@pytest.mark.parametrize("what", ["GET /v1/state", "GET /v1/config", "PUT /v1/config", "GET /elsewhere"])
async def test_without_the_secret_there_is_nothing_to_be_had(tmp_path, what, secret):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        assert (await pod.control_(what, secret=secret)).status == 401


async def test_metrics_need_no_secret(tmp_path):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        await pod.ask()
        metrics = await pod.control_("GET /metrics", secret="")

    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert b'eas_requests_total{service="demo",instance="demo-1",code="200"} 1\n' in metrics.body


async def test_unknown_questions_are_not_found(tmp_path):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        assert (await pod.control_("GET /v1/elsewhere")).status == 404


async def test_a_new_run_of_a_container_begins_its_probes_anew(tmp_path):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        await pod.put(replace(a_config(container.port), n=2, targets=(Target("worker0", 1, container.port),)))
        state = await pod.ready()

    assert state.attempts == (("worker0", 1),)


async def test_every_container_with_a_port_must_be_ready(tmp_path):
    async with answering(echo) as first:
        async with answering(echo) as second:
            port = second.port
        config = a_config(first.port, targets=(Target("worker0", 0, first.port), Target("worker1", 0, port)))
        async with a_pod(config, tmp_path) as pod:
            state = await pod.until(lambda state: [name for name, _ in state.unready] == ["worker1"])
            assert not state.ready
            async with answering(echo, port):
                await pod.ready()


async def test_the_state_names_the_configuration_by_its_digest(tmp_path):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        config = a_config(container.port)
        assert (await pod.state()).config_digest == config.digest
        await pod.put(replace(config, n=2, draining_since=5.0))
        assert (await pod.state()).config_digest == config.digest
        assert json.loads((await pod.control_("GET /v1/state")).body)["draining"] is True
