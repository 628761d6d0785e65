"""What the soak is about: containers, the sidecars before them, the gateway before those, and what became of it all."""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from signal import SIGKILL, SIGTERM

from eas_local.core.routes import Backend, Endpoint, Entry
from eas_local.core.service import GatewayPolicy, Limits
from eas_local.core.wire import SidecarConfig, Target
from tests.soak.container import Container
from tests.soak.programs import Gateway, Program, Sidecar, a_gateway, a_sidecar, connections

TOKEN = "soak-token"
CALM, MANY, FEW = "calm", "many", "few"
"""Services: one that nothing is done to but new configurations, one of several instances, one with few workers."""
LIMITS = {
    CALM: Limits(keepalive=8),
    MANY: Limits(keepalive=8),
    FEW: Limits(worker_threads=2, workers_finish=True, max_queue_size=4, keepalive=8),
}
INSTANCES = {CALM: 1, MANY: 3, FEW: 1}
WORKERS = 2
AFTERMATH = 1.0
"""Seconds that a kill may still be felt after its instance is ready again."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something was done to a service on purpose, so that its clients may notice."""

    service: str
    began: float
    ended: float = float("inf")


@dataclass
class World:
    """`over`: nobody begins anything new. `seen`: outcomes by service and what was asked; `wrong`: sentences."""

    folder: Path
    seed: int
    gateway: Gateway
    sidecars: dict[str, list[Sidecar]]
    containers: list[Container]
    over: asyncio.Event = field(default_factory=asyncio.Event)
    seen: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    _troubles: dict[int, Trouble] = field(default_factory=dict)

    def random(self, name: str) -> Random:
        """Everybody has a generator of his own, so that the seed says what each will do."""
        return Random(f"{self.seed} {name}")

    async def pause(self, seconds: float) -> bool:
        """Whether to go on afterwards."""
        try:
            await asyncio.wait_for(self.over.wait(), seconds)
        except TimeoutError:
            return True
        return False

    def note(self, service: str, what: str, outcome: str) -> None:
        self.seen.setdefault((service, what), Counter())[outcome] += 1

    @contextmanager
    def trouble(self, service: str) -> Iterator[None]:
        number = len(self._troubles)
        self._troubles[number] = Trouble(service, time.monotonic())
        try:
            yield
        finally:
            self._troubles[number] = Trouble(service, self._troubles[number].began, time.monotonic() + AFTERMATH)

    def troubled(self, service: str, since: float) -> bool:
        """Whether a request that began then and ends now may have met trouble."""
        return any(one.service == service and one.ended > since for one in self._troubles.values())

    @property
    def programs(self) -> list[Program]:
        return [self.gateway.program, *(sidecar.program for sidecar in self.all_sidecars)]

    @property
    def lasting(self) -> list[Program]:
        """Those that nobody kills: the gateway, and the first instance of each service."""
        return [self.gateway.program, *(group[0].program for group in self.sidecars.values())]

    @property
    def all_sidecars(self) -> list[Sidecar]:
        return [sidecar for group in self.sidecars.values() for sidecar in group]

    @property
    def ports(self) -> set[int]:
        """Where the programs and the containers listen, the control ports apart: those are asked by ourselves."""
        return {
            self.gateway.options.port,
            *(one.traffic for one in self.all_sidecars),
            *(one.port for one in self.containers),
        }

    def entry(self, service: str, chosen: list[Sidecar], **policy: float) -> Entry:
        instances = tuple(Endpoint(one.config.pod, "127.0.0.1", one.traffic) for one in chosen)
        return Entry(service, (Backend(100, service, instances),), policy=GatewayPolicy(**policy))

    def entries(self) -> list[Entry]:
        return [self.entry(service, group) for service, group in self.sidecars.items()]

    async def restart(self, sidecar: Sidecar) -> None:
        await sidecar.program.start()
        await sidecar.ready()

    async def quiet(self) -> bool:
        return not await self.going_on()

    async def going_on(self) -> list[str]:
        """What is still going on, in words. The files come first: to ask a program for its numbers takes one more."""
        going_on = [
            f"{one.name} holds {one.files} files, {one.idle_files} when idle"
            for one in self.programs
            if one.files > one.idle_files
        ]
        if count := connections(self.ports):
            going_on.append(f"{count} connections are open")
        for name, asked in [
            ("gateway", self.gateway.busy()),
            *((one.config.pod, one.busy()) for one in self.all_sidecars),
        ]:
            gauges = await asked
            if any(gauges) or not gauges:
                going_on.append(f"{name} counts requests in flight or waiting: {gauges}")
        return going_on


@asynccontextmanager
async def a_world(seed: int) -> AsyncIterator[World]:
    """Everything is ready, and nothing is left of it afterwards."""
    with tempfile.TemporaryDirectory(prefix="eas-soak-", dir="/tmp") as name:
        folder = Path(name)
        containers = [Container() for _ in range(2 * sum(INSTANCES.values()))]
        for container in containers:
            await container.start()
        ports = iter([container.port for container in containers])
        sidecars = {
            service: [a_sidecar(folder, _config(service, number, next(ports), next(ports))) for number in range(count)]
            for service, count in INSTANCES.items()
        }
        world = World(folder, seed, a_gateway(folder, WORKERS), sidecars, containers)
        try:
            await _start(world)
            yield world
        finally:
            for program in world.programs:
                if program.alive:
                    await program.end(SIGKILL)
            for container in containers:
                await container.stop()


async def _start(world: World) -> None:
    for program in world.programs:
        await program.start()
    for sidecar in world.all_sidecars:
        await sidecar.ready()
    await world.gateway.ready()
    await world.gateway.publish(*world.entries())
    for program in world.programs:
        program.idle_files = program.files


async def stop(world: World) -> None:
    """In good order."""
    for program in world.programs:
        if code := await program.end(SIGTERM):
            world.wrong.append(f"{program.name} ended with {code}")


def _config(service: str, number: int, *ports: int) -> SidecarConfig:
    targets = tuple(Target(f"worker{place}", 0, port) for place, port in enumerate(ports))
    return SidecarConfig(f"{service}-{number}", service, "s3cret", targets, (TOKEN,), LIMITS[service])
