"""What the gateway does when it is asked to: hold requests, give up on slow ones, be several processes."""

import os
import signal
from typing import Any

from tests.scenarios.calling import call
from tests.scenarios.documents import a_document
from tests.scenarios.emulator import Emulator
from tests.scenarios.eventually import eventually


def test_a_request_waits_for_a_service_that_is_on_its_way(emulator: Emulator):
    emulator.run("up", "-d", "--hold")
    service = emulator.submit(a_document("coming"))

    reply = service.call(method="POST", body=b"hello")

    assert (reply.status, reply.json["body"]) == (200, "hello")
    emulator.run("stop", service.name)
    assert service.call().status == 503


def test_an_instance_that_takes_too_long_is_answered_for(emulator: Emulator):
    emulator.run("up", "-d", "--gateway-timeout", "0.5")
    service = emulator.create(a_document("slow"))

    reply = service.call("/sleep?s=5")

    assert (reply.status, reply.text) == (504, "upstream request timeout")
    assert service.call().status == 200


def test_several_processes_are_one_gateway(emulator: Emulator):
    emulator.run("up", "-d", "--gateway-workers", "2")
    service = emulator.create(
        a_document("limited", networking={"gateway_policy": {"rate_limit": {"enable": True, "limit": 1000}}})
    )
    workers = {pid for line, pid in emulator.processes().items() if "--worker" in line}
    first = min(workers)
    os.kill(first, signal.SIGKILL)

    assert len(workers) == 2
    assert {service.call().status for _ in range(20)} == {200}
    eventually(lambda: sum("--worker" in line for line in emulator.processes()) == 2, 5, "another worker")
    counted = call(emulator.port, "/metrics").text
    assert 'eas_gateway_requests_total{service="limited",' in counted


def test_a_direct_connection_is_found_and_needs_the_token(shared: Emulator):
    service = shared.create(a_document("direct"))
    path = f"/api/v1/servicediscovery/upstreams/{service.name}"

    (outside,) = call(shared.port, path).json["endpoints"]["items"]
    (inside,) = call(shared.port, path + "?internal=true").json["endpoints"]["items"]

    assert outside["weight"] == inside["weight"] == 100
    for token, status in ((service.token, 200), ("another", 401)):
        assert eval(_asked(outside, token)) == status
        assert service.ask(_asked(inside, token)) == status


def _asked(item: dict[str, Any], token: str) -> str:
    """What the instance at this address answers, as an expression for here and for inside a container."""
    connection = f"__import__('http.client').client.HTTPConnection({item['ip']!r}, {item['port']}, timeout=5)"
    request = f"c.request('GET', '/', None, {{'Authorization': {token!r}}})"
    return f"[(c := {connection}), {request}, c.getresponse().status, c.close()][2]"
