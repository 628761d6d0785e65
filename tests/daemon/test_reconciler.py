"""The loop among fakes: services reach what is wanted, whatever is cut off or breaks on the way."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from eas_local.core.desired import Change, Goal
from eas_local.core.errors import SourceMissing, StillThere, Temporary
from eas_local.core.gpus import Gpu
from eas_local.core.service import Resources
from tests.builders import a_container, a_desired, a_service
from tests.daemon.emulator import Emulator, running

DEMO = a_desired()


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with running(Emulator()) as emulator:
        yield emulator


async def test_a_service_becomes_running_and_is_routed(emulator):
    emulator.want(DEMO)
    seen = await emulator.state("Running")
    assert seen.want.settled
    assert emulator.routed == [seen.instances[0].name]
    assert emulator.store.events("demo")[0].reason == "Running"


async def test_requests_may_wait_while_an_instance_is_on_its_way():
    emulator = Emulator(hold=20)
    holds = emulator.publisher.holds
    async with running(emulator):
        emulator.want(DEMO)
        await emulator.state("Running")
        assert (holds[0], holds[-1]) == (20, 0)
        emulator.change("demo", goal=Goal.STOP)
        await emulator.state("Stopped")
        assert holds[-1] == 0


async def test_nobody_waits_where_that_was_not_asked_for(emulator):
    emulator.want(DEMO)
    await emulator.state("Running")
    assert set(emulator.publisher.holds) == {0}


async def test_all_instances_come_up(emulator):
    emulator.want(a_desired(a_service(replicas=3)))
    seen = await emulator.state("Running")
    assert [i.ordinal for i in seen.instances] == [0, 1, 2]


async def test_a_stopped_service_has_no_instances_and_starts_again(emulator):
    emulator.want(DEMO)
    await emulator.state("Running")
    emulator.change("demo", goal=Goal.STOP)
    seen = await emulator.state("Stopped")
    assert not seen.instances
    assert emulator.routed == []
    assert emulator.ownership.since
    emulator.change("demo", goal=Goal.RUN, change=Change.START)
    await emulator.state("Running")


async def test_a_deleted_service_leaves_nothing(emulator):
    emulator.want(DEMO)
    await emulator.state("Running")
    emulator.change("demo", goal=Goal.DELETE)
    await emulator.gone()
    assert emulator.store.names() == []
    assert await emulator.engine.observe() == []
    assert emulator.publisher.brought == {"demo": None}
    await emulator.reconciler.rest(within=1)


async def test_what_is_in_flight_holds_the_end_until_the_grace_is_over(emulator):
    emulator.want(DEMO)
    await emulator.state("Running")
    emulator.links.busy["demo"] = 1
    emulator.change("demo", goal=Goal.STOP)
    seen = await emulator.until(lambda seen: seen.instances and seen.instances[0].draining)
    assert seen.status.state == "Stopping"
    emulator.later(30)
    await emulator.state("Stopped")


async def test_a_full_disk_keeps_no_service_from_stopping(emulator):
    emulator.run_logs.full = True
    emulator.want(DEMO)
    await emulator.state("Running")
    emulator.change("demo", goal=Goal.STOP)
    await emulator.state("Stopped")


async def test_a_crash_before_readiness_fails_and_readiness_brings_it_back(emulator):
    emulator.links.shut.add("demo")
    emulator.want(DEMO)
    seen = await emulator.until(lambda seen: seen and seen.instances and seen.instances[0].runs)
    await emulator.engine.says(seen.instances[0].runs[0].id, "boom")
    await emulator.engine.ends(seen.instances[0].runs[0].id, 1)
    seen = await emulator.state("Failed")
    assert "Instance crashed, please inspect instance log." in seen.status.message

    emulator.links.shut.clear()
    emulator.later(1)
    seen = await emulator.until(lambda seen: seen.status.state == "Running" and len(seen.instances[0].runs) == 1)
    assert seen.instances[0].restarts == 1
    assert seen.instances[0].currents[0].last.exit_code == 1
    assert emulator.run_logs.kept["demo", "worker0", 0] == ["boom"]


async def test_a_crash_after_readiness_leaves_the_service_running(emulator):
    emulator.want(DEMO)
    seen = await emulator.state("Running")
    await emulator.engine.ends(seen.instances[0].runs[0].id, 1)
    seen = await emulator.until(lambda seen: seen.instances[0].restarts == 1 and seen.instances[0].ready)
    assert seen.status.state == "Running"


async def test_a_sandbox_that_dies_comes_back_with_its_worker(emulator):
    emulator.want(DEMO)
    seen = await emulator.state("Running")
    emulator.clock.advance(5)
    await emulator.engine.sandbox_ends(seen.instances[0].name)
    seen = await emulator.until(lambda seen: seen.instances[0].restarts == 1 and seen.instances[0].ready)
    assert len(seen.instances) == 1


async def test_a_missing_image_waits_with_its_reason_and_is_tried_again(emulator):
    emulator.images.missing.add("img")
    emulator.want(DEMO)
    seen = await emulator.until(lambda seen: seen and seen.trouble)
    assert (seen.status.state, seen.status.reason) == ("Waiting", "ImagePullBackOff")
    emulator.images.missing.clear()
    emulator.later(1)
    await emulator.state("Running")


async def test_an_image_that_never_arrives_does_not_hold_up_another_one(emulator):
    emulator.images.at_hand.clear()
    emulator.want(DEMO)
    await emulator.state("Creating")
    emulator.images.at_hand = asyncio.Event()
    emulator.images.at_hand.set()  # for all but the one that is waited for
    emulator.change("demo", service=a_service(containers=(a_container(image="img:2"),)))
    seen = await emulator.state("Running")
    assert [run.image for instance in seen.instances for run in instance.runs] == ["img:2"]


async def test_what_takes_long_is_told(emulator):
    emulator.images.at_hand.clear()
    emulator.want(DEMO)
    await emulator.state("Creating")
    emulator.later(1)
    seen = await emulator.until(lambda seen: "being" in seen.status.message)
    assert seen.status.message == 'image "img" is being pulled, or made where only the platform has it'
    emulator.images.at_hand.set()
    await emulator.state("Running")


async def test_a_missing_source_fails_before_anything_is_started(emulator):
    emulator.places.missing = SourceMissing('storage at /data: "/x" does not exist; make it')
    emulator.want(DEMO)
    seen = await emulator.state("Failed")
    assert seen.status.message == 'storage at /data: "/x" does not exist; make it'
    assert await emulator.engine.observe() == []

    emulator.places.missing = None
    emulator.change("demo", restarts=1)
    await emulator.state("Running")


async def test_a_device_is_never_given_twice_and_too_few_wait(emulator):
    emulator.gpus.found = (Gpu("GPU-a", 0, "a", 100, 50), Gpu("GPU-b", 1, "b", 100, 80))
    emulator.want(a_desired(a_service("one", resources=Resources(gpu=1))))
    first = await emulator.state("Running", "one")
    emulator.want(a_desired(a_service("two", resources=Resources(gpu=2))))
    second = await emulator.until(lambda seen: seen and seen.trouble, "two")
    assert first.instances[0].gpus == ("GPU-b",)
    assert second.status.state == "Waiting"
    assert "needs 2 GPUs, 1 of this machine's 2 is free" in second.status.message


async def test_an_engine_that_goes_away_is_waited_for(emulator):
    emulator.want(DEMO)
    seen = await emulator.state("Running")
    emulator.engine.down = True
    emulator.reconciler.wake("demo")
    dark = await emulator.until(lambda seen: seen.trouble)
    assert dark.status.reason == "EngineDown"
    assert emulator.routed == [seen.instances[0].name]
    emulator.engine.down = False
    emulator.later(1)
    await emulator.until(lambda seen: seen.trouble is None)


async def test_a_rolling_update_replaces_the_instance_and_leaves_one(emulator):
    emulator.want(DEMO)
    before = await emulator.state("Running")
    emulator.change("demo", service=a_service(containers=(a_container(image="img:2"),)), change=Change.UPDATE)
    await emulator.state("Updating")
    after = await emulator.state("Running")
    assert [i.name for i in after.instances] != [i.name for i in before.instances]
    assert after.instances[0].runs[0].image == "img:2"
    assert emulator.routed == [after.instances[0].name]


async def test_resting_takes_everything_down_and_forgets_nothing(emulator):
    emulator.want(DEMO)
    await emulator.state("Running")
    await emulator.reconciler.rest(within=5)
    assert await emulator.engine.observe() == []
    assert (await emulator.state("Stopped")).want.goal is Goal.RUN
    emulator.reconciler.begin_anew()
    wanted = emulator.store.find("demo")
    assert (wanted.goal, wanted.change, wanted.settled) == (Goal.RUN, Change.START, False)


async def test_rest_says_who_is_still_there_and_the_services_go_on(emulator):
    emulator.want(DEMO)
    await emulator.state("Running")
    emulator.links.busy["demo"] = 1
    with pytest.raises(StillThere, match="instances of demo are still there"):
        await emulator.reconciler.rest(within=0.05)
    emulator.links.busy.clear()
    emulator.later(1)
    await emulator.state("Running")


async def test_an_instance_whose_gate_cannot_be_shut_goes_at_once(emulator):
    emulator.want(DEMO)
    await emulator.state("Running")
    emulator.links.broken.add("demo")
    emulator.change("demo", goal=Goal.DELETE)
    await emulator.gone()


async def test_instances_whose_document_is_lost_are_shown_and_kept():
    emulator = Emulator()
    async with running(emulator):
        emulator.want(DEMO)
        await emulator.state("Running")
    emulator.store.remove("demo")
    emulator.begin_anew()
    async with running(emulator):
        seen = await emulator.state("Orphaned")
        assert "kept until: eas-local delete demo" in seen.status.message
        assert len(await emulator.engine.observe()) == 1

        emulator.want(replace(seen.want, goal=Goal.DELETE))
        await emulator.gone()
        assert await emulator.engine.observe() == []


async def test_a_new_daemon_adopts_what_runs():
    first = Emulator()
    async with running(first):
        first.want(DEMO)
        before = await first.state("Running")
    first.begin_anew()
    async with running(first):
        after = await first.state("Running")
    assert after.instances == before.instances


def history(emulator: Emulator) -> list[str]:
    """Oldest first, without what every look at a change shows."""
    return [event.reason for event in reversed(emulator.store.events("demo"))]


async def test_the_timeline_of_a_crash(emulator):
    emulator.want(DEMO)
    seen = await emulator.state("Running")
    before = len(history(emulator))

    await emulator.engine.ends(seen.instances[0].runs[0].id, 3)
    await emulator.until(lambda seen: seen.instances[0].restarts == 1 and seen.instances[0].ready)
    await emulator.until(lambda seen: len(seen.instances[0].runs) == 1)

    told = history(emulator)[before:]
    assert [reason for reason in told if reason in {"Error", "StartRun", "Started", "Ready"}] == [
        *("Error", "StartRun", "Started", "Ready")
    ]
    assert "StoreRun" in told
    assert {event.instance for event in emulator.store.events("demo")} == {"", seen.instances[0].name}


async def test_acts_are_told_in_the_words_of_the_plan(emulator):
    emulator.want(DEMO)
    seen = await emulator.state("Running")

    messages = [event.message for event in emulator.store.events("demo")]
    assert "create instance 0: no instance of this revision" in messages
    assert f"start worker0 of {seen.instances[0].name}: not started yet" in messages


async def test_a_new_daemon_repeats_nothing_and_tells_what_happened_without_one():
    emulator = Emulator()
    async with running(emulator):
        emulator.want(DEMO)
        seen = await emulator.state("Running")
    told = history(emulator)
    emulator.begin_anew()
    async with running(emulator):
        await emulator.state("Running")
    assert history(emulator) == told

    emulator.engine.down = True
    emulator.begin_anew()
    async with running(emulator):
        await emulator.until(lambda seen: seen and seen.trouble)
        emulator.engine.down = False
        emulator.later(1)
        await emulator.state("Running")
        await emulator.until(lambda seen: not seen.trouble)
    assert history(emulator) == told

    await emulator.engine.ends(seen.instances[0].runs[0].id, 3)
    emulator.begin_anew()
    async with running(emulator):
        await emulator.until(lambda seen: seen and seen.instances[0].restarts == 1 and seen.instances[0].ready)
    assert history(emulator)[len(told)] == "Error"


async def test_a_clock_that_is_set_back_or_forward_stops_nothing(emulator):
    emulator.images.missing.add("img")
    emulator.want(DEMO)
    await emulator.until(lambda seen: seen and seen.trouble)
    emulator.images.missing.clear()
    emulator.clock.set(0)
    emulator.later(1)
    seen = await emulator.state("Running")

    emulator.clock.set(10_000_000)
    await emulator.engine.ends(seen.instances[0].runs[0].id, 3)
    await emulator.until(lambda seen: seen.instances[0].restarts == 1 and seen.instances[0].ready)


@pytest.mark.parametrize("acts", range(8))
async def test_wherever_an_act_is_cut_off_the_end_is_the_same(emulator, acts):
    """Create, crash, restart and delete; the act with this number is done, then its answer is lost."""
    left = acts
    honest = emulator.engine._act

    def counting():
        nonlocal left
        if left == 0:
            emulator.engine.stumble = Temporary("cut off")
        left -= 1
        return honest()

    emulator.engine._act = counting
    emulator.want(DEMO)
    seen = await until_running(emulator)
    await emulator.engine.ends(seen.instances[0].currents[0].id, 1)
    await until_running(emulator, restarts=1)
    emulator.change("demo", goal=Goal.DELETE)
    while emulator.store.names():
        emulator.later(2)
        await a_look(emulator)
    assert await emulator.engine.observe() == []


async def until_running(emulator, restarts=0):
    while True:
        seen = emulator.board.find("demo")
        if (
            seen
            and seen.status.state == "Running"
            and seen.instances[0].ready
            and seen.instances[0].restarts >= restarts
        ):
            return seen
        emulator.later(2)
        await a_look(emulator)


async def a_look(emulator):
    seen = emulator.board.find("demo")
    await emulator.board.changed("demo", seen.seq if seen else 0, 0.01)
