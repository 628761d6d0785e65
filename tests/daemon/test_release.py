"""Blue-green as it is asked for: a second service beside one that is there, and weights."""

import json
from itertools import count

import pytest

from eas_local.core.desired import Lock
from eas_local.core.errors import Locked, NameInUse, NotFound, WrongState
from eas_local.core.release import Release
from eas_local.daemon.services import Mode, Services
from tests.daemon.emulator import Emulator, running
from tests.daemon.world import TEXT, World

TOKEN = "known-to-callers"


def a_world() -> World:
    """With a service called demo; everything random is another number each time."""
    world = World()
    numbers = count(1)
    world.services = Services(
        world.store, world.board, world.clock, world.woken.append, lambda size: next(numbers).to_bytes(size, "big")
    )
    world.services.create(json.dumps({**json.loads(TEXT), "token": TOKEN}), "/base")
    return world


def beside(world: World, **fields: object) -> str:
    made = world.services.create(json.dumps({**json.loads(TEXT), **fields}), "/base", related=True)
    return made.desired.name


def test_a_second_service_has_a_name_and_a_token_of_its_own():
    world = a_world()

    name = beside(world)

    made = world.store.find(name)
    assert name == "demo_00000001"
    assert made.release == Release("demo", TOKEN)
    assert made.token not in {"", TOKEN}
    assert (json.loads(made.text)["metadata"]["name"], made.base) == (name, "/base")
    assert world.woken[-1] == name


def test_a_third_one_is_made_only_when_one_of_the_two_is_gone():
    world = a_world()
    second = beside(world)
    with pytest.raises(NameInUse, match=f'endpoint "demo" has two services, demo and {second}'):
        beside(world)

    world.store.remove("demo")
    third = world.store.find(beside(world))

    assert third.release == Release("demo", TOKEN, generation=2)


def test_an_endpoint_that_lives_on_in_another_service_is_no_free_name():
    world = a_world()
    second = beside(world)
    world.store.remove("demo")

    with pytest.raises(NameInUse, match=f'"demo" is the endpoint that service "{second}" answers'):
        world.services.create(TEXT)


def test_there_must_be_something_to_stand_beside():
    with pytest.raises(NotFound, match='there is no service "demo" to make another one beside'):
        beside(World())


def test_a_release_is_stored_with_the_newer_service():
    world = a_world()
    second = beside(world)

    assert world.services.release(second, 20).name == second
    assert world.services.release("demo", 30).name == second

    assert world.store.find(second).release.weight == 70
    assert world.store.find("demo").release is None
    assert [event.message for event in world.services.events(second)][:2] == [
        "Service demo is weighted to 30%",
        f"Service {second} is weighted to 20%",
    ]


def test_a_service_stands_alone_again():
    world = a_world()
    second = beside(world)
    world.services.release(second, 20)

    world.services.release(second, None)

    assert world.store.find(second).release.weight is None
    assert world.services.standing(second).endpoint == second


def test_a_lock_of_the_named_one_or_of_the_one_that_changes_refuses_a_release():
    world = a_world()
    second = beside(world)

    for locked, named in (("demo", "demo"), (second, "demo"), (second, second)):
        world.services.lock(locked, Lock.ALL)
        with pytest.raises(Locked, match=f'service "{locked}": its safety lock'):
            world.services.release(named, 20)
        world.services.lock(locked, Lock.NONE)


def test_no_service_is_released_without_another():
    with pytest.raises(WrongState, match="shares its endpoint with no other"):
        a_world().services.release("demo", 20)


def test_another_token_of_the_endpoint_reaches_both_services():
    world = a_world()
    second = beside(world)
    world.woken.clear()

    world.services.update("demo", '{"token": "renewed"}')

    assert world.store.find(second).release.token == "renewed"
    assert world.woken == [second, "demo"]


@pytest.mark.parametrize("mode", Mode)
def test_the_file_it_was_made_of_changes_the_second_service_too(mode):
    world = a_world()
    second = beside(world)

    after = world.services.update(second, json.dumps({**json.loads(TEXT), "labels": {"team": "a"}}), mode)

    assert (after.name, json.loads(after.text)["metadata"]["name"]) == (second, second)
    assert after.release == Release("demo", TOKEN)


async def test_a_released_weight_is_brought_to_the_routes():
    emulator = Emulator()
    services = Services(emulator.store, emulator.board, emulator.clock, emulator.reconciler.wake, bytes)
    services.create(json.dumps({**json.loads(TEXT), "token": TOKEN}))
    second = services.create(TEXT, related=True).desired.name

    async with running(emulator):
        await emulator.state("Running", second)
        services.release(second, 20)
        await emulator.until(lambda seen: seen.want.release.weight == 20, second)

    assert emulator.publisher.brought[second].weight == 20
    (config,) = [config for config in emulator.links.configs.values() if config.service == second]
    assert config.tokens == (emulator.store.find(second).token, TOKEN)
