"""In front of a processor's host: the gate opens when it says so, and so many requests run at once as it has workers."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from eas_local.core.service import Check, CheckKind, Initialized, Limits
from eas_local.core.wire import SidecarConfig, Target
from tests.net import Server, dial, ok, talking
from tests.sidecar.containers import a_slow_container
from tests.sidecar.pods import GET, a_config, a_pod, respawned

FINISH = Limits(workers_finish=True)


@dataclass
class Host:
    """`port` takes requests, which stay unanswered; on `ready` it says `answer` as soon as that is set."""

    port: int
    ready: Server
    answer: asyncio.Future[bytes]

    def say(self, worker_threads: int) -> None:
        self.answer.set_result(ok(b'{"worker_threads": %d}' % worker_threads))

    def config(self, attempt: int = 0, limits: Limits = FINISH, n: int = 1) -> SidecarConfig:
        check = Check(CheckKind.READINESS, Initialized(self.ready.port))
        return a_config(self.port, targets=(Target("worker0", attempt, self.port, (check,)),), limits=limits, n=n)


@asynccontextmanager
async def a_host():
    async def talk(wire):
        await wire.message()
        await wire.send(await asyncio.shield(host.answer))

    async with a_slow_container() as (port, _, _), talking(talk) as ready:
        host = Host(port, ready, asyncio.get_running_loop().create_future())
        yield host
        host.answer.cancel()


async def crowd(pod, stack: AsyncExitStack, running: int, waiting: int) -> None:
    """So many clients that all of them are in line, and so many of them run."""
    for _ in range(running + waiting):
        client = await stack.enter_async_context(dial(pod.traffic))
        await client.send(GET)
    await pod.counts(in_flight=running, waiting=waiting)


async def test_the_gate_opens_the_moment_the_host_says_that_it_is_ready(tmp_path):
    async with a_host() as host, a_pod(host.config(), tmp_path) as pod:
        loading = await pod.until(
            lambda state: dict(state.unready)["worker0"].endswith("initialize has not returned yet")
        )
        assert (await pod.ask()).status == 503
        host.say(4)
        ready = await pod.ready()

    assert (loading.ready, loading.worker_threads) == (False, None)
    assert (ready.unready, ready.worker_threads) == ((), 4)


async def test_so_many_run_as_the_host_has_workers_and_the_others_wait(tmp_path):
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(a_host())
        pod = await stack.enter_async_context(a_pod(host.config(), tmp_path))
        host.say(2)
        await pod.ready()
        await crowd(pod, stack, running=2, waiting=3)


async def test_what_the_service_json_says_of_workers_holds_whatever_the_host_says(tmp_path):
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(a_host())
        pod = await stack.enter_async_context(a_pod(host.config(limits=replace(FINISH, worker_threads=1)), tmp_path))
        host.say(2)
        assert (await pod.ready()).worker_threads == 1
        await crowd(pod, stack, running=1, waiting=1)


async def test_a_sidecar_that_is_started_again_shuts_no_gate_and_knows_the_number(tmp_path):
    async with a_host() as host:
        async with a_pod(host.config(), tmp_path) as pod:
            host.say(4)
            await pod.ready()
        async with respawned(pod.path) as pod:
            state = await pod.state()

    assert (state.ready, state.worker_threads) == (True, 4)
    assert host.ready.connections == 1


async def test_the_number_of_the_next_run_holds_once_it_is_told(tmp_path):
    async with a_host() as host, a_pod(host.config(), tmp_path) as pod:
        host.say(4)
        await pod.ready()
        host.answer = asyncio.get_running_loop().create_future()
        await pod.put(host.config(attempt=1, n=2))
        starting = await pod.state()
        host.say(2)
        ready = await pod.ready()

    assert (starting.ready, starting.worker_threads) == (False, 4)
    assert ready.worker_threads == 2


async def test_a_new_configuration_of_the_same_run_keeps_the_number(tmp_path):
    async with a_host() as host, a_pod(host.config(), tmp_path) as pod:
        host.say(4)
        await pod.ready()
        await pod.put(host.config(limits=replace(FINISH, max_queue_size=1), n=2))
        state = await pod.state()

    assert (state.ready, state.worker_threads) == (True, 4)
    assert host.ready.connections == 1


async def test_a_warm_up_that_failed_is_told_in_the_hosts_words(tmp_path):
    async with a_host() as host, a_pod(host.config(), tmp_path) as pod:
        host.answer.set_result(ok(b'{"failure": "the warm-up request failed"}').replace(b"200", b"503"))
        state = await pod.until(lambda state: dict(state.unready)["worker0"] == "the warm-up request failed")

    assert not state.ready
    assert [(probe.history, probe.failure) for probe in state.probes] == [("-", "the warm-up request failed")]
