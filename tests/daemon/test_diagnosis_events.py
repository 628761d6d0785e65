"""Diagnoses in a service's history. Time is virtual."""

import asyncio
from collections.abc import Awaitable, Callable

from eas_local.core import changes
from eas_local.core.errors import EngineDown
from eas_local.core.instance import Instance
from eas_local.core.status import EventType, Trouble
from eas_local.daemon.diagnoses import Diagnoses
from eas_local.daemon.diagnosis_events import MOMENT, SLOWNESS, DiagnosisEvents
from tests import virtual_time
from tests.builders import a_link
from tests.daemon.world import World, a_world

Story = Callable[[World, Instance], Awaitable[None]]


def told(story: Story) -> list[tuple[str, str, str]]:
    """Reason, message and instance of what a service's history tells in the end, oldest first."""

    async def whole() -> list[tuple[str, str, str]]:
        world = a_world()
        diagnoses = Diagnoses(world.services, world.engine, world.run_logs, world.clock)
        events = DiagnosisEvents(diagnoses, world.board, world.store.add_event, world.clock)
        have = await world.runs("demo")
        world.board.watch(events.observe)
        await story(world, have)
        await events.close()
        history = [event for event in reversed(world.store.events("demo")) if event.type is EventType.WARNING]
        return [(event.reason, event.message, event.instance) for event in history]

    return virtual_time.run(whole())


async def listens(world: World, have: Instance, port: int, unready: str = "nothing listens on port 8000") -> None:
    link = a_link(world.store.find("demo"), have, unready=(("worker0", unready),), listeners=(("0.0.0.0", port),))
    await world.sees("demo", have.with_link(link))


async def ready(world: World, have: Instance) -> None:
    await world.sees("demo", have)


async def a_while() -> None:
    await asyncio.sleep(0.9)


def test_a_cause_is_told_once_with_what_to_do():
    async def story(world, have):
        await listens(world, have, 7000)
        await a_while()
        await listens(world, have, 7000, unready="still nothing")
        await a_while()

    ((reason, message, instance),) = told(story)

    assert (reason, instance) == ("WrongPort", "demo-0")
    assert message.startswith(
        "worker0 listens on 0.0.0.0:7000; EAS expects 0.0.0.0:8000; set containers[0].port to 7000"
    )


def test_what_has_passed_within_a_moment_is_not_told():
    async def story(world, have):
        await listens(world, have, 7000)
        await asyncio.sleep(MOMENT / 2)
        await ready(world, have)
        await a_while()

    assert told(story) == []


def test_a_cause_lasts_though_looks_follow_each_other_quickly():
    async def story(world, have):
        for look in range(6):
            await listens(world, have, 7000, unready=f"look {look}")
            await asyncio.sleep(MOMENT / 3)

    assert [reason for reason, *_ in told(story)] == ["WrongPort"]


def test_a_slow_machine_is_told_only_when_it_stays_slow():
    async def story(world, _have):
        for seconds in (SLOWNESS - 1, SLOWNESS + 1):
            await world.sees("demo", trouble=Trouble(EngineDown.reason, "no answer; start it", False, since=0))
            await asyncio.sleep(seconds)
            await world.sees("demo", *await world.engine.observe("demo"))
            await asyncio.sleep(0.5)

    assert [reason for reason, *_ in told(story)] == [EngineDown.reason]


def test_another_cause_is_told_and_so_is_the_first_after_all_was_well():
    async def story(world, have):
        await listens(world, have, 7000)
        await a_while()
        await listens(world, have, 7001)
        await a_while()
        await ready(world, have)
        await a_while()
        await listens(world, have, 7000)
        await a_while()

    ports = [message.partition(";")[0].rpartition(":")[2] for _, message, _ in told(story)]

    assert ports == ["7000", "7001", "7000"]


def test_after_somebody_has_asked_for_something_a_cause_is_news_again():
    async def story(world, _have):
        trouble = Trouble("ImagePullBackOff", 'image "img": no such host; pull it', False, since=0)
        await world.sees("demo", trouble=trouble)
        await a_while()
        world.store.put(changes.restarted(world.store.find("demo"), now=2000))
        await world.sees("demo", trouble=trouble)
        await a_while()

    assert [reason for reason, *_ in told(story)] == ["ImagePullBackOff"] * 2


def test_the_history_of_a_service_that_is_well_has_none():
    assert told(ready) == []


def test_with_the_service_its_follower_goes():
    async def story(world, have):
        await listens(world, have, 7000)
        await world.forgets("demo")
        await a_while()
        assert not [task for task in asyncio.all_tasks() if task.get_name() == "diagnose demo"]

    assert told(story) == []


def test_a_diagnosis_that_goes_wrong_is_logged_and_costs_nothing_else(caplog):
    async def story(world, _have):
        world.engine.logs = None  # a mistake of ours
        await world.engine.ends("demo-0.worker0.0", 1)
        await world.sees("demo", *await world.engine.observe("demo"))
        await a_while()

    assert told(story) == []
    assert "service=demo a diagnosis went wrong" in caplog.text
