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


def an_endpoint(uid: str, host: str = "172.17.0.2", port: int = 8080) -> Endpoint:
    return Endpoint(uid, host, port, ip="172.17.0.2")


def items(entry: Entry, *, internal: bool = False) -> list[dict]:
    return json.loads(upstreams(entry, internal=internal))["endpoints"]["items"]


def test_every_instance_is_listed_with_address_weight_and_service():
    entry = Entry("demo", (Backend(100, "demo", (an_endpoint("a"), an_endpoint("b"))),))

    item = {"app": "demo", "ip": "172.17.0.2", "port": 8080, "weight": 100}
    assert json.loads(upstreams(entry, internal=False)) == {
        "correlative": ["demo"],
        "endpoints": {"items": [item, item]},
    }


def test_an_instance_behind_a_published_port_has_one_address_outside_and_another_inside():
    entry = Entry("demo", (Backend(100, "demo", (an_endpoint("a", "127.0.0.1", 32768),)),))

    (outside,), (inside,) = items(entry), items(entry, internal=True)

    assert (outside["ip"], outside["port"]) == ("127.0.0.1", 32768)
    assert (inside["ip"], inside["port"]) == ("172.17.0.2", 8080)


def test_the_instances_of_a_backend_weigh_together_what_it_weighs():
    blue = Backend(80, "blue", tuple(an_endpoint(uid) for uid in "abc"))
    green = Backend(20, "green", (an_endpoint("d"),))

    weights = {"blue": 0, "green": 0}
    for item in items(Entry("demo", (blue, green, Backend(0, "none")))):
        weights[item["app"]] += item["weight"]

    assert weights["blue"] == 4 * weights["green"] > 0


def test_a_service_without_instances_has_an_empty_list():
    assert items(Entry("demo", (Backend(100, "demo"),))) == []
