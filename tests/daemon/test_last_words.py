import asyncio
from collections.abc import AsyncIterator

import pytest

from eas_local.core.errors import EngineDown, Temporary, Unwritable
from eas_local.core.instance import RunState
from eas_local.core.pod import ContainerSpec, PodIdentity, SandboxSpec
from eas_local.core.streams import LogLine
from eas_local.daemon import last_words
from tests.daemon.world import FakeRunLogs
from tests.fakes import FakeEngine


class Bench:
    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.run_logs = FakeRunLogs()

    async def begin(self) -> str:
        """One run of one instance; the answer is its id."""
        identity = PodIdentity("demo-0", "demo", 0, "f", 1, 100)
        await self.engine.start_sandbox(SandboxSpec(identity, "sandbox"))
        return await self.engine.start(ContainerSpec(identity, "demo-0", "worker0", 0, "img"))

    async def keep(self) -> None:
        (instance,) = await self.engine.observe("demo")
        await last_words.keep(self.engine, self.run_logs, instance, instance.runs[0], patience=0.05)

    @property
    def kept(self) -> list[str] | None:
        lines = self.run_logs.kept.get(("demo", "demo-0", "worker0", 0))
        return None if lines is None else [line.text for line in lines]


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_the_log_of_a_run_that_has_ended_is_kept(bench):
    run = await bench.begin()
    await bench.engine.says(run, "boom")
    await bench.engine.ends(run, 1)

    await bench.keep()

    assert bench.kept == ["boom"]


async def test_a_run_that_still_runs_is_killed_first_so_that_its_log_has_an_end(bench):
    await bench.engine.says(await bench.begin(), "alive")

    await bench.keep()

    (instance,) = await bench.engine.observe("demo")
    assert instance.runs[0].state is RunState.EXITED
    assert bench.kept == ["alive"]


async def test_of_a_log_that_never_ends_what_came_in_time_is_kept(bench):
    await bench.begin()

    async def endless(*_, **__) -> AsyncIterator[LogLine]:
        yield LogLine("2026-01-01T00:00:00Z", "first")
        await asyncio.Event().wait()

    bench.engine.logs = endless
    await bench.keep()

    assert bench.kept == ["first"]


async def test_of_a_long_log_the_end_is_kept(bench):
    run = await bench.begin()
    bench.engine._lines[run] = [LogLine("2026-01-01T00:00:00Z", str(n)) for n in range(last_words.KEPT_LINES + 1)]

    await bench.keep()

    assert (bench.kept[0], len(bench.kept)) == ("1", last_words.KEPT_LINES)


async def test_a_log_that_cannot_be_read_or_kept_keeps_nothing_from_ending(bench):
    await bench.begin()

    def refused(*_, **__):
        raise Temporary("the engine cannot read it")

    bench.engine.logs = refused
    await bench.keep()

    bench.engine = FakeEngine()
    await bench.begin()

    def unwritable(*_):
        raise Unwritable("the disk is full")

    bench.run_logs.keep = unwritable
    await bench.keep()


async def test_an_engine_that_is_away_is_waited_for(bench):
    await bench.begin()
    (instance,) = await bench.engine.observe("demo")
    bench.engine.down = True

    with pytest.raises(EngineDown):
        await last_words.keep(bench.engine, bench.run_logs, instance, instance.runs[0])
