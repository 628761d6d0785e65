"""A Java processor in a container of its own, run by our host as a service's worker0 is: what goes in, and what comes out."""

import json
import select
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from docker import DockerClient
from docker.models.containers import Container
from docker.types import Mount

from eas_local.core import processor as places
from tests.processors.java.packages import Java
from tests.scenarios.calling import HOST, PATIENCE, Body, Reply, call
from tests.scenarios.eventually import eventually

LABEL = "eas.local.test"
STARTED_WITHIN = 30.0


@dataclass(frozen=True)
class JavaHost:
    """What starts one."""

    client: DockerClient
    java: Java

    @contextmanager
    def running(self, entry: str, *, mounts: Mapping[str, Path] | None = None, **variables: str) -> Iterator["Running"]:
        """`mounts`: folders and files by their place in the container, in place of the usual ones and beside them."""
        usual = {
            places.HOST: self.java.program,
            places.SETTINGS: self.java.settings,
            places.PACKAGE: self.java.package,
        }
        mounted = usual | dict(mounts or {})
        container = self.client.containers.run(
            self.java.image,
            ["/bin/sh", f"{places.HOST}/start.sh", "java"],
            environment={**_told(entry), **variables},
            mounts=[Mount(target, str(source), "bind", read_only=True) for target, source in mounted.items()],
            ports={str(port): (HOST, None) for port in (places.PORT, places.READY_PORT)},
            labels=[LABEL],
            init=True,
            detach=True,
        )
        try:
            yield Running(container)
        finally:
            container.remove(force=True, v=True)

    def ended(self, entry: str, **options: Any) -> tuple[int, str]:
        """Its exit code and the last line of its log, of one that does not get far."""
        with self.running(entry, **options) as host:
            return host.ended()


@dataclass(frozen=True)
class Running:
    container: Container

    def call(self, body: Body = None, path: str = "/", method: str = "POST") -> Reply:
        return call(self._port(places.PORT), path, method=method, body=body)

    def begin(self, body: bytes) -> HTTPConnection:
        """A request whose answer is waited for later."""
        return _begun(self._port(places.PORT), body)

    def dial(self) -> socket.socket:
        return socket.create_connection((HOST, self._port(places.PORT)), timeout=PATIENCE)

    def readiness(self) -> Reply:
        """As soon as the question is answered."""
        with closing(self.asked()) as connection:
            return read(connection)

    def asked(self) -> HTTPConnection:
        """Whether it is ready; the answer is waited for later. The port is open before any of the user's code runs."""
        self.says("rpc binds")
        return _begun(self._port(places.READY_PORT))

    def log(self) -> str:
        return str(self.container.logs().decode())

    def says(self, text: str, times: int = 1) -> None:
        """Waits until its log has this, which the engine has a moment later than the caller an answer."""
        eventually(lambda: self.log().count(text) >= times, within=STARTED_WITHIN, what=f'"{text}" in the log')

    def ended(self) -> tuple[int, str]:
        code = self.container.wait(timeout=STARTED_WITHIN)["StatusCode"]
        return int(code), self.log().splitlines()[-1]

    def _port(self, inside: int) -> int:
        self.container.reload()
        return int(self.container.ports[f"{inside}/tcp"][0]["HostPort"])


def read(connection: HTTPConnection) -> Reply:
    response: HTTPResponse = connection.getresponse()
    return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


def is_answered(connection: HTTPConnection) -> bool:
    """Whether there is anything to read of an answer by now."""
    return bool(select.select([connection.sock], [], [], 0.1)[0])


def _begun(port: int, body: bytes | None = None) -> HTTPConnection:
    connection = HTTPConnection(HOST, port, timeout=PATIENCE)
    connection.request("POST" if body else "GET", "/", body)
    return connection


def _told(entry: str) -> dict[str, str]:
    told = {"PORT": places.PORT, "READY_PORT": places.READY_PORT, "ENTRY": entry, "MODEL": places.MODEL}
    return {f"EAS_HOST_{name}": str(value) for name, value in told.items()}


def of_json(reply: Reply) -> Any:
    assert reply.headers["content-type"] == "application/json"
    return json.loads(reply.body)
