"""What a sidecar needs to have run is run once, in the very container it is about, and reported."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from eas_local.core.errands import Errand, ErrandReport, Execution
from eas_local.core.errors import EngineDown, Temporary
from eas_local.core.instance import Instance, RunState
from eas_local.daemon.errands import Errands
from tests.builders import a_desired, a_run, an_instance

ERRAND = Errand("e1", "worker0", 2, ("cat", "/tmp/ready"), 1)
WANT = a_desired()


def an_instance_with(*attempts: int, state: RunState = RunState.RUNNING) -> Instance:
    """One with these runs of its container, of which the last is in this state."""
    states = [RunState.EXITED] * (len(attempts) - 1) + [state]
    runs = (a_run(id=f"run {n}", attempt=n, state=state) for n, state in zip(attempts, states, strict=True))
    return an_instance(WANT, runs=tuple(runs))


HERE = an_instance_with(1, 2)


class World:
    """An engine and a sidecar at either end. `fails`: what is raised there next."""

    def __init__(self) -> None:
        self.went = Execution(0)
        self.go = asyncio.Event()
        self.go.set()
        self.engine_fails: Exception | None = None
        self.sidecar_fails: Exception | None = None
        self.executed: list[tuple[str, tuple[str, ...], float]] = []
        self.reports: list[ErrandReport] = []
        self.errands = Errands(self._execute, self._report)

    async def heed(self, instance: Instance = HERE, *errands: Errand) -> None:
        self.errands.heed(instance, errands or (ERRAND,))
        await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def _execute(self, run_id: str, argv: Sequence[str], within: float) -> Execution:
        self.executed.append((run_id, tuple(argv), within))
        await self.go.wait()
        error, self.engine_fails = self.engine_fails, None
        if error:
            raise error
        return self.went

    async def _report(self, report: ErrandReport) -> None:
        error, self.sidecar_fails = self.sidecar_fails, None
        if error:
            raise error
        self.reports.append(report)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    await asyncio.gather(*made.errands.stop(), return_exceptions=True)


async def test_it_is_carried_out_in_the_very_run_it_is_about(world):
    await world.heed()

    assert world.executed == [("run 2", ("cat", "/tmp/ready"), 1)]
    (report,) = world.reports
    assert (report.errand, report.failure) == ("e1", "")
    assert 0 <= report.took < 1


async def test_a_failure_is_reported_in_the_words_of_the_command(world):
    world.went = Execution(1, "cat: /tmp/ready: No such file or directory\n")
    await world.heed()

    assert world.reports[0].failure == "cat: /tmp/ready: No such file or directory"


async def test_however_often_it_is_heard_of_it_is_carried_out_once(world):
    world.go.clear()
    await world.heed()
    await world.heed()
    world.go.set()
    await world.settle()
    await world.heed()

    assert (len(world.executed), len(world.reports)) == (1, 1)


@pytest.mark.parametrize(
    "there", [an_instance_with(1), an_instance_with(2, state=RunState.CREATED), an_instance_with(2, 3)]
)
async def test_where_its_run_does_not_run_it_waits_for_it(world, there):
    await world.heed(there)
    assert world.executed == []

    await world.heed(HERE)
    assert len(world.reports) == 1


@pytest.mark.parametrize("error", [EngineDown("start Docker"), Temporary("it does not run")])
async def test_what_the_engine_could_not_do_is_no_failure_and_is_begun_again(world, error):
    world.engine_fails = error
    await world.heed()
    assert world.reports == []

    await world.heed()
    assert [report.failure for report in world.reports] == [""]


async def test_what_could_not_be_reported_is_begun_again(world):
    world.sidecar_fails = Temporary("it does not answer")
    await world.heed()
    await world.heed()

    assert (len(world.executed), len(world.reports)) == (2, 1)


async def test_a_slow_errand_is_in_nobodys_way(world):
    world.go.clear()
    await world.heed(HERE, ERRAND, Errand("e2", "worker0", 2, ("true",), 5))

    assert len(world.executed) == 2


async def test_it_is_given_up_with_the_pod(world):
    world.go.clear()
    await world.heed()
    await asyncio.gather(*world.errands.stop(), return_exceptions=True)
    world.go.set()
    await world.settle()

    assert world.reports == []
