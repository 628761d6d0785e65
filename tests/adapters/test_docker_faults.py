"""The engine goes away in the middle of use."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import replace

import pytest
from docker import DockerClient

from eas_local.adapters import settings
from eas_local.adapters.docker_client import connect
from eas_local.adapters.docker_engine import DockerEngine
from eas_local.adapters.settings import EngineSettings
from eas_local.core.errors import EngineDown, EngineUnusable
from tests.adapters.engines import SPEAKS, a_run, eventually, the_instance

pytestmark = [
    pytest.mark.docker,
    pytest.mark.timeout(60, func_only=True),
    # The SDK leaves the socket of a failed connect to the garbage collector, which warns of it.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


async def test_a_log_that_breaks_off_is_not_taken_for_its_end(docker_world):
    sandbox = docker_world.sandbox(docker_world.identity("a"))
    await docker_world.engine.start_sandbox(sandbox)
    run_id = await docker_world.start(a_run(sandbox, SPEAKS), SPEAKS)

    async with aclosing(docker_world.engine.logs(run_id, follow=True)) as lines:
        assert [(await anext(lines)).text, (await anext(lines)).text] == ["one", "two"]
        await docker_world.goes_away()
        with pytest.raises(EngineDown):
            await anext(lines)
    await docker_world.comes_back()


class Severed:
    """A client whose daemon dies after some calls to the engine: those are done, the next ones never are."""

    def __init__(self, client: DockerClient, calls: int) -> None:
        self._client = client
        self._left = calls

    @property
    def api(self) -> "Severed":
        return self

    def close(self) -> None:
        self._client.close()

    def __getattr__(self, name: str) -> Callable[..., object]:
        self._left -= 1
        if self._left < 0:
            raise ConnectionError("severed")
        return getattr(self._client.api, name)


@pytest.mark.parametrize("calls", range(4))
async def test_a_daemon_that_dies_between_two_calls_leaves_nothing_its_successor_cannot_continue(
    docker_world, engine_class, calls
):
    """A sandbox takes three calls (create, attach, start), a run two, a removal four."""
    config = settings.load().engine
    dying = DockerEngine(
        docker_world.engine._owner,
        lambda: Severed(connect(config), calls),
        lambda *_: engine_class,
    )
    sandbox = replace(docker_world.sandbox(docker_world.identity("a")), config="{}")
    run = a_run(sandbox)

    async def twice(act: Callable[[DockerEngine], Awaitable[object]]) -> None:
        with suppress(EngineDown):
            await act(dying)
        await act(docker_world.engine)

    await twice(lambda engine: engine.start_sandbox(sandbox))
    await twice(lambda engine: engine.start(run))
    seen = await the_instance(docker_world.engine)
    await twice(lambda engine: engine.remove_pod(seen.name))
    await dying.close()

    assert seen.alive
    assert await docker_world.engine.observe() == []


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
