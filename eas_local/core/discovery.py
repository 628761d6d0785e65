"""Where the instances of a service take direct connections: the answer the official clients poll for."""

import json

from eas_local.core.routes import Entry

# Parity: both generations of clients (wire-contract 1.4).
PATHS = ("/api/v1/servicediscovery/upstreams/", "/exported/apis/eas.alibaba-inc.k8s.io/v1/upstreams/")
WEIGHT = 100


def service_of(path: str) -> str | None:
    """The service a discovery path asks for, up to the next slash; None for other paths."""
    for prefix in PATHS:
        if path.startswith(prefix):
            return path[len(prefix) :].partition("/")[0] or None
    return None


def upstreams(entry: Entry) -> str:
    """# Parity: {"correlative": [...], "endpoints": {"items": [{"app", "ip", "port", "weight"}]}} (wire-contract 1.4)."""
    items = [
        {"app": backend.service, "ip": instance.host, "port": instance.port, "weight": WEIGHT}
        for backend in entry.backends
        for instance in backend.instances
    ]
    correlative = [backend.service for backend in entry.backends]
    return json.dumps({"correlative": correlative, "endpoints": {"items": items}})
