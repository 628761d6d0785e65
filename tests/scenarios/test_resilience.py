"""Parts are killed one after the other, and requests and services go on."""

import shutil

import pytest

from tests.scenarios.documents import a_document, a_script
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.engine import Belongings, inside
from tests.scenarios.eventually import eventually
from tests.scenarios.load import under_load


@pytest.fixture
def demo(emulator: Emulator) -> Service:
    return emulator.create(a_document("demo"))


def answers(service: Service) -> bool:
    return service.call().status == 200


def test_a_killed_daemon_is_started_by_the_next_command_and_adopts_its_containers(
    demo: Service, emulator: Emulator, belongings: Belongings
):
    before = belongings.ids()

    emulator.kill("daemon")

    assert answers(demo)
    assert demo.status == "Running"
    assert belongings.ids() == before
    assert demo.instances()[0]["RestartCount"] == 0


def test_a_killed_gateway_is_followed_by_another_and_costs_only_what_was_in_flight(demo: Service, emulator: Emulator):
    with under_load(demo) as load:
        load.goes_on()
        emulator.kill("gateway")
        load.goes_on()

    assert len(load.failures) <= load.size, str(load)
    assert emulator.run("ls").err == ""


def test_programs_whose_sockets_somebody_removed_are_followed_by_others(
    demo: Service, emulator: Emulator, belongings: Belongings
):
    before = belongings.ids()
    shutil.rmtree(emulator.runtime)
    emulator.runtime.mkdir()

    emulator.run("ls", within=60)

    assert answers(demo)
    assert belongings.ids() == before
    assert len(emulator.processes()) == 2


def test_a_gateway_killed_with_its_daemon_is_started_by_the_next_command_with_its_routes(
    demo: Service, emulator: Emulator
):
    emulator.kill("daemon")
    emulator.kill("gateway")

    said = emulator.run("ls").err

    assert "[OK] Starting the gateway" in said
    assert answers(demo)


def test_a_killed_sidecar_is_started_in_place_and_costs_only_what_was_in_flight(demo: Service, belongings: Belongings):
    before = belongings.ids()
    sandbox = belongings.sandbox(demo.pod)
    kill = "import os, pathlib, signal; [os.kill(int(p.name), 9) for p in pathlib.Path('/proc').glob('[0-9]*') "
    kill += "if b'eas_local.sidecar' in (p / 'cmdline').read_bytes() and int(p.name) != os.getpid()]"

    with under_load(demo) as load:
        load.goes_on()
        inside(sandbox, "python3", "-c", kill)
        load.goes_on()

    assert len(load.failures) <= load.size, str(load)
    assert belongings.ids() == before
    assert demo.instances()[0]["RestartCount"] == 0


def test_a_killed_sandbox_comes_back_with_its_workers_under_a_new_address(demo: Service, belongings: Belongings):
    belongings.sandbox(demo.pod).kill()

    eventually(lambda: _restarted(demo), within=20, what="a new worker in the sandbox")
    eventually(lambda: answers(demo), within=20, what="an answer by the new worker")
    demo.becomes("Running", within=10)


def test_a_killed_worker_is_started_again_in_its_sandbox(demo: Service, belongings: Belongings):
    sandbox = belongings.sandbox(demo.pod)

    belongings.worker(demo.pod).kill()

    (instance,) = eventually(lambda: _restarted(demo), within=20, what="the restart")
    eventually(lambda: answers(demo), within=20, what="an answer by the next run")
    assert instance["InstanceName"] == sandbox.name
    assert belongings.sandbox(demo.pod).id == sandbox.id


def _restarted(service: Service) -> list[dict[str, object]]:
    return [instance for instance in service.instances() if instance["RestartCount"] == 1]


def test_a_worker_killed_during_a_paused_update_is_started_again_as_it_was(demo: Service, belongings: Belongings):
    old = demo.pod
    change = demo.emulator.write({"containers": [a_script("exit 3")]}, "change.json")
    demo.emulator.run("modify", demo.name, "-s", change, status=1)

    belongings.worker(old).kill()

    eventually(lambda: answers(demo), within=20, what="an answer by the next run of the old revision")
    assert old in demo.pods


def test_with_two_instances_the_loss_of_one_fails_no_request(emulator: Emulator, belongings: Belongings):
    service = emulator.create(a_document("pair", instance=2))
    victim = service.instances()[0]["InstanceName"]

    with under_load(service) as load:
        load.goes_on()
        belongings.sandbox(victim).kill()
        eventually(lambda: service.instances()[0]["RestartCount"] == 1, within=15, what="the next run of the victim")

    # A request that was inside the instance when it died cannot be saved; every other one is.
    assert len(load.failures) <= load.size, str(load)


def test_a_stopped_service_stays_stopped_over_a_restart_of_the_daemon(
    demo: Service, emulator: Emulator, belongings: Belongings
):
    emulator.run("stop", demo.name)
    assert belongings.containers() == []

    emulator.kill("daemon")

    assert demo.status == "Stopped"
    assert belongings.containers() == []
    assert demo.call().status == 503


def test_services_end_with_down_and_come_back_with_up(demo: Service, emulator: Emulator, belongings: Belongings):
    emulator.run("down")
    eventually(lambda: not emulator.processes(), within=5, what="the end of both programs")
    assert belongings.containers() == []

    emulator.run("up", "-d")

    eventually(lambda: answers(demo), within=30, what="an answer by the next instance")
    demo.becomes("Running", within=10)


def test_two_emulators_do_not_touch_each_others_things(demo: Service, other: Emulator):
    twin = other.create(a_document("demo"))
    other.run("delete", "demo", "--yes")

    assert answers(demo)
    assert demo.token != twin.token
