"""What happened to a service, and what its containers wrote: told in order, kept when the thing itself is gone."""

import json
import os

from alibabacloud_eas20210701 import models

from eas_local.adapters.program_log import LIMIT, earlier
from tests.scenarios.control import CLUSTER, a_client, update
from tests.scenarios.documents import PORT, a_container, a_document, a_script
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually

SICK = "worker0: Readiness probe failed: HTTP probe failed with statuscode: 500"
READY = "Instance is ready"
EATING = "b'x' * (1 << 30)"
CRASH = b"os._exit(3)"
SPEAKING = """
echo "run of $HOSTNAME"; echo "something else"
exec python /mnt/programs/server.py
"""


def events(service: Service, *options: str) -> list[dict[str, str]]:
    return list(service.emulator.run("events", service.name, "--output", "json", *options).json["Events"])


def reasons(service: Service, *options: str) -> list[str]:
    return [event["Reason"] for event in events(service, *options)]


def messages(service: Service, *options: str) -> list[str]:
    return [event["Message"] for event in events(service, *options)]


def only(told: list[str], *wanted: str) -> bool:
    """These were told first in this order, whatever else was."""
    return [reason for reason in dict.fromkeys(told) if reason in wanted] == [*wanted]


def crash(service: Service, expression: bytes = CRASH, restarts: int = 1) -> None:
    """And wait until the container that follows it is ready."""
    service.call("/eval", method="POST", body=expression)
    eventually(lambda: _serves_after(service, restarts), within=30, what=f"restart {restarts}")


def _serves_after(service: Service, restarts: int) -> bool:
    (instance,) = service.instances()
    return instance["RestartCount"] == restarts and service.call().status == 200


def test_the_timeline_of_a_life(emulator: Emulator):
    service = emulator.create(a_document("life", metadata={"memory": 128}))
    pod = service.pod
    born = reasons(service)
    crash(service)
    crash(service, EATING.encode(), restarts=2)
    update(service, {"metadata": {"instance": 2}})
    eventually(lambda: service.describe()["RunningInstance"] == 2, within=30, what="the second instance")
    emulator.run("stop", service.name)
    emulator.run("start", service.name)

    told = reasons(service, "--instance", pod)
    assert only(born, "Creating", "Created", "Started", "Ready", "Running")
    assert only(told, "Created", "Started", "Ready", "Error", "OOMKilled", "BackOff", "Drain", "Killing", "RemovePod")
    assert told.count("Started") == told.count("Ready") == 3
    assert "Deleted" in told
    assert {"Scaling", "Stopping", "Stopped", "Starting"} <= set(reasons(service))
    assert f"start worker0 of {pod}: not started yet" in messages(service, "--instance", pod)


def test_the_api_tells_the_same_with_what_it_is_about(shared: Emulator):
    service = shared.create(a_document("asked"))
    pod = service.pod

    def ask(**query: str) -> list[models.DescribeServiceEventResponseBodyEvents]:
        request = models.DescribeServiceEventRequest(**query)
        return a_client(shared).describe_service_event(CLUSTER, service.name, request).body.events

    assert {event.reason for event in ask(instance_name=pod)} >= {"Created", "Started", "Ready"}
    assert ask(event_type="Warning") == []
    assert ask(end_time="2020-01-01 00:00:00") == []
    assert len(ask()) == len(events(service))


def test_what_a_probe_says_is_told(shared: Emulator):
    check = {"http_get": {"path": "/ready", "port": PORT}, "period_seconds": 1, "failure_threshold": 1}
    service = shared.create(a_document("probed", a_container(readiness_check=check)))

    service.ask("MEMORY.extend(range(2))")

    eventually(lambda: turns(service)[-2:] == [SICK, READY], within=15, what="the loss of readiness")


def turns(service: Service) -> list[str]:
    return [message for message in messages(service) if message in {SICK, READY}]


def test_events_are_followed_as_they_come(shared: Emulator):
    service = shared.create(a_document("watched"))

    with shared.begin("events", service.name, "-f") as following:
        assert following.stdout.readline().endswith("Normal Creating: Service is created\n")
        shared.run("stop", service.name)
        shared.run("delete", service.name, "--yes")
        said, _ = following.communicate(timeout=20)

    assert "Normal Stopping: Service is stopped" in said
    assert "Normal Stopped: " in said


def test_neither_events_nor_logs_are_lost_when_the_daemon_is_killed(emulator: Emulator):
    service = emulator.create(a_document("kept", a_script(SPEAKING)))
    crash(service)
    before = reasons(service)

    emulator.kill("daemon")
    service.call("/eval", method="POST", body=CRASH)
    eventually(lambda: _serves_after(service, 2), within=30, what="the restart")

    after = reasons(service)
    assert after[: len(before)] == before
    assert after[len(before)] == "Error"
    assert after.count("Created") == 1
    numbers = [f"--restart={number}" for number in range(3)]
    assert [service.logs(number, "--keyword", "run of") for number in numbers] == [[f"run of {service.pod}"]] * 3


def test_a_log_is_followed_across_a_restart_and_into_a_new_instance(shared: Emulator):
    service = shared.create(a_document("long", a_script(SPEAKING)))
    first = service.pod

    with shared.begin("logs", service.name, "-f", "--keyword", "run of", "--output", "json") as following:
        pods = [json.loads(following.stdout.readline())["instance"]]
        crash(service)
        shared.run("restart", service.name)
        eventually(lambda: service.pods != {first}, within=30, what="the new instance")
        shared.run("delete", service.name, "--yes")
        said, _ = following.communicate(timeout=20)

    pods += [json.loads(line)["instance"] for line in said.splitlines()]
    assert pods[:2] == [first, first]
    assert len(pods) == 3
    assert pods[2] != first


def test_the_log_of_an_instance_outlives_it(shared: Emulator):
    service = shared.create(a_document("outlived", a_script(SPEAKING)))
    replaced = service.pod
    shared.run("restart", service.name)
    eventually(lambda: replaced not in service.pods and len(service.pods) == 1, within=30, what="the new instance")

    assert service.logs("--instance", replaced)[0] == f"run of {replaced}"
    assert service.logs()[0] == f"run of {service.pod}"

    stopped = service.pod
    shared.run("stop", service.name)
    assert {f"run of {replaced}", f"run of {stopped}"} <= set(service.logs())
    request = models.DescribeServiceLogRequest(instance_name=replaced, container_name="worker0", keyword="run of")
    assert a_client(shared).describe_service_log(CLUSTER, service.name, request).body.logs == [f"run of {replaced}"]

    refused = shared.run("logs", service.name, "--instance", replaced, "--restart", "7", status=1).err
    assert f"{replaced}/worker0 --restart 0" in refused
    shared.run("delete", service.name, "--yes")
    assert not (shared.home / "logs" / service.name).exists()


def test_a_service_that_writes_without_end_is_stopped_all_the_same(shared: Emulator):
    service = shared.create(
        a_document("chatty", a_script("python /mnt/programs/server.py & while :; do echo more; done"))
    )

    shared.run("stop", service.name, within=30)

    kept = service.logs("--tail", "100000")
    assert 100 < len(kept) <= 5000
    assert set(kept) <= {"more", f"serving on {PORT}"}


def test_the_emulator_s_own_logs_are_bounded_and_go_on(emulator: Emulator):
    service = emulator.create(a_document("noisy"))
    log = emulator.home / "logs" / "gateway.log"
    os.truncate(log, LIMIT)

    service.call("/one")
    service.call("/two")
    eventually(lambda: "/two" in log.read_text(), within=5, what="the log going on")

    assert log.stat().st_size < LIMIT
    assert earlier(log).stat().st_size >= LIMIT
