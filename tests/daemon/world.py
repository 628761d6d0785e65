"""A daemon's control plane over fakes, with nobody behind it: tests say what the reconciler saw."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from uvicorn.server import ServerState

from eas_local.adapters.clock import SystemClock
from eas_local.adapters.settings import Settings
from eas_local.core import status
from eas_local.core.desired import Desired
from eas_local.core.instance import Instance
from eas_local.core.pod import ContainerSpec, PodIdentity, SandboxSpec
from eas_local.core.status import Snapshot, Trouble
from eas_local.core.streams import KeptRun, LogLine
from eas_local.daemon.app import create_app
from eas_local.daemon.board import Board
from eas_local.daemon.diagnoses import Diagnoses
from eas_local.daemon.plane import Plane
from eas_local.daemon.service_logs import ServiceLogs
from eas_local.daemon.services import Services
from tests.builders import a_link
from tests.daemon.fake_store import FakeStore
from tests.fakes import FakeClock, FakeEngine, FakeGpus

TEXT = '{"metadata": {"name": "demo", "instance": 1}, "containers": [{"image": "img", "port": 8000}]}'
SETTINGS = Settings(home=Path("/home"), runtime=Path("/run"), host="127.0.0.1", port=8600)
OWNER = "0b1e4b4e-5f0c-4d7e-9b53-6a9b1f8f1d11"


class FakeRunLogs:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, str, int], list[LogLine]] = {}

    def keep(self, service: str, pod: str, container: str, attempt: int, lines: Sequence[LogLine]) -> None:
        self.kept[service, pod, container, attempt] = list(lines)

    def runs(self, service: str) -> list[KeptRun]:
        return sorted(KeptRun(*run) for name, *run in self.kept if name == service)

    def read(self, service: str, pod: str, container: str, attempt: int) -> list[LogLine]:
        return self.kept.get((service, pod, container, attempt), [])

    def forget(self, service: str) -> None:
        self.kept = {key: lines for key, lines in self.kept.items() if key[0] != service}


@dataclass
class World:
    settings: Settings = SETTINGS
    store: FakeStore = field(default_factory=FakeStore)
    board: Board = field(default_factory=Board)
    clock: FakeClock | SystemClock = field(default_factory=FakeClock)
    engine: FakeEngine = field(default_factory=FakeEngine)
    run_logs: FakeRunLogs = field(default_factory=FakeRunLogs)
    gpus: FakeGpus = field(default_factory=FakeGpus)
    woken: list[str] = field(default_factory=list)
    shutdowns: list[bool] = field(default_factory=list)
    shared: list[tuple[str, int | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.services = Services(self.store, self.board, self.clock, self.woken.append, lambda count: b"\x5c" * count)

    async def sees(self, name: str, *instances: Instance, trouble: Trouble | None = None) -> None:
        """The reconciler has looked: this is there, and what was asked for has settled once it runs."""
        want = self.store.find(name)
        seen = status.of(want, instances, trouble)
        if seen.running == want.replicas:
            want = replace(want, settled=True)
            self.store.put(want)
        await self.board.post(Snapshot(want, status.of(want, instances, trouble), instances, trouble))

    async def runs(self, name: str, pod: str = "demo-0", attempt: int = 0) -> Instance:
        """The engine runs one instance with one container, its sidecar says it is ready, and the reconciler saw it."""
        want = self.store.find(name)
        identity = PodIdentity(pod, name, 0, want.fingerprint, want.version, self.clock.now())
        await self.engine.start_sandbox(SandboxSpec(identity, "sandbox"))
        await self.engine.start(ContainerSpec(identity, pod, "worker0", attempt, "img"))
        have = [i.with_link(a_link(want, i, ready=True)) for i in await self.engine.observe(name)]
        await self.sees(name, *have)
        return have[-1]

    async def forgets(self, name: str) -> None:
        """The reconciler has carried out a deletion."""
        self.store.remove(name)
        await self.board.drop(name)

    @asynccontextmanager
    async def served(self, unix: Path | None = None) -> AsyncIterator[str]:
        """The application on a unix socket, or on a loopback port as the gateway would: yields its host:port."""
        listener = _listen(unix)
        address = "" if unix else "{}:{}".format(*listener.getsockname())
        plane = Plane(
            services=self.services,
            logs=ServiceLogs(self.services, self.engine, self.run_logs),
            diagnoses=Diagnoses(self.services, self.engine, self.run_logs, self.clock),
            engine=self.engine,
            gpus=self.gpus,
            clock=self.clock,
            settings=self.settings if unix else replace(self.settings, port=listener.getsockname()[1]),
            owner=OWNER,
            shutdown=self._shut_down,
            share=self._share,
        )
        async with _serving(create_app(plane), listener):
            yield address

    async def _share(self, want: Desired) -> None:
        self.shared.append((want.name, want.release.weight if want.release else None))

    async def _shut_down(self, purge: bool) -> None:
        self.shutdowns.append(purge)


@asynccontextmanager
async def _serving(app: FastAPI, listener: socket.socket) -> AsyncIterator[None]:
    """Uvicorn's protocol without its server, which looks only every tenth of a second whether it should end."""
    config, state = uvicorn.Config(app, lifespan="off", log_level="warning"), ServerState()
    config.load()
    server = await asyncio.get_running_loop().create_server(
        lambda: config.http_protocol_class(config=config, server_state=state, app_state={}), sock=listener
    )
    try:
        yield
    finally:
        server.close()
        for connection in list(state.connections):
            connection.shutdown()
        async with asyncio.timeout(5):
            await asyncio.gather(*state.tasks, server.wait_closed())


def _listen(unix: Path | None) -> socket.socket:
    """Listens already when it is handed over, so nobody has to wait for the server."""
    listener = socket.socket(socket.AF_UNIX) if unix else socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(str(unix) if unix else ("127.0.0.1", 0))
    listener.listen()
    return listener


def a_world(text: str | None = TEXT) -> World:
    """One in which that service has been asked for."""
    world = World()
    if text:
        world.services.create(text, "/base")
        world.woken.clear()
    return world
