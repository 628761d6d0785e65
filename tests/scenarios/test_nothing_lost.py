"""No request fails while a service changes: clients without second tries, and nothing is held back for them."""

from collections.abc import Iterator

import pytest

from tests.scenarios.control import update
from tests.scenarios.documents import COMMAND, PORT, a_container, a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually
from tests.scenarios.load import nothing_lost

OTHER = f"{COMMAND} {PORT}"
"""The same server, told its port."""


@pytest.fixture(params=[1, 2], ids=["one instance", "two instances"])
def service(shared: Emulator, request: pytest.FixtureRequest) -> Iterator[Service]:
    made = shared.create(a_document("steady", instance=request.param))
    yield made
    made.delete()


def test_a_new_version_takes_over(service: Service):
    before = service.pods

    with nothing_lost(service):
        _update(service, "1")
        eventually(lambda: _replaced(service, before), within=60, what="the update")

    assert service.ask("os.environ['NEW']") == "1"


def test_updates_overtake_each_other(shared: Emulator):
    service = shared.create(a_document("overtaken"))

    with nothing_lost(service):
        for value in ("1", "2", "3"):
            _update(service, value)
            eventually(lambda: _is_leaving(service), within=20, what="an old instance that leaves")
        eventually(lambda: len(service.pods) == 1 and service.status == "Running", within=60, what="the last update")

    assert service.ask("os.environ['NEW']") == "3"


def _update(service: Service, value: str) -> None:
    update(service, {"containers": [a_container(env=[{"name": "NEW", "value": value}])]})


def _is_leaving(service: Service) -> bool:
    return "Terminating" in {instance["Status"] for instance in service.instances()}


@pytest.mark.parametrize(
    ("name", "strategy"),
    [
        ("strict", {"max_surge": 1, "max_unavailable": 0}),
        ("shares", {"max_surge": "50%", "max_unavailable": "50%"}),
    ],
)
def test_a_new_version_takes_over_by_the_strategy_of_the_file(shared: Emulator, name: str, strategy: dict[str, object]):
    service = shared.create(a_document(name, instance=2, metadata={"rolling_strategy": strategy}))
    before = service.pods

    with nothing_lost(service):
        _update(service, "1")
        eventually(lambda: _replaced(service, before), within=60, what="the update")
    service.delete()


def test_versions_are_gone_to_back_and_forth(shared: Emulator):
    service = shared.create(a_document("undecided"))
    shared.run("modify", service.name, "-s", shared.write({"containers": [a_container(command=OTHER)]}, "part.json"))

    with nothing_lost(service):
        shared.run("version", service.name, "1")
        shared.run("version", service.name, "2")
        shared.run("version", service.name, "1")


def test_an_instance_is_isolated_rejoins_and_is_replaced(shared: Emulator):
    service = shared.create(a_document("handled", instance=2))
    first, second = sorted(service.pods)

    with nothing_lost(service) as load:
        shared.run("instance", "isolate", service.name, first)
        load.goes_on()
        shared.run("instance", "rejoin", service.name, first)
        load.goes_on()
        shared.run("instance", "delete", service.name, second, "--yes")

    assert first in service.pods
    assert second not in service.pods


def test_a_restart_replaces_every_instance(service: Service):
    before = service.pods

    with nothing_lost(service):
        service.emulator.run("restart", service.name)
        eventually(lambda: _replaced(service, before), within=60, what="the end of the old instances")


def _replaced(service: Service, before: set[str]) -> bool:
    return not service.pods & before and service.status == "Running"


def test_instances_come_and_go(shared: Emulator):
    service = shared.create(a_document("breathing"))

    with nothing_lost(service) as load:
        _scale(service, 3)
        load.goes_on()
        _scale(service, 1)


def _scale(service: Service, number: int) -> None:
    update(service, {"metadata": {"instance": number}})
    eventually(lambda: len(service.instances()) == number and service.status == "Running", 60, f"{number} instances")


def test_the_daemon_is_killed_and_started_again(service: Service):
    emulator = service.emulator

    with nothing_lost(service) as load:
        for _ in range(3):
            emulator.kill("daemon")
            load.goes_on()
            assert service.status == "Running"  # the command has started the daemon again


def test_other_limits_are_pushed(shared: Emulator):
    service = shared.create(a_document("pushed"))
    before = service.pods

    with nothing_lost(service):
        for rpc in ({"worker_threads": 50}, {"rate_limit": 100_000}, {"keepalive": 2900}):
            update(service, {"metadata": {"rpc": rpc}})
        eventually(lambda: service.call("/sleep?s=3").status == 408, within=20, what="the last of the limits")

    assert service.pods == before


def test_an_instance_is_not_ready_for_a_while(shared: Emulator):
    check = {"http_get": {"path": "/ready", "port": PORT}, "period_seconds": 1, "failure_threshold": 1}
    service = shared.create(a_document("wavering", a_container(readiness_check=check), instance=2))

    with nothing_lost(service):
        service.ask("MEMORY.extend(range(1, 5))")
        eventually(lambda: service.describe()["RunningInstance"] == 1, within=10, what="one that is not ready")
        eventually(lambda: service.describe()["RunningInstance"] == 2, within=10, what="both again")


def test_several_processes_of_the_gateway_change_their_routes(emulator: Emulator):
    emulator.run("up", "-d", "--gateway-workers", "2")
    service = emulator.create(a_document("steady", instance=2))
    before = service.pods

    with nothing_lost(service):
        emulator.run("restart", service.name)
        eventually(lambda: _replaced(service, before), within=60, what="the end of the old instances")
