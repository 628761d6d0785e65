"""The C++ host as a test runs it: compiled by the local compiler, started with an environment, spoken to over sockets."""

import os
import socket
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import eas_local
from tests.scenarios.calling import Reply, call, dial
from tests.scenarios.eventually import eventually

SOURCES = sorted(Path(*eas_local.__path__, "processors", "cpp").glob("*.cpp"))
STRICT = ("-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror")
PATIENCE = 8


def compile_host(to: Path) -> Path:
    """One compiler for each file, as many at once as this machine has processors."""
    objects = [to.with_name(f"{source.stem}.o") for source in SOURCES]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = pool.map(lambda source, to: _compile(*STRICT, "-O1", "-c", source, "-o", to), SOURCES, objects)
    assert len(list(made)) == len(SOURCES)
    _compile("-pthread", *objects, "-ldl", "-o", to)
    return to


def compile_library(to: Path, source: Path, *options: str) -> Path:
    _compile("-std=c++17", "-shared", "-fPIC", "-pthread", source, "-o", to, *options)
    return to


def _compile(*words: str | Path) -> None:
    done = subprocess.run(["g++", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@dataclass
class Running:
    """A host process and those who call it."""

    process: "subprocess.Popen[bytes]"
    log: Path
    port: int
    ready_port: int
    callers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(80))

    def ready(self) -> Reply:
        """What it says on its ready port, waited for."""
        return eventually(lambda: call(self.ready_port, "/"), within=PATIENCE, what="the ready port")

    def call(self, body: bytes = b"", path: str = "/", method: str = "POST") -> Reply:
        return call(self.port, path, method=method, body=body)

    def begin(self, body: bytes) -> "Future[Reply]":
        """A call whose answer may take its time."""
        return self.callers.submit(self.call, body)

    def heard(self, sent: bytes) -> bytes:
        """Everything it says until it closes the connection, which `sent` must make it do."""
        with closing(dial(self.port)) as connection:
            connection.sendall(sent)
            return heard(connection)

    def monitor(self) -> Any:
        return self.call(path="/api/builtin/monitor").json

    @property
    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def ended(self) -> tuple[int, str]:
        """Its exit status, a signal as a negative number, and its last line."""
        return self.process.wait(PATIENCE), self.lines[-1]

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        self.callers.shutdown()


def heard(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def start(host: Path, package: Path, entry: str, ports: tuple[int, int], **variables: str) -> Running:
    """In the package's folder, where the settings lie as well."""
    port, ready_port = ports
    given = {
        "EAS_HOST_ENTRY": entry,
        "EAS_HOST_PORT": str(port),
        "EAS_HOST_READY_PORT": str(ready_port),
        "EAS_HOST_SETTINGS": str(package),
    }
    log = package / "log"
    with log.open("wb") as out:
        process = subprocess.Popen([host], cwd=package, env=given | variables, stdout=out, stderr=out)
    return Running(process, log, port, ready_port)
