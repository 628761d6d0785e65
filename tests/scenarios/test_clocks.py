"""Somebody sets this machine's clock by hours, forward and back, while services run, crash, drain and wait for a retry."""

import subprocess
from collections.abc import Iterator
from datetime import datetime
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
from tests.scenarios.load import nothing_lost

HERE = Path(__file__).parent
HOURS = 3 * 3600


class Clock:
    """What the emulator's programs take for the time; the engine has its own."""

    def __init__(self, folder: Path) -> None:
        self.library = folder / "clock.so"
        self.file = folder / "offset"
        command = ["gcc", "-shared", "-fPIC", "-o", self.library, HERE / "clock.c", "-ldl"]
        subprocess.run(command, check=True, timeout=30)
        self.set(0)

    def set(self, seconds: int) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self.file)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


@pytest.fixture
def wound(clock: Clock) -> Iterator[Emulator]:
    """An emulator that goes by that clock."""
    with an_emulator(LD_PRELOAD=str(clock.library), SCENARIO_CLOCK=str(clock.file)) as made:
        yield made


@pytest.mark.parametrize("hours", [HOURS, -HOURS], ids=["forward", "back"])
def test_a_service_crashes_is_updated_and_drains_by_a_clock_that_is_set(
    clock: Clock, wound: Emulator, engine: docker.DockerClient, hours: int
):
    service = wound.create(a_document("demo", instance=2))
    things = Belongings(engine, wound.owner)

    with nothing_lost(service) as load:
        clock.set(hours)
        load.goes_on()
        assert seconds_off(wound) == pytest.approx(hours, abs=60)
        update(service, {"containers": [a_container(env=[{"name": "NEW", "value": "1"}])]})
        eventually(lambda: leaving(service), within=60, what="an instance that drains")
        eventually(lambda: is_updated(service), within=60, what="the update")
        clock.set(0)
        load.goes_on()

    pod = min(service.pods)
    things.worker(pod).kill()
    eventually(lambda: restarts(service) == 1, within=20, what="the next run")
    clock.set(hours)
    things.worker(pod, attempt=1).kill()
    eventually(lambda: restarts(service) == 2, within=30, what="the run after that")
    service.becomes("Running", within=20)
    told = [event["Message"] for event in wound.run("events", "demo", "--output", "json").json["Events"]]
    assert any("is updated" in message for message in told), told
    throughout(lambda: calm(service), lasting=2)


def test_a_retry_is_not_put_off_when_the_clock_is_set_back(clock: Clock, wound: Emulator):
    wound.run("up", "-d")
    missing = wound.work / "later"
    wound.mount("oss://later/", missing)
    waiting = wound.submit(a_document("waiting", a_container(image="127.0.0.1:9/no/such:1")))
    eventually(lambda: waiting.describe()["Reason"] == "ImagePullBackOff", within=20, what="the first failure")

    clock.set(-HOURS)

    before = failures(wound)
    eventually(lambda: failures(wound) > before, within=20, what="another try")
    waiting.delete()
    eventually(lambda: wound.names() == [], within=20, what="its end")


def seconds_off(emulator: Emulator) -> float:
    last = (emulator.home / "logs" / "gateway.log").read_text().splitlines()[-1]
    return datetime.fromisoformat(last.split()[0]).timestamp() - SystemClock().now()


def leaving(service: Service) -> bool:
    return "Terminating" in {instance["Status"] for instance in service.instances()}


def is_updated(service: Service) -> bool:
    return service.ask("os.environ.get('NEW')") == "1" and service.status == "Running" and len(service.pods) == 2


def restarts(service: Service) -> int:
    return sum(int(instance["RestartCount"]) for instance in service.instances())


def calm(service: Service) -> None:
    assert (service.status, restarts(service)) == ("Running", 2)


def failures(emulator: Emulator) -> int:
    return (emulator.home / "logs" / "daemon.log").read_text().count("connection refused")
