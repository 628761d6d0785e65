"""What is changed while a service runs, by the commands a user has: who is replaced, who is left alone, and who says so."""

from typing import Any

import pytest

from tests.scenarios.documents import a_container, a_document, a_script
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually
from tests.scenarios.history import containers, events, reasons

Json = dict[str, Any]


# -- modify


def test_a_key_is_changed_and_the_command_waits_until_it_is_everywhere(shared: Emulator):
    service = shared.create(a_document("keyed"))
    before = service.pod

    said = shared.run("modify", service.name, "-Dmetadata.cpu=0.5", "-Dmetadata.memory=600").err

    assert said.rstrip().endswith("[OK] Service is running")
    seen = service.describe()
    assert (service.pods & {before}, seen["Memory"], seen["CurrentVersion"]) == (set(), 600, 1)


def test_a_file_is_merged_or_takes_the_place_of_the_whole(shared: Emulator):
    service = shared.create(a_document("filed", labels={"team": "a"}))
    part = shared.write({"containers": [a_container(env=[{"name": "NEW", "value": "1"}])]}, "part.json")
    shared.run("modify", service.name, "-s", part)
    assert service.ask("os.environ['NEW']") == "1"
    assert service.describe()["CurrentVersion"] == 2

    whole = shared.write(a_document("filed", metadata={"cpu": 1}), "whole.json")
    shared.run("modify", service.name, "-s", whole, "--replace")

    assert service.ask("os.environ.get('NEW')") is None
    assert service.describe()["Cpu"] == 1


@pytest.mark.parametrize(
    "keys",
    [
        ("-Dmetadata.rpc.max_queue_size=7", "-Dmetadata.rpc.keepalive=4000"),
        ("-Dlabels.team=search",),
        ("-Dtoken=another",),
    ],
    ids=["limits", "labels", "token"],
)
def test_what_is_not_built_into_instances_replaces_none(shared: Emulator, keys: tuple[str, ...]):
    service = shared.create(a_document("hot"))
    before = containers(service)

    shared.run("modify", service.name, *keys)

    assert containers(service) == before
    assert "HotUpdate" in reasons(service)
    token = service.describe()["AccessToken"]
    assert service.call(headers={"Authorization": token}).status == 200
    service.delete()


def test_a_new_token_is_the_only_one_as_soon_as_the_command_returns(shared: Emulator):
    service = shared.create(a_document("secret"))

    shared.run("modify", service.name, "-Dtoken=another")

    assert service.call().status == 401
    assert service.call(headers={"Authorization": "another"}).status == 200


def test_a_mistake_in_a_change_changes_nothing(shared: Emulator):
    service = shared.create(a_document("typo"))

    wrong = shared.run("modify", service.name, "-Dmetadata.instance=many", status=1)

    assert "metadata.instance" in wrong.err
    assert shared.run("modify", service.name, status=2).err.startswith("eas-local: modify needs a change")
    assert service.status == "Running"


# -- scale


def test_scaling_leaves_the_survivors_untouched_and_drains_the_surplus(shared: Emulator):
    service = shared.create(a_document("scaled"))
    first = containers(service)

    shared.run("scale", service.name, "3")
    assert len(service.instances()) == 3
    assert first.items() <= containers(service).items()

    slow = service.begin("/sleep?s=1")
    shared.run("scale", service.name, "1")
    assert slow.getresponse().status == 200
    slow.close()
    assert containers(service) == first
    assert "Scaling" in reasons(service)


# -- the rolling strategy


@pytest.mark.parametrize(
    ("name", "strategy", "fewest", "most"),
    [
        ("surging", {"max_surge": 2, "max_unavailable": 0}, 4, 6),
        ("counted", {"max_surge": "50%", "max_unavailable": "25%"}, 3, 6),
        ("lending", {"max_surge": 1, "max_unavailable": 2}, 2, 5),
    ],
)
def test_an_update_keeps_to_its_numbers(shared: Emulator, name: str, strategy: Json, fewest: int, most: int):
    service = shared.create(a_document(name, instance=4, metadata={"rolling_strategy": strategy}))
    before = service.pods
    looks: list[tuple[int, int]] = []

    shared.run("restart", service.name, "--no-wait")
    eventually(lambda: _all_new(service, before, looks), within=90, what="the end of the update")

    assert min(ready for ready, _ in looks) >= fewest
    assert max(there for _, there in looks) <= most
    service.delete()


def _all_new(service: Service, before: set[str], looks: list[tuple[int, int]]) -> bool:
    """Counts at each look those that are ready, and with them those that are on their way."""
    staying = [i for i in service.instances() if i["Status"] != "Terminating"]
    ready = [i for i in staying if i["ReadyProcesses"] == i["TotalProcesses"]]
    coming = [i for i in staying if i["IsLatest"] and i not in ready]
    looks.append((len(ready), len(ready) + len(coming)))
    return not before & service.pods and service.status == "Running"


# -- a successor that fails


def test_a_failing_successor_pauses_the_update_and_the_next_one_clears_it_first(shared: Emulator):
    service = shared.create(a_document("careful", instance=2))
    before = service.pods
    broken = shared.write({"containers": [a_script("echo no model; exit 3")]}, "broken.json")

    failed = shared.run("modify", service.name, "-s", broken, status=1, within=40)

    assert "not healthy" in failed.err
    assert "The update is paused" in failed.err
    assert service.status == "Updating"
    assert before <= service.pods
    assert service.call().status == 200
    (newcomer,) = service.pods - before

    mended = {"containers": [a_container(env=[{"name": "NEW", "value": "1"}])]}
    shared.run("modify", service.name, "-s", shared.write(mended, "mended.json"))
    told = [event["Message"] for event in events(service)]
    cleared = next(n for n, text in enumerate(told) if text.startswith(f"drain {newcomer}:"))
    replaced = [n for n, text in enumerate(told) if any(text.startswith(f"drain {old}:") for old in before)]
    assert len(replaced) == 2
    assert cleared < min(replaced)
    assert service.status == "Running"


# -- a stop wins


def test_a_stop_ends_a_crash_loop(shared: Emulator):
    shared.run("create", shared.write(a_document("looping", a_script("exit 3"))), status=1)

    shared.run("stop", "looping")

    service = Service(shared, "looping", "")
    assert (service.status, service.instances()) == ("Stopped", [])
    assert containers(service) == {}


def test_a_stop_ends_an_update_under_way_and_the_start_after_it_runs_what_was_asked_for(shared: Emulator):
    service = shared.create(a_document("halted", instance=2))
    part = shared.write({"containers": [a_container(env=[{"name": "NEW", "value": "1"}])]}, "part.json")

    shared.run("modify", service.name, "-s", part, "--no-wait")
    shared.run("stop", service.name)
    assert (service.status, containers(service)) == ("Stopped", {})

    shared.run("start", service.name)
    assert service.ask("os.environ['NEW']") == "1"


def test_a_change_of_a_stopped_service_leaves_it_stopped(shared: Emulator):
    service = shared.create(a_document("resting"))
    shared.run("stop", service.name)

    shared.run("modify", service.name, "-Dmetadata.rpc.keepalive=4000")
    shared.run("scale", service.name, "2")
    assert (service.status, containers(service)) == ("Stopped", {})

    shared.run("start", service.name)
    assert len(service.instances()) == 2


# -- how instances end


@pytest.mark.parametrize("key", ["metadata.eas.termination_grace_period", "runtime.termination_grace_period"])
def test_every_spelling_of_the_grace_is_kept_to(shared: Emulator, key: str):
    service = shared.create(a_document("brief", **{key: 1}))
    stuck = service.begin("/sleep?s=60")
    eventually(lambda: service.ask("__import__('threading').active_count() > 2"), 5, "the request in the container")

    shared.run("stop", service.name, within=20)

    assert stuck.getresponse().status >= 500
    stuck.close()
    assert any(event["Message"].endswith(": grace period over") for event in events(service))
    service.delete()


def test_parity_timing_waits_for_the_whole_grace(emulator: Emulator):
    emulator.run("up", "-d", "--parity-timing")
    service = emulator.create(a_document("full", metadata={"eas.termination_grace_period": 3}))

    emulator.run("stop", service.name)

    stopped = [event["Message"] for event in events(service)]
    assert any(text.endswith(": grace period over") for text in stopped)
    assert not any(text.endswith(": drained") for text in stopped)
