"""What every engine promises the daemon: the same tests over the fake and over Docker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import replace

import pytest

from eas_local.core.errands import Execution
from eas_local.core.errors import EngineDown, ImageUnavailable, Temporary
from eas_local.core.instance import Instance, RunState
from eas_local.core.streams import EngineEvent, LogLine
from tests.adapters.engines import (
    EATS,
    FAILS,
    HANGS,
    MISSING_IMAGE,
    PASSES,
    REFUSES,
    SLEEPS,
    SPEAKS,
    World,
    a_run,
    ended,
    eventually,
    the_instance,
)


async def a_pod(world: World, pod: str = "a", service: str = "demo") -> Instance:
    """An instance whose one container sleeps."""
    sandbox = world.sandbox(world.identity(pod, service))
    await world.engine.start_sandbox(sandbox)
    await world.start(a_run(sandbox), SLEEPS)
    return next(i for i in await world.engine.observe() if i.name == sandbox.identity.pod)


async def test_a_pod_that_was_started_is_seen_with_everything_it_was_given(world):
    identity = replace(world.identity("a"), ordinal=2, version=7, gpus=("GPU-1", "GPU-2"))
    sandbox = world.sandbox(identity)
    await world.engine.start_sandbox(sandbox)
    run_id = await world.start(a_run(sandbox), SLEEPS)

    seen = await the_instance(world.engine)

    assert (seen.name, seen.service, seen.ordinal, seen.fingerprint) == (identity.pod, "demo", 2, "r1")
    assert (seen.version, seen.created_at, seen.gpus) == (7, identity.created_at, ("GPU-1", "GPU-2"))
    assert seen.sandbox.running
    assert str(seen.sandbox.traffic).endswith(":8080")
    assert str(seen.sandbox.control).endswith(":9090")
    assert [(run.id, run.container, run.attempt, run.state) for run in seen.runs] == [
        (run_id, "worker0", 0, RunState.RUNNING)
    ]
    assert seen.alive


async def test_a_look_at_one_service_shows_no_other(world):
    await a_pod(world, "a", "first")
    second = await a_pod(world, "b", "second")

    assert [instance.name for instance in await world.engine.observe("second")] == [second.name]
    assert [instance.service for instance in await world.engine.observe()] == ["first", "second"]


async def test_starting_again_what_runs_changes_nothing(world):
    before = await a_pod(world)
    sandbox = world.sandbox(world.identity("a"))

    await world.engine.start_sandbox(sandbox)
    again = await world.engine.start(a_run(sandbox))

    assert again == before.runs[0].id
    assert await the_instance(world.engine) == before


async def test_a_run_that_ends_is_seen_with_its_exit_code_and_its_log(world):
    sandbox = world.sandbox(world.identity("a"))
    await world.engine.start_sandbox(sandbox)
    run_id = await world.start(a_run(sandbox, FAILS), FAILS)

    run = await ended(world.engine)

    assert (run.exit_code, run.oom_killed, run.ended.reason) == (3, False, "Error")
    assert [line.text for line in await everything(world.engine.logs(run_id))] == ["giving up"]


async def test_a_run_that_wants_more_memory_than_it_may_have_is_seen_as_oom_killed(world):
    sandbox = world.sandbox(world.identity("a"))
    await world.engine.start_sandbox(sandbox)
    await world.start(a_run(sandbox, EATS), EATS)

    assert (await ended(world.engine)).ended.reason == "OOMKilled"


async def test_a_restart_is_a_new_run_beside_the_old_one_and_remembers_how_that_ended(world):
    sandbox = world.sandbox(world.identity("a"))
    await world.engine.start_sandbox(sandbox)
    await world.start(a_run(sandbox, FAILS), FAILS)
    last = (await ended(world.engine)).ended

    await world.start(replace(a_run(sandbox, attempt=1), last=last), SLEEPS)

    seen = await the_instance(world.engine)
    assert [(run.attempt, run.state) for run in seen.runs] == [(0, RunState.EXITED), (1, RunState.RUNNING)]
    current = seen.current("worker0")
    assert current is not None
    assert current.last == last


async def test_a_run_is_repeated_with_the_settings_of_the_one_before(world):
    sandbox = world.sandbox(world.identity("a"))
    await world.engine.start_sandbox(sandbox)
    await world.start(a_run(sandbox, FAILS), FAILS)
    before = await ended(world.engine)
    joined = (await the_instance(world.engine)).sandbox.started_at

    again = await world.engine.repeat(before, 1, joined)

    run = (await the_instance(world.engine)).current("worker0")
    assert run is not None
    assert (run.id, run.attempt, run.streak, run.joined, run.last) == (again, 1, 1, joined, before.ended)
    assert await world.engine.repeat(before, 1, joined) == again


async def test_a_removed_run_leaves_its_pod(world):
    pod = await a_pod(world)

    await world.engine.remove_run(pod.runs[0].id)
    await world.engine.remove_run(pod.runs[0].id)

    seen = await the_instance(world.engine)
    assert (seen.runs, seen.sandbox) == ((), pod.sandbox)


async def test_a_removed_pod_is_gone_with_all_its_containers(world):
    pod = await a_pod(world)

    await world.engine.remove_pod(pod.name)
    await world.engine.remove_pod(pod.name)

    assert await world.engine.observe() == []


@pytest.mark.parametrize(("signal", "code"), [("SIGKILL", 137), ("SIGTERM", 143)])
async def test_a_signal_ends_a_run_and_is_nothing_to_one_that_has_ended(world, signal, code):
    pod = await a_pod(world)

    await world.engine.signal(pod.runs[0].id, signal)
    run = await ended(world.engine)
    await world.engine.signal(run.id, signal)
    await world.engine.signal("gone", signal)

    assert run.exit_code == code


async def test_a_run_in_a_dead_sandbox_does_not_serve_and_neither_when_the_sandbox_is_back(world):
    pod = await a_pod(world)

    await world.sandbox_ends(pod.name)
    dead = await the_instance(world.engine)
    await world.engine.start_sandbox(world.sandbox(world.identity("a")))
    back = await the_instance(world.engine)

    assert (dead.sandbox.running, dead.sandbox.traffic, dead.alive) == (False, None, False)
    assert (back.sandbox.id, back.sandbox.running, back.alive) == (pod.sandbox.id, True, False)


async def test_a_run_cannot_join_a_sandbox_that_does_not_run(world):
    pod = await a_pod(world)
    sandbox = world.sandbox(world.identity("a"))
    await world.sandbox_ends(pod.name)

    with pytest.raises(Temporary, match="sandbox"):
        await world.engine.start(a_run(sandbox, attempt=1))

    assert [run.attempt for run in (await the_instance(world.engine)).runs] == [0]


async def test_a_log_is_followed_until_its_run_ends(world):
    sandbox = world.sandbox(world.identity("a"))
    await world.engine.start_sandbox(sandbox)
    run_id = await world.start(a_run(sandbox, SPEAKS), SPEAKS)

    async with aclosing(world.engine.logs(run_id, follow=True)) as lines:
        first = [(await anext(lines)).text, (await anext(lines)).text]
        await world.engine.signal(run_id, "SIGKILL")
        rest = await everything(lines)

    assert (first, rest) == (["one", "two"], [])


async def test_only_the_last_lines_of_a_log_when_only_those_are_wanted(world):
    sandbox = world.sandbox(world.identity("a"))
    await world.engine.start_sandbox(sandbox)
    run_id = await world.start(a_run(sandbox, SPEAKS), SPEAKS)
    await eventually(lambda: spoken(world, run_id), "it has spoken")

    assert [line.text for line in await everything(world.engine.logs(run_id, tail=1))] == ["two"]


async def test_the_log_of_a_run_that_is_gone_is_empty(world):
    assert await everything(world.engine.logs("gone", follow=True)) == []


@pytest.mark.parametrize("command", [PASSES, REFUSES])
async def test_a_command_beside_a_run_has_an_exit_code_and_an_output(world, command):
    pod = await a_pod(world)

    assert await world.exec(pod.runs[0].id, command, within=10) == Execution(command.exit_code, command.says)


async def test_a_command_that_hangs_does_not_end_in_time_and_others_are_not_in_its_way(world):
    pod = await a_pod(world)
    run_id = pod.runs[0].id

    hanging = [await world.exec(run_id, HANGS, within=0.3) for _ in range(2)]

    assert hanging == [Execution(None), Execution(None)]
    assert (await world.exec(run_id, PASSES, within=10)).exit_code == 0


async def test_there_is_no_command_beside_a_run_that_has_ended_or_is_gone(world):
    pod = await a_pod(world)
    run_id = pod.runs[0].id
    await world.engine.signal(run_id, "SIGKILL")
    await ended(world.engine)

    with pytest.raises(Temporary):
        await world.exec(run_id, PASSES, within=10)
    await world.engine.remove_run(run_id)
    with pytest.raises(Temporary):
        await world.exec(run_id, PASSES, within=10)


async def test_events_tell_of_starts_exits_and_removals(world):
    events: list[EngineEvent] = []
    listening = asyncio.create_task(collect(world.engine.events(), events))

    pod = await a_pod(world)
    await world.engine.remove_pod(pod.name)
    await eventually(lambda: all_told(events), "both containers are told to be gone")
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening

    assert kinds(events)[:2] == ["started", "started"]
    assert {"exited", "gone"} <= set(kinds(events))
    assert {(event.service, event.pod) for event in events} == {("demo", pod.name)}


async def test_a_missing_image_is_named(world):
    sandbox = replace(world.sandbox(world.identity("a")), image=MISSING_IMAGE)

    with pytest.raises(ImageUnavailable, match=MISSING_IMAGE):
        await world.engine.start_sandbox(sandbox)

    assert await world.engine.observe() == []


async def test_every_act_can_be_cut_off_and_done_again(world):
    sandbox = world.sandbox(world.identity("a"))
    run = a_run(sandbox)

    for act in (lambda: world.engine.start_sandbox(sandbox), lambda: world.engine.start(run)):
        await world.cut_off(act())
        await act()
    seen = await the_instance(world.engine)
    await world.cut_off(world.engine.remove_pod(seen.name))
    await world.engine.remove_pod(seen.name)

    assert seen.alive
    assert await world.engine.observe() == []


# The SDK leaves the socket of a failed connect to the garbage collector, which warns of it.
away = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@away
async def test_while_the_engine_is_away_calls_say_so_and_afterwards_work_as_before(world):
    before = await a_pod(world)

    await world.goes_away()
    for act in (
        world.engine.observe,
        lambda: world.engine.remove_pod(before.name),
        lambda: everything(world.engine.logs(before.runs[0].id)),
        lambda: world.exec(before.runs[0].id, PASSES, within=10),
        lambda: anext(world.engine.events()),
    ):
        with pytest.raises(EngineDown, match="start Docker"):
            await act()
    await world.comes_back()

    assert await the_instance(world.engine) == before


@away
async def test_events_end_with_the_engine(world):
    async with aclosing(world.engine.events()) as events:
        await a_pod(world)
        assert (await anext(events)).kind == "started"
        await world.goes_away()
        with pytest.raises(EngineDown):
            await collect(events, [])
    await world.comes_back()


async def test_what_a_run_is_to_execute_is_known_as_long_as_it_is_there(world):
    (run,) = (await a_pod(world)).runs

    assert (await world.engine.program(run.id)).name == "sleep"
    await world.engine.remove_run(run.id)
    assert await world.engine.program(run.id) is None


async def test_an_engine_tells_what_it_has_to_give(world):
    there = await world.engine.capacity()

    assert there.cpus >= 1
    assert there.memory_bytes > 1 << 20
    assert there.machine


async def everything(lines: AsyncIterator[LogLine]) -> list[LogLine]:
    return [line async for line in lines]


async def spoken(world: World, run_id: str) -> bool:
    return len(await everything(world.engine.logs(run_id))) == 2


async def collect(events: AsyncIterator[EngineEvent], into: list[EngineEvent]) -> None:
    async for event in events:
        into.append(event)  # noqa: PERF401 - read while it grows


async def all_told(events: list[EngineEvent]) -> bool:
    return kinds(events).count("gone") == 2


def kinds(events: list[EngineEvent]) -> list[str]:
    return [event.kind for event in events]
