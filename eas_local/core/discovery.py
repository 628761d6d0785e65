"""Where the instances of a service take direct connections: the answer the official clients poll for."""

import json
from collections.abc import Iterator
from math import lcm

from eas_local.core.routes import Backend, Endpoint, Entry
from eas_local.core.wire import TRAFFIC_PORT

# Parity: both generations of clients (wire-contract 1.4).
PATHS = ("/api/v1/servicediscovery/upstreams/", "/exported/apis/eas.alibaba-inc.k8s.io/v1/upstreams/")


def service_of(path: str) -> str | None:
    """The service a discovery path asks for, up to the next slash; None for other paths."""
    for prefix in PATHS:
        if path.startswith(prefix):
            return path[len(prefix) :].partition("/")[0] or None
    return None


def upstreams(entry: Entry, *, internal: bool) -> str:
    """The list for a caller on this machine, or (`internal`) for one inside an instance.

    # Parity: {"correlative": [...], "endpoints": {"items": [{"app", "ip", "port", "weight"}]}}; clients inside an
    # instance ask with ?internal=true (wire-contract 1.4).
    """
    items = [
        {"app": backend.service, **_address(instance, internal=internal), "weight": weight}
        for backend, weight in _weighed(entry)
        for instance in backend.instances
    ]
    correlative = [backend.service for backend in entry.backends]
    return json.dumps({"correlative": correlative, "endpoints": {"items": items}})


def _weighed(entry: Entry) -> Iterator[tuple[Backend, int]]:
    """Backends with the weight of each of their instances: a client weighs instances, whose sums must be as published."""
    filled = [backend for backend in entry.backends if backend.instances]
    common = lcm(*(len(backend.instances) for backend in filled))
    for backend in filled:
        yield backend, backend.weight * common // len(backend.instances)


def _address(instance: Endpoint, *, internal: bool) -> dict[str, str | int]:
    """The pod's own address is known and reached from inside even where its port is published on this machine."""
    if internal and instance.ip:
        return {"ip": instance.ip, "port": TRAFFIC_PORT}
    return {"ip": instance.host, "port": instance.port}
