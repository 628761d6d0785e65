"""Health checks on the real engine: every kind of probe by every method, and what comes of what they say."""

import json
from collections.abc import Iterator
from typing import Any

import docker
import pytest
from docker.models.containers import Container

from tests.scenarios.calling import call
from tests.scenarios.documents import a_container, a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.engine import Belongings, build_image, inside
from tests.scenarios.eventually import eventually, throughout

Json = dict[str, Any]

PORTS = {"startup": 8001, "liveness": 8002, "readiness": 8003}
FAILURES = {
    "http_get": "HTTP probe failed with statuscode: 500",
    "tcp_socket": "connect: connection refused",
    "exec": "No such file or directory",
}
every_method = pytest.mark.parametrize("method", FAILURES)


def a_check(method: str, kind: str, **fields: int) -> Json:
    """One of the three kinds, asked each second how programs/probed.py is."""
    how = {
        "http_get": {"path": f"/{kind}", "port": 8000},
        "tcp_socket": {"port": PORTS[kind]},
        "exec": {"command": ["cat", f"/tmp/{kind}"]},
    }
    return {method: how[method], "period_seconds": 1, **fields}


def a_probed_container(well_after: str, **checks: Json) -> Json:
    return a_container(command=f"python /mnt/programs/probed.py {well_after}", **checks)


def a_name(*words: str) -> str:
    return "-".join(words).replace("_", "-")


def worker(service: Service, engine: docker.DockerClient, attempt: int = 0) -> Container:
    return Belongings(engine, service.emulator.owner).worker(service.pod, attempt=attempt)


def restarts(service: Service) -> int:
    return int(service.instances()[0]["RestartCount"])


def told(service: Service) -> list[str]:
    """What its events say."""
    events = call(service.emulator.port, f"/api/v2/services/cn-local/{service.name}/events").json["Events"]
    return [event["Message"] for event in events]


@every_method
def test_a_readiness_probe_shuts_and_opens_the_gate_without_a_restart(
    shared: Emulator, engine: docker.DockerClient, method: str
):
    check = a_check(method, "readiness", failure_threshold=2)
    service = shared.create(a_document(a_name("ready", method), a_probed_container("1", readiness_check=check)))
    container = worker(service, engine)

    inside(container, "rm", "/tmp/readiness")
    eventually(lambda: service.call().status == 503, within=15, what="the gate being shut")
    reason = eventually(lambda: _with(FAILURES[method], service.describe()["Message"]), 10, "the reason")
    inside(container, "touch", "/tmp/readiness")
    eventually(lambda: service.call().status == 200, within=15, what="the gate being open again")

    assert "Readiness probe failed: " in reason
    assert restarts(service) == 0


def _with(part: str, text: str) -> str:
    assert part in text
    return text


@every_method
def test_a_liveness_probe_that_fails_restarts_the_container_and_says_why(
    shared: Emulator, engine: docker.DockerClient, method: str
):
    check = a_check(method, "liveness", initial_delay_seconds=2, failure_threshold=2)
    service = shared.create(a_document(a_name("alive", method), a_probed_container("0", liveness_check=check)))

    inside(worker(service, engine), "rm", "/tmp/liveness")
    eventually(lambda: restarts(service) == 1, within=20, what="the restart")
    eventually(lambda: service.call().status == 200, within=20, what="an answer of the next run")

    (last,) = service.instances()[0]["LastState"]
    assert (last["exitCode"], last["reason"]) == (137, "Error")
    assert [said for said in told(service) if "Liveness probe failed: " in said and FAILURES[method] in said]


@every_method
def test_a_startup_probe_that_never_passes_restarts_the_container_and_holds_back_the_others(
    shared: Emulator, method: str
):
    checks = {
        "startup_check": a_check(method, "startup", initial_delay_seconds=2, failure_threshold=2),
        "liveness_check": a_check(method, "liveness", failure_threshold=1),
        "readiness_check": a_check(method, "readiness"),
    }
    service = shared.submit(a_document(a_name("late", method), a_probed_container("never", **checks)))

    eventually(lambda: service.instances() and restarts(service) > 0, within=30, what="the restart")

    said = told(service)
    assert [one for one in said if "Startup probe failed: " in one and FAILURES[method] in one]
    assert [one for one in said if "Liveness probe" in one or "Readiness probe" in one] == []


def test_liveness_and_readiness_begin_when_startup_has_passed(shared: Emulator):
    container = a_probed_container(
        "3",
        startup_check=a_check("exec", "startup", failure_threshold=30),
        liveness_check=a_check("http_get", "liveness", failure_threshold=1),
        readiness_check=a_check("tcp_socket", "readiness", success_threshold=2),
    )
    service = shared.create(a_document("slow-start", container))

    throughout(lambda: _unharmed(service), lasting=2)


def _unharmed(service: Service) -> None:
    assert (service.call().status, restarts(service)) == (200, 0)


def test_a_command_that_hangs_counts_as_failed_and_is_not_begun_a_second_time(
    shared: Emulator, engine: docker.DockerClient
):
    script = "echo begun >> /tmp/begun; while [ -e /tmp/hang ]; do sleep 0.1; done"
    check = {"exec": {"command": ["sh", "-c", script]}, "period_seconds": 1, "failure_threshold": 3}
    service = shared.create(a_document("hanging", a_container(readiness_check=check)))
    container = worker(service, engine)

    inside(container, "touch", "/tmp/hang")
    eventually(lambda: service.call().status == 503, within=20, what="the gate being shut")
    begun = inside(container, "cat", "/tmp/begun")
    throughout(lambda: _same(begun, inside(container, "cat", "/tmp/begun")), lasting=3)
    reason = service.describe()["Message"]
    inside(container, "rm", "/tmp/hang")
    eventually(lambda: service.call().status == 200, within=20, what="the gate being open again")

    assert "timed out" in reason


def _same(before: str, now: str) -> None:
    assert now == before


def test_while_the_daemon_is_dead_no_command_is_run_and_the_verdict_stands(
    shared: Emulator, engine: docker.DockerClient
):
    check = a_check("exec", "readiness", failure_threshold=1)
    service = shared.create(a_document("alone", a_probed_container("0", readiness_check=check)))
    container = worker(service, engine)

    shared.kill("daemon")
    inside(container, "rm", "/tmp/readiness")
    throughout(lambda: _answers(service), lasting=3)
    shared.run("ls")

    eventually(lambda: service.call().status == 503, within=15, what="the gate being shut by the next daemon")


def _answers(service: Service) -> None:
    assert service.call().status == 200


VENDORS = """
{ "metadata": { "name": "test", "instance": 1, "enable_webservice": true },
  "cloud": { "computing": { "instance_type": "ml.gu7i.c16m60.1-gu30" } },
  "containers": [ {
    "image": "registry-vpc.cn-shanghai.aliyuncs.com/xxx/yyy:zzz",
    "env": [ { "name": "VAR_NAME", "value": "var_value" } ],
    "liveness_check": {
      "http_get": { "path": "/", "port": 8000 },
      "initial_delay_seconds": 3, "period_seconds": 3, "timeout_seconds": 1,
      "success_threshold": 2, "failure_threshold": 4 },
    "command": "/data/eas/ENV/bin/python /data/eas/app1.py",
    "port": 8000 } ] }
"""


@pytest.fixture(scope="module")
def vendors_image(engine: docker.DockerClient, base_image: str) -> Iterator[str]:
    """An image with its program where the vendor's sample has it."""
    tag = "scenarios/health-check:1"
    program = 'import http.server as s; s.HTTPServer(("0.0.0.0", 8000), s.SimpleHTTPRequestHandler).serve_forever()'
    lines = [
        f"FROM {base_image}",
        "RUN mkdir -p /data/eas/ENV/bin && ln -s $(command -v python3) /data/eas/ENV/bin/python",
        f"RUN echo '{program}' > /data/eas/app1.py",
    ]
    build_image(engine, tag, lines)
    yield tag
    engine.images.remove(tag, force=True)


def test_the_vendors_sample_deploys_with_a_warning(shared: Emulator, vendors_image: str):
    place = shared.folder("vendors")
    image = json.loads(VENDORS)["containers"][0]["image"]
    (place / "eas-local.toml").write_text(f'[images]\n"{image}" = "{vendors_image}"\n')
    file = shared.write(VENDORS, "vendors/service.json")

    created = shared.run("create", file, "--timeout", "60")

    assert "containers[0].liveness_check.success_threshold: 2 runs as 1" in created.out + created.err
    (instance,) = shared.run("w", "test", "--output", "json").json["Instances"]
    assert (instance["Status"], instance["ReadyProcesses"], instance["RestartCount"]) == ("Running", 2, 0)
