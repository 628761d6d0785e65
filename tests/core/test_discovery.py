"""The list of instances for direct connections, as the official clients read it."""

import json

import pytest

from eas_local.core.discovery import service_of, upstreams
from eas_local.core.routes import Backend, Endpoint, Entry


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/api/v1/servicediscovery/upstreams/demo", "demo"),
        ("/exported/apis/eas.alibaba-inc.k8s.io/v1/upstreams/demo", "demo"),
        ("/api/v1/servicediscovery/upstreams/demo/v1/x", "demo"),
        ("/api/v1/servicediscovery/upstreams/", None),
        ("/api/v1/servicediscovery", None),
    ],
)
def test_both_generations_of_paths_ask_for_a_service(path, service):
    assert service_of(path) == service


def test_every_instance_is_listed_with_address_weight_and_service():
    entry = Entry("demo", (Backend(100, "demo", (Endpoint("u", "172.17.0.2", 8080),)),))

    assert json.loads(upstreams(entry)) == {
        "correlative": ["demo"],
        "endpoints": {"items": [{"app": "demo", "ip": "172.17.0.2", "port": 8080, "weight": 100}]},
    }
