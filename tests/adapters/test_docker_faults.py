"""The engine goes away in the middle of use."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from pathlib import Path

import pytest

from eas_local.adapters import settings
from eas_local.adapters.docker_client import connect
from eas_local.adapters.docker_context import locate
from eas_local.adapters.docker_engine import DockerEngine
from eas_local.adapters.engine_class import EngineClass
from eas_local.adapters.settings import EngineSettings
from eas_local.core.errors import EngineDown, EngineUnusable
from tests.adapters.engines import SPEAKS, DockerWorld, a_run, eventually
from tests.adapters.relay import Relay, relayed

pytestmark = [
    pytest.mark.docker,
    pytest.mark.timeout(60, func_only=True),
    # The SDK leaves the socket of a failed connect to the garbage collector, which warns of it.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[Relay]:
    engine = locate(settings.load().engine).host.removeprefix("unix://")
    async with relayed(tmp_path / "docker.sock", Path(engine)) as found:
        yield found
    gc.collect()


@pytest.fixture
async def shaky(relay: Relay, docker_world: DockerWorld, engine_class: EngineClass) -> AsyncIterator[DockerWorld]:
    """The world of `docker_world`, seen over the relay."""
    engine = DockerEngine(
        docker_world.engine._owner,
        lambda: connect(EngineSettings(host=relay.address)),
        docker_world.engine._network,
        lambda *_: engine_class,
    )
    yield DockerWorld(engine, docker_world._image, docker_world._prefix)
    await engine.close()


async def test_calls_fail_while_it_is_away_and_work_again_when_it_is_back(relay, shaky):
    assert await shaky.engine.observe() == []

    await relay.cut()
    with pytest.raises(EngineDown, match="start Docker"):
        await shaky.engine.observe()

    await relay.open()
    assert await shaky.engine.observe() == []


async def test_a_broken_stream_of_events_says_that_the_engine_is_down(relay, shaky):
    async with aclosing(shaky.engine.events()) as events:
        sandbox = shaky.sandbox(shaky.identity("a"))
        await shaky.engine.start_sandbox(sandbox)
        assert (await anext(events)).kind == "started"
        await relay.cut()
        with pytest.raises(EngineDown):
            await anext(events)


async def test_a_broken_log_says_that_the_engine_is_down(relay, shaky):
    sandbox = shaky.sandbox(shaky.identity("a"))
    await shaky.engine.start_sandbox(sandbox)
    run_id = await shaky.start(a_run(sandbox, SPEAKS), SPEAKS)

    async with aclosing(shaky.engine.logs(run_id, follow=True)) as lines:
        assert [(await anext(lines)).text, (await anext(lines)).text] == ["one", "two"]
        await relay.cut()
        with pytest.raises(EngineDown):
            await anext(lines)


@pytest.mark.parametrize("stream", ["events", "logs"])
async def test_a_reader_that_is_cancelled_leaves_no_thread_behind(docker_world, stream):
    sandbox = docker_world.sandbox(docker_world.identity("a"))
    await docker_world.engine.start_sandbox(sandbox)
    run_id = await docker_world.start(a_run(sandbox, SPEAKS), SPEAKS)
    source = docker_world.engine.events() if stream == "events" else docker_world.engine.logs(run_id, follow=True)

    reading = asyncio.create_task(read_for_ever(source))
    await eventually(lambda: has_threads(stream, True), "the thread has begun")
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading

    await eventually(lambda: has_threads(stream, False), "the thread has ended")


async def test_an_engine_that_is_not_there_is_an_engine_that_is_down(tmp_path):
    with pytest.raises(EngineDown, match="start Docker, or set DOCKER_HOST"):
        connect(EngineSettings(host=f"unix://{tmp_path / 'nothing.sock'}"))


async def test_an_engine_on_another_machine_is_refused():
    with pytest.raises(EngineUnusable, match="another machine"):
        connect(EngineSettings(host="ssh://me@far"))


async def read_for_ever(source: AsyncIterator[object]) -> None:
    async with aclosing(source) as items:
        async for _ in items:
            pass


async def has_threads(name: str, wanted: bool) -> bool:
    return any(thread.name.startswith(name) for thread in threading.enumerate()) is wanted
