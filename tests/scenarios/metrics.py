"""What gateway and sidecars have counted, read where an operator reads it."""

import re

import docker

from tests.scenarios.calling import call
from tests.scenarios.emulator import Service
from tests.scenarios.engine import python_inside

_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_SIDECAR = "__import__('urllib.request').request.urlopen('http://127.0.0.1:9090/metrics').read().decode()"


def of_gateway(service: Service, name: str, **labels: str) -> float:
    """The sum of one metric's samples that have these labels."""
    text = call(service.emulator.port, "/metrics").text
    return _sum(text, f"eas_gateway_{name}", {"service": service.name, **labels})


def of_sidecar(engine: docker.DockerClient, pod: str, name: str, **labels: str) -> float:
    text = python_inside(engine.containers.get(pod), _SIDECAR)
    return _sum(text, f"eas_{name}", labels)


def _sum(text: str, name: str, labels: dict[str, str]) -> float:
    found = [(dict(_LABEL.findall(pairs)), value) for named, pairs, value in _SAMPLE.findall(text) if named == name]
    return sum(float(value) for has, value in found if labels.items() <= has.items())
