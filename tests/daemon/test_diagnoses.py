"""What is asked of the outside for a diagnosis, and what becomes of it where the outside does not answer."""

import asyncio
from dataclasses import replace

import pytest

from eas_local.core.errors import NoRoom, NotFound
from eas_local.core.instance import Instance, LastState
from eas_local.core.places import pending
from eas_local.core.status import Trouble
from eas_local.core.streams import LogLine
from eas_local.daemon.diagnoses import PATIENCE, Diagnoses
from tests import virtual_time
from tests.builders import a_link, a_run
from tests.daemon.world import World, a_world
from tests.fakes import FakeEngine

FOREIGN = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00"


class WatchedEngine(FakeEngine):
    """`asked`: every question beyond what the reconciler asks anyway."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def logs(self, run_id, *, follow=False, tail=None):
        self.asked.append("logs")
        return super().logs(run_id, follow=follow, tail=tail)

    async def program(self, run_id):
        self.asked.append("program")
        return await super().program(run_id)

    async def capacity(self):
        self.asked.append("capacity")
        return await super().capacity()


class HangingEngine(FakeEngine):
    async def capacity(self):
        await asyncio.Event().wait()
        raise AssertionError


def diagnoses_of(world: World) -> Diagnoses:
    return Diagnoses(world.services, world.engine, world.run_logs, world.clock)


async def crashed(world: World, *lines: str, code: int = 1, head: bytes = b"") -> None:
    """The service's one container has written these lines and ended."""
    await world.runs("demo")
    world.engine.heads["demo-0.worker0.0"] = head
    for line in lines:
        await world.engine.says("demo-0.worker0.0", line)
    await world.engine.ends("demo-0.worker0.0", code)
    await world.sees("demo", *await world.engine.observe("demo"))


async def test_the_last_lines_of_a_run_that_has_ended_are_read():
    world = a_world()
    await crashed(world, *(f"line {number}" for number in range(30)), "no model")

    report = await diagnoses_of(world).report("demo")

    assert report.diagnoses[0].causes[0].sentence == "worker0 ended with exit code 1: no model"
    assert [line.text for line in report.exhibits[0].lines][:2] == ["line 11", "line 12"]


async def test_a_program_that_could_not_be_executed_is_looked_at():
    world = a_world()
    await crashed(world, code=127, head=FOREIGN)

    report = await diagnoses_of(world).report("demo")

    assert "built for aarch64" in report.diagnoses[0].causes[0].sentence


async def test_of_a_run_that_is_gone_the_kept_log_is_read():
    world = a_world()
    have = await world.runs("demo", attempt=1)
    run = a_run(id="demo-0.worker0.1", attempt=1, last=LastState(1, "Error", 1000, 1010))
    have = replace(have, runs=(run,))
    world.run_logs.keep("demo", "demo-0", "worker0", 0, [LogLine("t", "what the run before said")])
    await world.sees("demo", not_ready(have, world))

    report = await diagnoses_of(world).report("demo")

    assert report.diagnoses[0].causes[0].sentence.endswith("what the run before said")


async def test_the_last_words_of_a_run_that_has_been_made_up_for_are_read():
    world = a_world()
    have = await world.runs("demo", attempt=1)
    run = a_run(id="demo-0.worker0.1", attempt=1, last=LastState(1, "Error", 1000, 1010))
    have = replace(have, runs=(run,))
    world.run_logs.keep("demo", "demo-0", "worker0", 0, [LogLine("t", "what the run before said")])
    await world.sees("demo", have.with_link(a_link(world.store.find("demo"), have, ready=True)))

    (note,) = (await diagnoses_of(world).report("demo")).notes

    assert "its last run ended with exit code 1: what the run before said; " in note


def not_ready(have: Instance, world: World) -> Instance:
    want = world.store.find("demo")
    return have.with_link(a_link(want, have, unready=(("worker0", "nothing listens on port 8000"),)))


async def test_an_engine_that_is_gone_costs_the_evidence_and_not_the_report():
    world = a_world()
    await crashed(world, "no model")
    world.engine.down = True

    report = await diagnoses_of(world).report("demo")

    assert report.diagnoses[0].causes[0].sentence == "worker0 ended with exit code 1, and wrote nothing"


def test_an_engine_that_hangs_keeps_nobody_waiting():
    async def story() -> float:
        world = World(engine=HangingEngine())
        world.services.create('{"metadata": {"name": "demo"}, "containers": [{"image": "img"}]}')
        await crashed(world, "no model")
        assert (await diagnoses_of(world).report("demo")).diagnoses
        return asyncio.get_running_loop().time()

    assert virtual_time.run(story()) == PATIENCE


async def test_a_verdict_asks_nothing_while_nothing_is_wrong():
    world = a_world()
    world.engine = engine = WatchedEngine()
    have = await world.runs("demo")
    starting = not_ready(have, world)
    await world.sees("demo", starting)

    await diagnoses_of(world).verdict(world.board.find("demo"))
    assert engine.asked == []

    await crashed(world, "no model")
    await diagnoses_of(world).verdict(world.board.find("demo"))
    assert engine.asked == ["logs"]


async def test_who_has_the_gpus_is_told_where_they_are_too_few():
    world = a_world()
    world.services.create('{"metadata": {"name": "holder"}, "containers": [{"image": "img"}]}')
    holder = replace(await world.runs("holder", pod="holder-0"), gpus=("GPU-1",))
    await world.sees("holder", holder)
    await world.sees("demo", trouble=Trouble(NoRoom.reason, "needs 1 GPU, 0 are free; stop one", False, since=0))

    report = await diagnoses_of(world).report("demo")

    assert "(holder-0 has GPU-1)" in report.diagnoses[0].causes[0].sentence


async def test_one_instance_may_be_asked_about_also_before_it_is_there():
    world = a_world()
    await world.sees("demo", trouble=Trouble(NoRoom.reason, "too few; stop one", False, since=0))
    (place,) = pending(world.store.find("demo"), ())

    report = await diagnoses_of(world).report("demo", place.name)

    assert report.diagnoses[0].causes[0].sentence == "too few"


async def test_an_unknown_instance_is_not_found():
    world = a_world()
    await world.runs("demo")

    with pytest.raises(NotFound, match="no instance"):
        await diagnoses_of(world).report("demo", "nobody")
