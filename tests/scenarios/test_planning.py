"""What a plan says is what happens, word for word: in the log, and in the events."""

from collections.abc import Sequence

import pytest

from tests.scenarios.documents import a_container, a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually
from tests.scenarios.history import containers, steps_logged, steps_told

ROLLING = {"rolling_strategy": {"max_surge": 2, "max_unavailable": 1}}
CHANGES = {
    "scale up": (("-Dmetadata.instance=3",), ("modify", "-Dmetadata.instance=3")),
    "scale down": (("-Dmetadata.instance=1",), ("scale", "1")),
    "hot update": (("-Dmetadata.rpc.keepalive=4000",), ("modify", "-Dmetadata.rpc.keepalive=4000")),
    "another CPU": (("-Dmetadata.cpu=0.5",), ("modify", "-Dmetadata.cpu=0.5")),
    "restart": (("--restart",), ("restart",)),
    "stop": (("--stop",), ("stop",)),
}


@pytest.mark.parametrize(("planned", "done"), CHANGES.values(), ids=CHANGES)
def test_what_is_planned_of_a_service_is_what_is_done(shared: Emulator, planned: Sequence[str], done: tuple[str, ...]):
    service = shared.create(a_document("planned", instance=2, metadata=ROLLING))
    before, mine, told, logged = service.pods, containers(service), steps_told(service), steps_logged(service)

    plan = lines_of(shared, service.name, *planned)
    assert (containers(service), steps_told(service)) == (mine, told)
    verb, *words = done
    shared.run(verb, service.name, *words, "--timeout", "60")

    finished(service, len(told) + len(plan))
    assert masked(service, before, steps_told(service)[len(told) :]) == sorted(plan)
    assert masked(service, before, steps_logged(service)[len(logged) :]) == sorted(plan)
    service.delete()


def test_a_file_is_planned_as_the_creation_of_its_service_and_as_a_change_of_it_once_it_is_there(shared: Emulator):
    check = {"http_get": {"path": "/ready", "port": 8000}, "period_seconds": 1}
    both = a_container(readiness_check=check), a_container(port=8001)
    file = shared.write(a_document("new", *both, instance=2), "new.json")

    plan = lines_of(shared, file)
    assert "new" not in shared.names()
    service = shared.create(file)

    finished(service, len(plan))
    assert masked(service, set(), steps_told(service)) == sorted(plan)
    assert shared.run("plan", file).err == "nothing to do\n"
    more = shared.write(a_document("new", *both, instance=3), "more.json")
    assert lines_of(shared, more)[0] == "create instance 2: no instance of this revision"


def test_the_plan_of_a_delete_is_what_is_done(shared: Emulator):
    service = shared.create(a_document("brief", instance=2))
    logged, before = steps_logged(service), service.pods

    plan = lines_of(shared, service.name, "--delete")
    service.delete()

    assert masked(service, before, steps_logged(service)[len(logged) :]) == sorted(plan)


def test_a_plan_of_what_is_refused_says_why(shared: Emulator):
    service = shared.create(a_document("kept"))
    shared.run("lock", service.name, "dangerous")

    assert "safety lock" in shared.run("plan", service.name, "--stop", status=1).err
    assert "metadata.instance" in shared.run("plan", service.name, "-Dmetadata.instance=x", status=1).err
    assert "does not exist" in shared.run("plan", "nobody", status=1).err
    shared.run("lock", service.name, "none")


def finished(service: Service, steps: int) -> None:
    """So many steps are told of: some may come after the service is as it should be, such as the end of the old ones."""
    eventually(lambda: len(steps_told(service)) >= steps, within=30, what=f"{steps} steps")


def lines_of(emulator: Emulator, *words: object) -> list[str]:
    return emulator.run("plan", *map(str, words)).out.splitlines()


def masked(service: Service, before: set[str], steps: Sequence[str]) -> list[str]:
    """In any order, because some are done side by side; names of new instances without their random ends."""
    names = {word.rstrip(":") for step in steps for word in step.split() if word.startswith(f"{service.name}-")}
    new = names - before
    return sorted(_replaced(step, new) for step in steps)


def _replaced(step: str, names: set[str]) -> str:
    for name in names:
        step = step.replace(name, f"{name[:-5]}*****")
    return step
