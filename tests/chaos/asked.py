"""One service, and what has been asked of it last: the state it must come to, whatever is killed on the way."""

import json
from collections.abc import Callable
from typing import TypeVar

from eas_local.adapters.door import DaemonDown
from eas_local.client import Client
from tests.scenarios.documents import PORT, Json, a_container, a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.engine import connected
from tests.scenarios.eventually import eventually

T = TypeVar("T")

PATIENCE = 5
SICK = "MEMORY.extend(range(1, 5))"
"""Has as many of its liveness checks fail; two of them are enough."""


def document(name: str, instances: int, version: int, threads: int) -> Json:
    often = {"initial_delay_seconds": 1, "period_seconds": 1, "failure_threshold": 2, "timeout_seconds": 20}
    alive = {"http_get": {"path": "/ready", "port": PORT}, **often}
    container = a_container(liveness_check=alive, env=[{"name": "VERSION", "value": str(version)}])
    return a_document(
        name,
        container,
        instance=instances,
        storage=[{"mount_path": "/scratch", "empty_dir": {}}],
        metadata={"rpc": {"worker_threads": threads}},
    )


class Asked:
    """`replicas`, `version` and `threads` are those asked for last; without replicas it is stopped, and `there` tells
    whether it exists at all. Each method asks for something, and returns before it is carried out."""

    def __init__(self, emulator: Emulator, client: Client, name: str) -> None:
        self.emulator = emulator
        self.client = client
        self.name = name
        self.there = False
        self.replicas = 0
        self.version = 1
        self.threads = 100
        self.service = Service(emulator, name, "")

    def presence(self) -> None:
        """It is there and runs."""
        if not self.there:
            self.create(1)
        self.start()

    def create(self, instances: int) -> None:
        self.there, self.replicas = True, instances
        eventually(lambda: not self._told(self._exists), within=30, what=f"the end of the earlier {self.name}")
        self._told(self._create)
        self.service = Service(self.emulator, self.name, self._token())

    def absence(self) -> None:
        self.there, self.replicas = False, 0
        self._told(lambda: self._exists() and self.client.delete(self.name))

    def stop(self) -> None:
        self.presence()
        self.replicas = 0
        self._told(lambda: self.client.stop(self.name))

    def start(self) -> None:
        if not self.replicas:
            self.replicas = 1
            self._told(lambda: self.client.start(self.name))

    def as_it_is(self) -> None:
        """Nothing is asked of it."""

    def instances(self, number: int) -> None:
        if number != self.replicas:
            self.replicas = number
            self._told(lambda: self.client.scale(self.name, number))

    def other_limits(self) -> None:
        self.threads += 1
        self._update({"metadata": {"rpc": {"worker_threads": self.threads}}})

    def another_version(self) -> None:
        self.version += 1
        self._update({"containers": document(self.name, 1, self.version, self.threads)["containers"]})

    def soft_restart(self) -> None:
        self.client.restart_softly(self.name, self.client.instances(self.name)[0]["InstanceName"])

    def sickness(self) -> None:
        self.service.ask(SICK)

    def death_of_a_worker(self) -> None:
        self._kill("worker")

    def death_of_a_sandbox(self) -> None:
        self._kill("sandbox")

    def _update(self, part: Json) -> None:
        self._told(lambda: self.client.update(self.name, json.dumps(part)))

    def _create(self) -> None:
        if not self._exists():
            made = document(self.name, self.replicas, self.version, self.threads)
            self.client.create(json.dumps(made), str(self.emulator.work))

    def _token(self) -> str:
        return str(self._told(lambda: self.client.describe(self.name))["AccessToken"])

    def _exists(self) -> bool:
        return self.name in {service["ServiceName"] for service in self.client.services()}

    def _told(self, ask: Callable[[], T]) -> T:
        """The answer. A daemon that dies before it has given it is started again and asked again."""
        for _ in range(PATIENCE):
            try:
                return ask()
            except DaemonDown:
                self.emulator.run("ls", status=None)
        return ask()

    def _kill(self, role: str) -> None:
        labels = [f"eas.local.owner={self.emulator.owner}", f"eas.local.service={self.name}", f"eas.local.role={role}"]
        with connected(self.emulator.environ.get("DOCKER_HOST")) as client:
            client.containers.list(filters={"label": labels})[0].kill()
