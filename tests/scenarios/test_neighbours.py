"""Others on the same machine: a second emulator, and whoever gets an address next."""

import subprocess
import sys
from dataclasses import replace

import docker
import pytest
from docker.models.containers import Container

from tests.scenarios.calling import free_port
from tests.scenarios.documents import a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.engine import Belongings
from tests.scenarios.eventually import eventually
from tests.scenarios.load import nothing_lost

# -- two emulators


def test_two_emulators_with_services_of_the_same_names_come_and_go_by_themselves(emulator: Emulator, other: Emulator):
    service, twin = emulator.create(a_document("demo")), other.create(a_document("demo"))

    with nothing_lost(service):
        assert other.purge() == []
        assert service.status == "Running"

    later = other.create(a_document("demo"))
    with nothing_lost(later):
        assert emulator.purge() == []
        assert later.status == "Running"
    assert twin.token != later.token


def test_of_one_home_there_is_one_emulator(emulator: Emulator):
    emulator.run("up", "-d")
    environ = emulator.environment() | {"XDG_RUNTIME_DIR": str(emulator.temporary)}

    for program in ("gateway", "daemon"):
        second = subprocess.run(
            [sys.executable, "-m", f"eas_local.{program}"],
            env=environ,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert second.returncode == 1
        (said,) = second.stderr.splitlines()
        assert f"the {program} of {emulator.home} runs already (process {emulator.pid(program)}" in said
        assert "eas-local down stops it" in said


def test_a_command_with_another_address_finds_the_emulator_of_its_home(emulator: Emulator):
    emulator.run("up", "-d")
    elsewhere = replace(emulator, port=free_port())

    assert f"Serving at: [http://127.0.0.1:{emulator.port}]" in elsewhere.run("up", "-d").err


# -- an address that goes on to somebody else


@pytest.fixture
def pair(emulator: Emulator) -> Service:
    return emulator.create(a_document("mine", instance=2))


def test_an_address_that_another_pod_has_now_is_never_taken_for_the_one_before(
    pair: Service, emulator: Emulator, other: Emulator, engine: docker.DockerClient
):
    mine = Belongings(engine, emulator.owner)
    one, two = sorted(pair.pods)
    emulator.kill("daemon")

    address = removed(mine, one)
    theirs = a_service_at(address, other, engine)
    for _ in range(10):
        assert pair.call().json["pod"] == two

    removed(mine, two)
    for _ in range(5):
        reply = pair.call("/secret", method="POST", body=b"for nobody else")
        assert (reply.status, reply.text) == (503, "no healthy upstream")

    assert theirs.logs() == ["serving on 8000"]
    assert refusals(other, engine, theirs) >= 5
    assert emulator.names() == ["mine"]  # the daemon is back
    eventually(lambda: pair.call().status == 200, within=30, what="an answer by an instance of its own")


def removed(things: Belongings, pod: str) -> str:
    """The address of a pod that somebody has removed."""
    members = [container for container in things.containers() if container.name.startswith(pod)]
    address = address_of(things.sandbox(pod))
    for container in members:
        container.remove(force=True)
    return address


def address_of(container: Container) -> str:
    (network,) = container.attrs["NetworkSettings"]["Networks"].values()
    return str(network["IPAddress"])


def a_service_at(address: str, emulator: Emulator, engine: docker.DockerClient) -> Service:
    """The engine gives a free address to the next who asks; what is given out in between is held until then."""
    for number in range(20):
        service = emulator.create(a_document(f"theirs{number}"))
        if address_of(Belongings(engine, emulator.owner).sandbox(service.pod)) == address:
            return service
    raise AssertionError(f"{address} has not come again")


def refusals(emulator: Emulator, engine: docker.DockerClient, service: Service) -> int:
    sandbox = Belongings(engine, emulator.owner).sandbox(service.pod)
    return sandbox.logs().decode().count(" 421 ")
