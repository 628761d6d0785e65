import json
from dataclasses import replace

import pytest

from eas_local.core import changes
from eas_local.core.desired import Change, Goal, Lock
from eas_local.core.errors import InvalidDocument
from eas_local.core.versions import Version
from tests.builders import a_container, a_desired, a_service

SETTLED = a_desired(settled=True)


def updated(want, service, *, new_version=False):
    return changes.updated(want, service, "{}", 200, new_version=new_version)


def test_more_instances_alone_are_a_scaling():
    after = updated(SETTLED, a_service(replicas=3))

    assert (after.change, after.settled, after.updated_at) == (Change.SCALE, False, 200)
    assert after.fingerprint == SETTLED.fingerprint


def test_what_no_instance_is_replaced_for_is_a_hot_update():
    assert updated(SETTLED, a_service(grace=60)).change is Change.HOT_UPDATE
    assert updated(SETTLED, a_service(replicas=2, grace=60)).change is Change.HOT_UPDATE
    assert updated(SETTLED, a_service()).change is Change.HOT_UPDATE


def test_another_image_is_an_update():
    after = updated(SETTLED, a_service(containers=(a_container(image="other"),)), new_version=True)

    assert (after.change, after.version) == (Change.UPDATE, 2)


@pytest.mark.parametrize("change", [Change.CREATE, Change.START])
def test_a_service_that_has_not_run_yet_stays_in_its_first_light(change):
    want = a_desired(change=change, settled=False)

    assert updated(want, a_service(replicas=3)).change is change
    assert changes.restarted(want, 200).change is change


def test_an_update_that_does_not_name_token_labels_or_workspace_keeps_them():
    want = a_desired(a_service(labels=(("team", "a"),), workspace_id="7"), token="old", settled=True)

    kept = updated(want, a_service())
    renewed = updated(want, a_service(token="new", labels=(("team", "b"), ("x", "y")), workspace_id="8"))

    assert (kept.token, kept.service.labels, kept.service.workspace_id) == ("old", (("team", "a"),), "7")
    assert (renewed.token, renewed.service.labels) == ("new", (("team", "b"), ("x", "y")))
    assert renewed.service.workspace_id == "8"


def test_an_update_to_an_empty_token_opens_the_service():
    assert updated(SETTLED, a_service(token="")).token == ""


def test_a_restart_changes_the_fingerprint_and_nothing_else_of_the_service():
    after = changes.restarted(SETTLED, 200)

    assert (after.change, after.settled, after.restarts) == (Change.RESTART, False, 1)
    assert (after.service, after.version, after.token) == (SETTLED.service, SETTLED.version, SETTLED.token)
    assert after.fingerprint != SETTLED.fingerprint


def test_stop_start_and_delete_move_the_goal():
    stopped = changes.stopped(SETTLED, 200)
    started = changes.started(stopped, 300)

    assert (stopped.goal, stopped.replicas) == (Goal.STOP, 0)
    assert (started.goal, started.change, started.settled) == (Goal.RUN, Change.START, False)
    assert changes.deleted(SETTLED, 200).goal is Goal.DELETE


def test_labels_change_without_anything_to_carry_out():
    named = changes.labelled(SETTLED, {"team": "a", "x": "y"})

    assert named.service.labels == (("team", "a"), ("x", "y"))
    assert changes.unlabelled(named, ["x", "unknown"]).service.labels == (("team", "a"),)
    assert replace(named, service=SETTLED.service) == SETTLED


def test_a_merge_keeps_the_spelling_of_the_author():
    old = '{"name": "demo", "metadata": {"instance": 1, "cpu": 1}}'

    assert json.loads(changes.merged(old, '{"metadata": {"instance": 2}}')) == {
        "name": "demo",
        "metadata": {"instance": 2, "cpu": 1},
    }


def test_a_merge_across_two_spellings_takes_the_newer_value():
    old = '{"metadata": {"name": "demo", "rpc": {"keepalive": 1}}, "containers": [] // lenient\n}'

    assert json.loads(changes.merged(old, '{"metadata.rpc.keepalive": 2}')) == {
        "metadata": {"name": "demo", "rpc": {"keepalive": 2}},
        "containers": [],
    }


@pytest.mark.parametrize(
    ("change", "makes"),
    [
        ('{"containers": []}', True),
        ('{"model_path": "oss://b/m"}', True),
        ('{"processor": "pmml"}', True),
        ('{"processor_entry": "other.py"}', True),
        ('{"data_image": "python:3.13"}', True),
        ('{"metadata": {"cpu": 2}}', False),
    ],
)
def test_containers_models_and_processors_make_a_new_version(change, makes):
    assert changes.makes_version(change) is makes


@pytest.mark.parametrize("text", ['{"metadata": {"name": "a", "cpu": 1}}', '{"name": "a", "metadata": {"cpu": 1}}'])
def test_a_text_becomes_the_document_of_another_service(text):
    assert json.loads(changes.renamed(text, "b")) == {"metadata": {"name": "b", "cpu": 1}}


def test_a_later_wish_is_later_even_where_the_clock_was_set_back():
    first = changes.restarted(SETTLED, 5000)
    second = changes.stopped(first, 1000)

    assert second.updated_at > first.updated_at


def test_a_text_brings_its_folder_where_it_takes_the_others_place():
    want = replace(SETTLED, base="/here")

    assert updated(want, a_service()).base == "/here"
    moved = changes.updated(want, a_service(), "{}", 200, new_version=False, base="/there")
    assert (moved.base, moved.change) == ("/there", Change.UPDATE)


def test_a_switch_brings_the_text_of_another_version_and_keeps_what_belongs_to_the_service():
    want = replace(SETTLED, version=3, latest=3, token="known", lock=Lock.DANGEROUS)

    back = changes.switched(want, a_service(replicas=2), Version(1, "{}", 50), 200)

    assert (back.version, back.latest, back.replicas) == (1, 3, 2)
    assert (back.token, back.lock, back.built_at) == ("known", Lock.DANGEROUS, 50)
    after = updated(back, a_service(), new_version=True)
    assert (after.version, after.built_at) == (4, 200)


@pytest.mark.parametrize(
    ("lock", "harmless", "dangerous"),
    [(Lock.NONE, False, False), (Lock.DANGEROUS, False, True), (Lock.ALL, True, True)],
)
def test_what_a_lock_refuses(lock, harmless, dangerous):
    assert (lock.refuses(dangerous=False), lock.refuses(dangerous=True)) == (harmless, dangerous)


def test_instances_that_are_being_replaced_are_so_whatever_else_is_asked_meanwhile():
    replacing = updated(SETTLED, a_service(containers=(a_container(image="other"),)), new_version=True)

    assert updated(replacing, replace(replacing.service, replicas=3)).change is Change.UPDATE
    assert updated(replacing, replace(replacing.service, grace=60)).change is Change.UPDATE
    assert changes.restarted(replacing, 200).change is Change.RESTART


def test_a_switch_takes_no_token_back():
    text = json.dumps({"token": "first", "metadata": {"name": "demo"}})
    want = a_desired(version=2, latest=2, token="second", settled=True)

    after = changes.switched(want, a_service(token="first"), Version(1, text, 50), 200)

    assert (after.token, json.loads(after.text)["token"]) == ("second", "second")


PORTS = '{"metadata": {"name": "demo"}, "containers": [{"image": "a", "port": 1, "health_check": {}}, {"image": "b"}]}'


@pytest.mark.parametrize(
    ("change", "containers"),
    [
        ('{"containers": {"0": {"port": 9}}}', [{"image": "a", "port": 9, "readiness_check": {}}, {"image": "b"}]),
        ('{"containers.1.image": "c"}', [{"image": "a", "port": 1, "readiness_check": {}}, {"image": "c"}]),
        (
            '{"containers.0.health_check.tcp_socket.port": 5}',
            [{"image": "a", "port": 1, "readiness_check": {"tcp_socket": {"port": 5}}}, {"image": "b"}],
        ),
    ],
)
def test_a_change_may_name_elements_of_a_list_by_their_index(change, containers):
    assert json.loads(changes.merged(PORTS, change))["containers"] == containers
    assert changes.makes_version(change)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ('{"containers.2.port": 9}', r"containers\[2\]: there is no such element: containers has 2, counted from 0"),
        ('{"metadata.0.cpu": 9}', r"metadata\[0\]: there is no such element: metadata is no list of this service"),
        ('{"storage.0.mount_path": "/m"}', r"storage\[0\]: there is no such element: storage is no list"),
        ('{"containers.port": 9}', r"containers.port: containers is a list; name one .* containers\[0\].port"),
    ],
)
def test_an_element_that_is_not_there_is_refused_by_its_name(change, problem):
    with pytest.raises(InvalidDocument, match=problem):
        changes.merged(PORTS, change)


def test_names_of_labels_may_be_numbers():
    assert json.loads(changes.merged(PORTS, '{"labels": {"0": "x"}}'))["labels"] == {"0": "x"}


def test_an_update_to_what_is_there_already_is_idle_once_that_has_arrived():
    same, other = updated(SETTLED, a_service()), updated(SETTLED, a_service(grace=60))

    assert changes.is_idle(replace(SETTLED, text="{}"), same)
    assert not changes.is_idle(replace(SETTLED, text="{}"), other)
    assert not changes.is_idle(replace(SETTLED, text='{"unknown": 1}'), same)
    assert not changes.is_idle(replace(SETTLED, text="{}", settled=False), same)
