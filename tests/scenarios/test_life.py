"""Changing, stopping and removing a service: who serves meanwhile, who is asked to leave, and how."""

import threading

import docker
from alibabacloud_eas20210701 import models

from tests.scenarios.control import a_client, update
from tests.scenarios.documents import a_container, a_document, a_script
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually
from tests.scenarios.registry import Registry

WAITING_FOR_SIGTERM = """
trap 'echo got SIGTERM' TERM
python /mnt/programs/server.py &
while :; do sleep 0.1; done
"""


def test_a_deleted_service_is_gone(shared: Emulator):
    service = shared.create(a_document("gone"))

    said = shared.run("delete", service.name, "--yes").err

    assert said.rstrip().endswith("[OK] Service was deleted successfully")
    assert service.call().status == 404
    assert "gone" not in shared.names()
    assert "gone" in shared.run("desc", "gone", status=1).err


def test_delete_asks_first(shared: Emulator):
    service = shared.create(a_document("asked"))

    assert "--yes" in shared.run("delete", service.name, status=1, stdin="n\n").err
    assert service.call().status == 200


def test_a_stopped_service_keeps_its_name_and_starts_again(shared: Emulator):
    service = shared.create(a_document("paused"))

    shared.run("stop", service.name)
    assert (service.status, service.instances()) == ("Stopped", [])
    shared.run("start", service.name)

    assert service.call().status == 200


def test_an_update_keeps_to_the_rolling_strategy(shared: Emulator):
    rolling = {"rolling_strategy": {"max_surge": 1, "max_unavailable": 0}}
    service = shared.create(a_document("rolled", instance=2, metadata=rolling))
    before = service.pods
    seen: list[int] = []

    update(service, {"containers": [a_container(env=[{"name": "NEW", "value": "1"}])]})
    eventually(lambda: _arrived(service, before, seen), within=60, what="the update")

    assert max(seen) == 3


def _arrived(service: Service, before: set[str], seen: list[int]) -> bool:
    now = {instance["InstanceName"] for instance in service.instances() if instance["Status"] != "Terminating"}
    seen.append(len(now))
    return not now & before and service.status == "Running"


def test_an_update_of_the_number_alone_leaves_the_others_running(shared: Emulator):
    service = shared.create(a_document("scaled"))
    first = service.pod

    update(service, {"metadata": {"instance": 2}})
    eventually(lambda: service.describe()["RunningInstance"] == 2, within=30, what="the second instance")
    assert first in service.pods

    update(service, {"metadata": {"instance": 1}})
    eventually(lambda: len(service.instances()) == 1, within=30, what="the end of the second instance")
    assert service.pod == first


def test_an_update_that_cannot_run_leaves_the_old_instance_serving(shared: Emulator):
    service = shared.create(a_document("careful"))

    update(service, {"containers": [a_script("exit 3")]})

    eventually(lambda: "not healthy" in service.describe()["Message"], within=30, what="the reason")
    assert service.call().status == 200


def test_a_stopping_instance_drains_within_its_grace(shared: Emulator):
    metadata = {"eas.termination_grace_period": 20, "rpc.enable_sigterm": True}
    service = shared.create(a_document("patient", a_script(WAITING_FOR_SIGTERM), metadata=metadata))
    answers: list[int] = []
    caller = threading.Thread(target=lambda: answers.append(service.call("/sleep?s=2").status))
    caller.start()
    inside = "__import__('threading').active_count() > 2"
    eventually(lambda: service.ask(inside), within=5, what="the request in the container")

    with shared.begin("logs", service.name, "-f") as following:
        shared.run("stop", service.name)
        caller.join()
        following.terminate()
        said, _ = following.communicate(timeout=10)

    assert answers == [200]
    assert "got SIGTERM" in said


def test_an_instance_that_does_not_drain_is_killed_when_its_grace_is_over(shared: Emulator):
    service = shared.create(a_document("stubborn", metadata={"eas.termination_grace_period": 1}))
    answers: list[int] = []
    caller = threading.Thread(target=lambda: answers.append(service.call("/sleep?s=60").status))
    caller.start()

    shared.run("stop", service.name, within=20)

    caller.join()
    assert answers[0] >= 500


def test_a_crashed_instance_is_kept_when_the_file_asks_for_it(shared: Emulator):
    service = shared.create(a_document("scene", runtime={"enable_crash_block": True}))

    service.call("/eval", method="POST", body=b"os._exit(3)")

    (instance,) = eventually(lambda: _ended(service), within=20, what="the crash being seen")
    assert instance["RestartCount"] == 0
    (last,) = instance["LastState"]
    assert last["exitCode"] == 3
    assert service.call().status == 503


def _ended(service: Service) -> list[dict[str, object]]:
    return [instance for instance in service.instances() if instance["LastState"]]


def test_labels_are_stored_and_shown(shared: Emulator):
    service = shared.create(a_document("labelled", labels={"team": "search"}))

    assert service.describe()["Labels"] == [{"LabelKey": "team", "LabelValue": "search"}]
    found = a_client(shared).list_services(models.ListServicesRequest(label={"team": "search"})).body.services
    assert [other.service_name for other in found] == ["labelled"]


def test_a_private_image_is_pulled_with_the_files_credentials(shared: Emulator, engine: docker.DockerClient):
    base = shared.create(a_document("source"))
    image = engine.containers.get(f"{base.pod}.worker0.0").image
    with Registry(image, account="user:password") as registry:
        document = a_document("private", a_container(image=registry.image), dockerAuth=registry.auth)
        try:
            assert shared.create(document).call().status == 200
            refused = shared.submit(a_document("refused", a_container(image=registry.other_image)))
            message = eventually(lambda: _pull_refused(refused), within=20, what="the refusal")
        finally:
            shared.run("delete", "private", "--yes", status=None)
            engine.images.remove(registry.image, force=True)
    assert registry.other_image in message
    assert "basic auth" in message or "unauthorized" in message.lower()


def _pull_refused(service: Service) -> str:
    seen = service.describe()
    assert seen["Reason"] == "ImagePullBackOff", seen
    return str(seen["Message"])
