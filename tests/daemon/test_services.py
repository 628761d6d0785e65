import asyncio
import json
from dataclasses import replace

import pytest

from eas_local.core.desired import Change, Goal
from eas_local.core.errors import InvalidDocument, NameInUse, NotFound, NotSupported, WrongState
from eas_local.core.states import State
from eas_local.core.status import Trouble
from eas_local.daemon.wishes import Mode
from tests.builders import an_instance
from tests.daemon.world import TEXT, a_world


def test_a_created_service_is_wanted_and_its_reconciler_is_woken():
    world = a_world(None)

    made = world.services.create(TEXT, "/base", {"team": "a"}).desired

    assert world.store.find("demo") == made
    assert (made.text, made.base, made.version, made.goal, made.change) == (TEXT, "/base", 1, Goal.RUN, Change.CREATE)
    assert (made.created_at, made.updated_at, made.settled) == (1000, 1000, False)
    assert made.service.labels == (("team", "a"),)
    assert world.woken == ["demo"]
    assert [event.reason for event in world.services.events("demo")] == ["Creating"]


def test_a_token_is_generated_in_the_cloud_s_shape():
    token = a_world().store.find("demo").token

    assert len(token) == 56
    assert token == "NWM1YzVjNWM1YzVjNWM1YzVjNWM1YzVjNWM1YzVjNWM1YzVjNWM1Yw=="


@pytest.mark.parametrize("token", ["mine", ""])
def test_a_token_in_the_document_is_the_token_even_an_empty_one(token):
    world = a_world(json.dumps({**json.loads(TEXT), "token": token}))

    assert world.store.find("demo").token == token


def test_the_token_outlives_restart_update_stop_and_start():
    world = a_world()
    token = world.store.find("demo").token

    world.services.restart("demo")
    world.services.update("demo", '{"containers": [{"image": "two"}]}')
    world.services.stop("demo")
    world.services.start("demo")

    assert world.store.find("demo").token == token


def test_a_name_in_use_cannot_be_created_again():
    with pytest.raises(NameInUse, match='service "demo" exists already; change it'):
        a_world().services.create(TEXT)


def test_a_name_whose_service_is_being_deleted_is_in_use_and_says_so():
    world = a_world()
    world.services.delete("demo")

    with pytest.raises(NameInUse, match="still being deleted"):
        world.services.create(TEXT)


def test_every_refused_field_is_named_with_its_sentence():
    text = {**json.loads(TEXT), "metadata.enable_grpc": True, "confidential": {"decryption_key": "kbs:///a"}}
    world = a_world(None)

    with pytest.raises(NotSupported) as refusal:
        world.services.create(json.dumps(text))

    lines = str(refusal.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["metadata.enable_grpc", "confidential"]
    assert all(len(line.split(": ", 1)[1]) > 10 for line in lines)
    assert world.store.names() == []


def test_an_invalid_document_changes_nothing():
    world = a_world()
    before = world.store.find("demo")

    with pytest.raises(InvalidDocument):
        world.services.update("demo", '{"metadata": {"instance": "many"}}')
    with pytest.raises(InvalidDocument):
        world.services.create("{")

    assert world.store.find("demo") == before
    assert world.woken == []


def test_comments_are_for_lenient_reading_only():
    world = a_world(None)
    text = TEXT.replace("{", "{ // a comment\n", 1)

    with pytest.raises(InvalidDocument, match="line 1"):
        world.services.create(text)
    assert world.services.create(text, lenient=True).desired.text == text


def test_an_update_merges_unless_it_replaces():
    world = a_world()

    merged = world.services.update("demo", '{"metadata": {"cpu": 2}}')
    replaced = world.services.update("demo", TEXT, Mode.REPLACE)

    assert json.loads(merged.text)["metadata"] == {"name": "demo", "instance": 1, "cpu": 2}
    assert merged.service.containers[0].image == "img"
    assert (replaced.text, replaced.service.resources.cpu) == (TEXT, None)
    assert (merged.base, replaced.base) == ("/base", "/base")


async def test_a_change_of_only_the_number_of_instances_scales_without_a_new_version():
    world = a_world()
    await world.sees("demo", an_instance(world.store.find("demo")))

    want = world.services.update("demo", '{"metadata": {"instance": 3}}')

    assert (want.change, want.settled, want.version, want.replicas) == (Change.SCALE, False, 1, 3)
    assert world.services.describe("demo").status.state is State.SCALING


async def test_containers_in_an_update_make_a_new_version():
    world = a_world()
    await world.sees("demo", an_instance(world.store.find("demo")))

    want = world.services.update("demo", '{"containers": [{"image": "two", "port": 8000}]}')

    assert (want.change, want.version) == (Change.UPDATE, 2)
    assert [version.number for version in world.services.versions("demo")] == [2, 1]


def test_an_update_cannot_rename():
    with pytest.raises(InvalidDocument, match='"other" is not "demo"'):
        a_world().services.update("demo", '{"metadata": {"name": "other"}}')


def test_stop_and_start_may_be_said_twice():
    world = a_world()

    world.services.stop("demo")
    stopped = world.services.stop("demo")
    world.services.start("demo")
    started = world.services.start("demo")

    assert (stopped.goal, started.goal, started.change) == (Goal.STOP, Goal.RUN, Change.START)
    assert [event.reason for event in world.services.events("demo")] == ["Starting", "Stopping", "Creating"]


def test_a_restart_counts_and_needs_a_service_that_is_not_stopped():
    world = a_world()

    assert world.services.restart("demo").restarts == 1
    world.services.stop("demo")
    with pytest.raises(WrongState, match="is stopped; start it instead"):
        world.services.restart("demo")


def test_nothing_but_another_delete_can_be_asked_of_a_service_being_deleted():
    world = a_world()
    world.services.delete("demo")

    assert world.services.delete("demo").goal is Goal.DELETE
    for act in (world.services.start, world.services.stop, world.services.restart):
        with pytest.raises(WrongState, match="being deleted"):
            act("demo")
    with pytest.raises(WrongState):
        world.services.update("demo", "{}")


def test_an_unknown_service_is_not_found_whatever_is_asked_of_it():
    services = a_world(None).services

    asks = (services.start, services.stop, services.restart, services.delete, services.describe, services.events)
    for ask in asks:
        with pytest.raises(NotFound, match='service "demo" does not exist'):
            ask("demo")


def test_labels_come_and_go_without_unsettling_the_service():
    world = a_world()
    world.store.put(replace(world.store.find("demo"), settled=True))

    world.services.label("demo", {"team": "a", "x": "y"})
    want = world.services.unlabel("demo", ["x"])

    assert (want.service.labels, want.settled, want.text) == ((("team", "a"),), True, TEXT)


async def test_a_description_judges_the_latest_look_by_what_is_wanted_now():
    world = a_world()
    assert world.services.describe("demo").status.state is State.CREATING

    await world.sees("demo", an_instance(world.store.find("demo")))
    assert world.services.describe("demo").status.state is State.RUNNING

    world.services.stop("demo")
    assert world.services.describe("demo").status.state is State.STOPPING


async def test_trouble_of_before_says_nothing_about_a_new_attempt():
    world = a_world()
    await world.sees("demo", trouble=Trouble("SourceMissing", "no folder", permanent=True, since=1))
    world.services.label("demo", {"team": "a"})
    assert world.services.describe("demo").status.state is State.FAILED

    world.services.restart("demo")
    assert world.services.describe("demo").status.state is State.CREATING


async def test_waiting_for_a_change_ends_with_the_next_look():
    world = a_world()
    waiting = asyncio.create_task(world.services.changed("demo", after=0, within=5))
    await asyncio.sleep(0)
    assert not waiting.done()

    await world.sees("demo", an_instance(world.store.find("demo")))

    seen = await waiting
    assert (seen.status.state, seen.seq) == (State.RUNNING, 1)


async def test_waiting_for_a_change_ends_when_the_service_is_gone():
    world = a_world()
    await world.sees("demo")
    waiting = asyncio.create_task(world.services.changed("demo", after=1, within=5))
    await asyncio.sleep(0)

    await world.forgets("demo")

    with pytest.raises(NotFound):
        await waiting


async def test_waiting_for_a_change_answers_at_once_to_who_knows_nothing_yet():
    assert (await a_world().services.changed("demo", after=-1, within=5)).seq == 0


def test_the_overview_is_in_the_order_of_creation():
    world = a_world()
    world.services.create(TEXT.replace("demo", "another"))

    assert [seen.want.name for seen in world.services.overview()] == ["demo", "another"]
