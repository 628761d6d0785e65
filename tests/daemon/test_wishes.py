"""Versions, locks, numbers and particular instances: what may be asked, what is wanted then, and what is not."""

import pytest

from eas_local.core.desired import Change, Desired, Goal, Lock
from eas_local.core.errors import InvalidDocument, Locked, NotFound, WrongState
from eas_local.core.orders import Fate, Orders, SoftRestart
from eas_local.core.states import State
from eas_local.daemon.wishes import Mode
from tests.builders import an_instance
from tests.daemon.world import TEXT, World, a_world

# -- versions


VERSION_2 = '{"containers": [{"image": "two", "port": 8000}]}'


def test_a_switch_puts_the_text_of_that_version_in_force_and_keeps_what_belongs_to_the_service():
    world = a_world()
    world.services.label("demo", {"team": "a"})
    token = world.store.find("demo").token
    world.services.update("demo", VERSION_2)
    world.services.scale("demo", 3)

    back = world.services.switch_version("demo", 1)

    assert (back.text, back.version, back.latest) == (TEXT, 1, 2)
    assert (back.service.containers[0].image, back.replicas) == ("img", 1)
    assert (back.token, back.service.labels) == (token, (("team", "a"),))


def test_the_change_after_a_switch_makes_a_version_after_the_latest():
    world = a_world()
    world.services.update("demo", VERSION_2)
    world.services.switch_version("demo", 1)

    kept = world.services.update("demo", '{"metadata": {"cpu": 2}}')
    made = world.services.update("demo", '{"containers": [{"image": "three", "port": 8000}]}')

    assert (kept.version, kept.latest, made.version, made.latest) == (1, 2, 3, 3)
    assert world.services.switch_version("demo", 2).service.containers[0].image == "two"


def test_only_another_version_that_exists_can_be_gone_to():
    world = a_world()
    world.services.update("demo", VERSION_2)

    with pytest.raises(InvalidDocument, match=r'^service "demo" has no version 7, only 1, 2'):
        world.services.switch_version("demo", 7)
    with pytest.raises(WrongState, match=r"version 2 of service .* is in force already"):
        world.services.switch_version("demo", 2)


async def test_a_stop_outlives_whatever_is_changed_while_it_lasts():
    world = a_world()
    world.services.update("demo", VERSION_2)
    world.services.stop("demo")

    world.services.switch_version("demo", 1)
    world.services.scale("demo", 2)

    assert world.store.find("demo").goal is Goal.STOP
    assert world.services.describe("demo").status.state is State.STOPPED


# -- what a file brings with it


def test_a_text_that_takes_the_others_place_brings_its_folder_and_one_that_is_merged_does_not():
    world = a_world()

    merged = world.services.update("demo", '{"metadata": {"cpu": 2}}', base="/elsewhere")
    replaced = world.services.update("demo", TEXT, Mode.REPLACE, "/elsewhere")

    assert (merged.base, replaced.base) == ("/base", "/elsewhere")
    assert replaced.change is Change.CREATE  # it has not run yet; but its instances are others
    assert replaced.fingerprint != merged.fingerprint


def test_comments_in_an_update_are_for_lenient_reading_only():
    world = a_world()
    text = '{"metadata": {"cpu": 2}} // more'

    with pytest.raises(InvalidDocument, match="line 1"):
        world.services.update("demo", text)
    assert world.services.update("demo", text, lenient=True).service.resources.cpu == 2


# -- locks


def refused_by(world: World) -> set[str]:
    asks = {
        "stop": lambda: world.services.stop("demo"),
        "delete": lambda: world.services.delete("demo"),
        "restart": lambda: world.services.restart("demo"),
        "update": lambda: world.services.update("demo", '{"metadata": {"cpu": 2}}'),
        "scale": lambda: world.services.scale("demo", 2),
        "version": lambda: world.services.switch_version("demo", 1),
        "label": lambda: world.services.label("demo", {"team": "b"}),
        "unlabel": lambda: world.services.unlabel("demo", ["team"]),
        "instance": lambda: world.services.doom("demo", ["a"], Fate.ISOLATED),
        "soft": lambda: world.services.restart_softly("demo", ["a"]),
    }
    return {name for name, ask in asks.items() if is_refused(ask)}


def is_refused(ask) -> bool:
    try:
        ask()
    except Locked:
        return True
    except (NotFound, WrongState):
        return False
    return False


@pytest.mark.parametrize(
    ("lock", "refused"),
    [
        (Lock.NONE, set()),
        (Lock.DANGEROUS, {"stop", "delete"}),
        (
            Lock.ALL,
            {"stop", "delete", "restart", "update", "scale", "version", "label", "unlabel", "instance", "soft"},
        ),
    ],
)
def test_a_lock_refuses_what_it_is_for(lock, refused):
    world = a_world()
    world.services.lock("demo", lock)

    assert refused_by(world) == refused


def test_a_lock_says_how_it_is_taken_off_and_is():
    world = a_world()
    world.services.lock("demo", Lock.ALL)

    with pytest.raises(Locked) as refusal:
        world.services.stop("demo")
    assert str(refusal.value) == (
        'service "demo": its safety lock (all) refuses a stop; eas-local lock demo none takes the lock off'
    )

    world.services.lock("demo", Lock.NONE)
    assert world.services.stop("demo").goal is Goal.STOP


def test_what_is_wanted_already_is_no_event():
    world = a_world()

    world.services.lock("demo", Lock.DANGEROUS)
    world.services.lock("demo", Lock.DANGEROUS)

    assert [event.reason for event in world.services.events("demo")] == ["Locked", "Creating"]


# -- particular instances


async def running(world: World, *names: str) -> Desired:
    """The service runs with these instances."""
    world.services.scale("demo", len(names))
    want = world.store.find("demo")
    await world.sees("demo", *(an_instance(want, name, ordinal=n) for n, name in enumerate(names)))
    return world.store.find("demo")


async def test_an_order_about_an_instance_is_kept_until_it_is_gone():
    world = a_world()
    await running(world, "a", "b")

    world.services.doom("demo", ["a"], Fate.ISOLATED)
    world.services.doom("demo", ["b"], Fate.DELETED)
    assert world.store.find("demo").orders.fates == (("a", Fate.ISOLATED), ("b", Fate.DELETED))

    await running(world, "a", "c")
    world.services.doom("demo", ["a"], None)
    assert world.store.find("demo").orders.fates == ()


async def test_an_instance_whose_deletion_is_asked_for_counts_no_more():
    world = a_world()
    await running(world, "a", "b")

    world.services.doom("demo", ["a"], Fate.DELETED)

    seen = world.services.describe("demo").status
    assert (seen.state, seen.running, seen.pending) == (State.RUNNING, 1, 1)


@pytest.mark.parametrize("fate", [None, Fate.ISOLATED])
async def test_what_is_detached_can_only_be_deleted(fate):
    world = a_world()
    await running(world, "a")
    world.services.doom("demo", ["a"], Fate.DETACHED)

    with pytest.raises(WrongState, match="instance a is detached, which cannot be undone"):
        world.services.doom("demo", ["a"], fate)
    assert world.services.doom("demo", ["a"], Fate.DELETED).orders.fate("a") is Fate.DELETED


async def test_an_order_needs_an_instance_that_is_there():
    world = a_world()
    await running(world, "a")

    with pytest.raises(NotFound, match='has no instance "b"; it has a'):
        world.services.doom("demo", ["a", "b"], Fate.DELETED)
    assert world.store.find("demo").orders == Orders()


async def test_a_soft_restart_is_about_the_runs_that_run_now():
    world = a_world()
    want = await running(world, "a")
    assert want.settled

    world.services.restart_softly("demo", ["a"])

    assert world.store.find("demo").orders.soft_restarts == (SoftRestart("a", "worker0", 0),)
    assert world.services.describe("demo").status.pending == 1
    with pytest.raises(InvalidDocument, match='of instance a no container "worker7" has run; there is worker0'):
        world.services.restart_softly("demo", ["a"], "worker7")


async def test_scaling_forgets_no_order_about_an_instance_that_was_not_looked_at_yet():
    world = a_world()
    await running(world, "a", "b")
    world.services.doom("demo", ["a"], Fate.ISOLATED)
    await world.board.drop("demo")  # as for a daemon that has just started

    assert world.services.scale("demo", 3).orders.fate("a") is Fate.ISOLATED


async def test_scaling_down_lets_those_go_that_are_named():
    world = a_world()
    await running(world, "a", "b")

    want = world.services.scale("demo", 1, ["a"])

    assert (want.replicas, want.orders.fate("a")) == (1, Fate.DELETED)


# -- the history


async def test_a_hot_update_is_one_until_every_sidecar_has_been_told():
    world = a_world()
    want = await running(world, "a")

    world.services.update("demo", '{"metadata": {"rpc": {"max_queue_size": 7}}}')

    assert world.services.describe("demo").status.state is State.HOT_UPDATE
    await world.sees("demo", an_instance(world.store.find("demo"), "a"))
    assert world.services.describe("demo").status.state is State.RUNNING
    assert world.store.find("demo").fingerprint == want.fingerprint
    assert "HotUpdate" in {event.reason for event in world.services.events("demo")}
