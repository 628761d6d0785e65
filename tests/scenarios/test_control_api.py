"""The vendor's SDK drives real containers over the address of the gateway."""

from typing import Any

import pytest
from alibabacloud_eas20210701 import models
from alibabacloud_eas20210701.client import Client
from alibabacloud_tea_openapi.exceptions import ClientException

from tests.scenarios.calling import call
from tests.scenarios.control import CLUSTER, a_client, update
from tests.scenarios.documents import PROGRAMS, a_document
from tests.scenarios.emulator import HERE, Emulator, Service
from tests.scenarios.eventually import eventually


@pytest.fixture(scope="module")
def client(shared: Emulator) -> Client:
    """A document from the SDK has no folder of its own, so the user's configuration maps its mounts."""
    config = shared.place / "config" / "eas-local" / "eas-local.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[mounts]\n"{PROGRAMS}" = "{HERE / "programs"}"\n')
    shared.run("up", "-d")
    return a_client(shared)


@pytest.fixture(scope="module")
def demo(shared: Emulator, client: Client) -> Service:
    request = models.CreateServiceRequest(body=a_document("demo"), labels={"team": "a"})
    created = client.create_service(request).body
    assert (created.service_name, created.status) == ("demo", "Creating")
    eventually(lambda: _described(client, "demo").status == "Running", within=120, what="service demo Running")
    return Service(shared, "demo", _described(client, "demo").access_token)


def _described(client: Client, name: str) -> Any:
    return client.describe_service(CLUSTER, name).body


def test_the_sdk_creates_and_describes_a_service_that_answers(client: Client, demo: Service):
    seen = _described(client, "demo")

    assert (seen.message, seen.reason) == ("Service start successfully", "RUNNING")
    assert (seen.total_instance, seen.running_instance, seen.pending_instance) == (1, 1, 0)
    path = seen.internet_endpoint.removeprefix(f"http://127.0.0.1:{demo.emulator.port}")
    assert call(demo.emulator.port, path, headers={"Authorization": seen.access_token}).status == 200


def test_the_sdk_lists_services(client: Client, demo: Service):
    found = client.list_services(models.ListServicesRequest(filter="dem")).body

    assert found.total_count == 1
    assert [service.service_name for service in found.services] == [demo.name]


def test_the_sdk_lists_instances_and_their_containers(client: Client, demo: Service):
    (instance,) = client.list_service_instances(CLUSTER, demo.name, models.ListServiceInstancesRequest()).body.instances
    (container,) = client.list_service_containers(CLUSTER, demo.name, instance.instance_name).body.containers

    assert (instance.status, instance.ready_processes, instance.total_processes) == ("Running", 2, 2)
    assert (container.name, container.port, container.ready) == ("worker0", 8000, True)


def test_the_sdk_reads_logs(client: Client, demo: Service):
    found = client.describe_service_log(CLUSTER, demo.name, models.DescribeServiceLogRequest(keyword="serving")).body

    assert [line for line in found.logs if "serving on 8000" in line]


def test_the_sdk_merges_an_update(client: Client, demo: Service):
    update(demo, {"metadata": {"rpc.keepalive": 9000}})

    eventually(lambda: _described(client, "demo").status == "Running", within=30, what="the end of the update")
    assert '"keepalive": 9000' in _described(client, "demo").service_config.replace("rpc.keepalive", "keepalive")


def test_the_sdk_stops_starts_and_restarts(client: Client, demo: Service):
    assert "is stopping" in client.stop_service(CLUSTER, demo.name).body.message
    eventually(lambda: _described(client, "demo").status == "Stopped", within=30, what="service demo Stopped")
    assert demo.call().status == 503

    assert "is starting" in client.start_service(CLUSTER, demo.name).body.message
    eventually(lambda: _described(client, "demo").status == "Running", within=60, what="service demo Running")
    before = demo.pod

    assert "restarting" in client.restart_service(CLUSTER, demo.name).body.message
    eventually(lambda: before not in demo.pods, within=60, what="the end of the instance before")
    assert demo.call().status == 200


def test_the_sdk_deletes_a_service(client: Client, shared: Emulator):
    client.create_service(models.CreateServiceRequest(body=a_document("brief")))

    assert "is terminating" in client.delete_service(CLUSTER, "brief").body.message

    eventually(lambda: "brief" not in shared.names(), within=30, what="service brief gone")
    with pytest.raises(ClientException) as gone:
        _described(client, "brief")
    assert (gone.value.status_code, gone.value.code) == (404, "InvalidService.NotFound")


def test_the_sdk_hears_what_is_wrong_with_a_document(client: Client):
    request = models.CreateServiceRequest(body=a_document("wrong", metadata={"gpu": 6}))

    with pytest.raises(ClientException) as wrong:
        client.create_service(request)

    assert "Invalid GPU count 6, only supported: [0 1 2 4 8 16]" in wrong.value.message


def test_a_web_page_may_not_use_the_control_api(shared: Emulator, client: Client):
    refused = [{"Origin": "http://evil.example"}, {"Cookie": "a=b"}, {"Sec-Fetch-Site": "cross-site"}]

    assert client
    assert [call(shared.port, "/api/v2/services", headers=headers).status for headers in refused] == [403] * 3
    assert call(shared.port, "/api/v2/services", headers={"Host": "evil.example"}).status == 403
    assert call(shared.port, "/local/v1/health").status == 404
