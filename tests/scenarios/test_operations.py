"""Versions, locks and particular instances of a service, by the commands a user has and by the vendor's SDK."""

import re

from alibabacloud_eas20210701 import models

from tests.scenarios.control import CLUSTER, a_client
from tests.scenarios.documents import PORT, PROGRAMS, a_container, a_document
from tests.scenarios.emulator import Emulator
from tests.scenarios.eventually import eventually
from tests.scenarios.history import containers

# -- versions


def test_versions_are_gone_to_back_and_forth(shared: Emulator):
    service = shared.create(a_document("told", labels={"team": "a"}))
    for value in ("2", "3"):
        part = {"containers": [a_container(env=[{"name": "NEW", "value": value}])]}
        shared.run("modify", service.name, "-s", shared.write(part, "part.json"))
    assert service.ask("os.environ['NEW']") == "3"

    shared.run("version", service.name, "1")
    assert service.ask("os.environ.get('NEW')") is None
    shared.run("version", service.name, "2")
    assert service.ask("os.environ['NEW']") == "2"

    seen = service.describe()
    assert (seen["CurrentVersion"], seen["LatestVersion"]) == (2, 3)
    assert (seen["AccessToken"], seen["Labels"]) == (service.token, [{"LabelKey": "team", "LabelValue": "a"}])
    listed = shared.run("version", service.name).out
    assert re.search(r"\| +2 \| .* \| Service is Running +\|", listed)
    assert "no version 9, only 1, 2, 3" in shared.run("version", service.name, "9", status=1).err
    assert "in force already" in shared.run("version", service.name, "2", status=1).err


# -- the lock


def test_a_lock_holds_until_it_is_taken_off_and_survives_the_emulator(emulator: Emulator):
    service = emulator.create(a_document("locked"))

    emulator.run("lock", service.name, "dangerous")
    assert "lock locked none" in emulator.run("stop", service.name, status=1).err
    assert "lock locked none" in emulator.run("delete", service.name, "--yes", status=1).err
    emulator.run("label", service.name, "team=a")

    emulator.run("down")
    emulator.run("lock", service.name, "all")
    assert service.describe()["SafetyLock"] == "all"
    assert emulator.run("scale", service.name, "2", status=1).err.startswith("eas-local: service")
    emulator.run("lock", service.name, "none")
    emulator.run("stop", service.name)


def test_the_sdk_locks_switches_and_restarts(shared: Emulator):
    service = shared.create(a_document("driven"))
    client = a_client(shared)

    locked = client.update_service_safety_lock(
        CLUSTER, service.name, models.UpdateServiceSafetyLockRequest(lock="dangerous")
    )
    assert locked.body.message == "service safety lock updated to dangerous"
    assert client.describe_service(CLUSTER, service.name).body.safety_lock == "dangerous"
    before = service.pod
    gone = models.DeleteServiceInstancesRequest(instance_list=before)
    assert "was deleted successfully" in client.delete_service_instances(CLUSTER, service.name, gone).body.message
    eventually(lambda: before not in service.pods and service.call().status == 200, 30, "another instance")


# -- particular instances


def test_a_deleted_instance_ends_what_it_has_begun_and_is_replaced(shared: Emulator):
    service = shared.create(a_document("trimmed"))
    before = service.pod
    slow = service.begin("/sleep?s=1")
    eventually(lambda: service.ask("__import__('threading').active_count() > 2"), 5, "the request in the container")

    shared.run("instance", "delete", service.name, before, "--yes")

    assert slow.getresponse().status == 200
    slow.close()
    eventually(lambda: before not in service.pods, within=20, what="its end")
    assert service.call().status == 200


def test_an_isolated_instance_runs_on_without_requests_until_it_rejoins(shared: Emulator):
    service = shared.create(a_document("lonely", instance=2))
    before = containers(service)
    lonely, other = sorted(service.pods)

    shared.run("instance", "isolate", service.name, lonely)
    assert {service.call("/who").json["pod"] for _ in range(8)} == {other}
    shown = {i["InstanceName"]: i["Isolated"] for i in service.instances()}
    assert shown == {lonely: True, other: False}
    assert "Isolated" in shared.run("w", service.name).out

    shared.run("instance", "rejoin", service.name, lonely)
    assert {service.call("/who").json["pod"] for _ in range(8)} == {lonely, other}
    assert containers(service) == before


def test_a_detached_instance_is_replaced_and_runs_on_until_its_service_ends(shared: Emulator):
    service = shared.create(a_document("freed"))
    freed = service.pod
    mine = containers(service)

    shared.run("instance", "detach", service.name, freed)

    assert mine.items() <= containers(service).items()
    assert {service.call("/who").json["pod"] for _ in range(4)} == service.pods - {freed}
    assert "cannot be undone" in shared.run("instance", "rejoin", service.name, freed, status=1).err
    shared.run("restart", service.name)
    assert freed in service.pods
    service.delete()
    eventually(lambda: not containers(service), within=20, what="the end of all")


def test_a_soft_restart_begins_the_container_anew_in_the_same_instance(shared: Emulator):
    service = shared.create(a_document("fresh"))
    pod, before = service.pod, containers(service)
    service.ask("MEMORY.append('kept')")

    shared.run("restart", service.name, "--instance", pod, "--soft")

    assert service.ask("MEMORY") == []
    assert service.pod == pod
    assert containers(service)[pod] == before[pod]
    assert service.instances()[0]["RestartCount"] == 1


# -- what is shown


def test_a_description_shows_the_folder_behind_each_mount_and_what_probes_have_seen(shared: Emulator):
    check = {"http_get": {"path": "/ready", "port": PORT}, "period_seconds": 1}
    shared.create(a_document("shown", a_container(readiness_check=check)))

    told = shared.run("desc", "shown").out

    assert str(shared.mounts[PROGRAMS]) in told
    assert "worker0 readiness: http-get http://:8000/ready delay=0s timeout=1s period=1s" in told
    assert re.search(r"shown-[0-9a-f]{10}-\w{5}: passing [+-]*\+", told)
