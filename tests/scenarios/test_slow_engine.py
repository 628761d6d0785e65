"""An engine that answers late, or not at all: nobody waits for it who asks about something else, and what hangs is named."""

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from eas_local.adapters.clock import SystemClock
from tests.scenarios.conftest import an_emulator
from tests.scenarios.control import update
from tests.scenarios.documents import a_container, a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.engine import Belongings
from tests.scenarios.eventually import eventually, throughout
from tests.scenarios.moody_engine import MoodyEngine, a_moody_engine

EVERYTHING = "."
MOST_THREADS = 40


@pytest.fixture(scope="module")
def moody() -> Iterator[MoodyEngine]:
    with a_moody_engine() as made:
        yield made


@pytest.fixture(scope="module")
def behind(moody: MoodyEngine) -> Iterator[Emulator]:
    """An emulator that reaches its engine on that way."""
    with an_emulator(DOCKER_HOST=moody.address) as made:
        yield made


@pytest.fixture(scope="module")
def steady(behind: Emulator) -> Service:
    return behind.create(a_document("steady"))


@pytest.fixture
def things(behind: Emulator, engine: docker.DockerClient) -> Belongings:
    behind.run("up", "-d")
    return Belongings(engine, behind.owner)


def test_where_every_call_takes_a_second_a_container_is_started_again_and_commands_are_quick(
    moody: MoodyEngine, behind: Emulator, steady: Service, things: Belongings
):
    with moody.holding(EVERYTHING, seconds=1):
        things.worker(steady.pod).kill()
        eventually(lambda: came_back(steady), within=40, what="the next run")
        listed_at_once(behind)
        eventually(lambda: steady.describe()["Reason"] == "RUNNING", within=30, what="a calm description")


def test_one_container_the_engine_hangs_at_is_named_and_the_other_services_go_on(
    moody: MoodyEngine, behind: Emulator, steady: Service, things: Belongings
):
    other = behind.create(a_document("other"))
    stuck = things.worker(steady.pod, attempt=restarts(steady))

    with moody.holding(f"GET .*/containers/{stuck.id}/json"):
        things.worker(other.pod).kill()
        update(steady, {"metadata": {"rpc": {"keepalive": 5000}}})  # a reason to look
        message = eventually(lambda: in_the_dark(steady), within=20, what="the hanging call in the description")
        eventually(lambda: came_back(other), within=20, what="the other service's next run")
        listed_at_once(behind)
        assert steady.call().status == 200
        assert threads(behind) < MOST_THREADS

    assert message.startswith(f"container {stuck.name}: the Docker engine does not answer")
    steady.becomes("Running", within=10)
    eventually(lambda: steady.describe()["Reason"] == "RUNNING", within=10, what="the end of the trouble")
    other.delete()


def test_an_engine_that_answers_nothing_any_more_holds_up_nobody(
    moody: MoodyEngine, behind: Emulator, steady: Service, things: Belongings
):
    sandbox, count = things.sandbox(steady.pod), restarts(steady)

    with moody.holding(EVERYTHING):
        things.worker(steady.pod, attempt=count).kill()  # a reason to look
        eventually(lambda: in_the_dark(steady), within=30, what="the hanging engine in the description")
        listed_at_once(behind)
        behind.run("create", behind.write(a_document("later")), "--no-wait", within=10)
        assert threads(behind) < MOST_THREADS

    eventually(lambda: came_back(steady, count), within=30, what="the next run")
    eventually(
        lambda: behind.run("desc", "later", "--output", "json").json["Status"] == "Running", 60, "the new service"
    )
    assert things.sandbox(steady.pod).id == sandbox.id
    behind.run("delete", "later", "--yes")


def test_events_that_are_told_no_more_are_asked_for_anew(moody: MoodyEngine, behind: Emulator, things: Belongings):
    """Of the second container nobody tells but the engine: no probe looks at it."""
    service = behind.create(a_document("pair", a_container(), a_container(command="sleep 600", port=None)))
    throughout(lambda: came_to_rest(service), lasting=1.5)  # what was done to it is still looked after for a second
    moody.kill_lines("GET .*/events")

    things.worker(service.pod, number=1).kill()

    eventually(lambda: restarts(service) > 0, within=30, what="the next run")


def in_the_dark(service: Service) -> str:
    seen = service.describe()
    assert seen["Reason"] == "EngineDown", seen
    return str(seen["Message"])


def came_back(service: Service, count: int = 0) -> bool:
    return restarts(service) > count and service.call().status == 200


def came_to_rest(service: Service) -> None:
    assert restarts(service) == 0


def restarts(service: Service) -> int:
    return int(service.instances()[0]["RestartCount"])


def listed_at_once(emulator: Emulator) -> None:
    eventually(lambda: _seconds_of_a_list(emulator) < 1, within=10, what="a list within a second")


def _seconds_of_a_list(emulator: Emulator) -> float:
    clock = SystemClock()
    began = clock.monotonic()
    emulator.run("ls")
    return clock.monotonic() - began


def threads(emulator: Emulator) -> int:
    return len(list(Path(f"/proc/{emulator.pid('daemon')}/task").iterdir()))
