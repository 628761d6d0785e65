"""The daemon's loop among fakes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count

from eas_local.core.desired import Desired
from eas_local.core.entries import Member
from eas_local.core.errors import DiskFull
from eas_local.core.pod import Bind
from eas_local.core.status import Snapshot
from eas_local.daemon.board import Board
from eas_local.daemon.executor import Executor, Outside
from eas_local.daemon.reconciler import Reconciler
from tests.daemon.fake_links import FakeLinks
from tests.daemon.fake_store import FakeStore
from tests.fakes import FakeClock, FakeEngine, FakeGpus, FakeImages, FakeSources

WITHIN = 5.0


@dataclass
class FakePlaces:
    missing: Exception | None = None

    def binds(self, want: Desired) -> tuple[Bind, ...]:
        if self.missing:
            raise self.missing
        return ()

    def image(self, want: Desired, image: str) -> str:
        return image


@dataclass
class FakePublisher:
    brought: dict[str, Member | None] = field(default_factory=dict)
    holds: list[float] = field(default_factory=list)

    async def publish(self, service: str, brought: Member | None) -> None:
        self.brought[service] = brought
        self.holds.append(brought.hold if brought else 0)


@dataclass
class FakeRunLogs:
    kept: dict[tuple[str, str, int], list[str]] = field(default_factory=dict)
    full: bool = False

    def keep(self, service, pod, container, attempt, lines):
        if self.full:
            raise DiskFull("the disk is full")
        self.kept[service, container, attempt] = [line.text for line in lines]

    def runs(self, service):
        return []

    def read(self, service, pod, container, attempt):
        return []

    def forget(self, service):
        self.kept = {key: lines for key, lines in self.kept.items() if key[0] != service}


@dataclass
class FakeOwnership:
    since: list[float] = field(default_factory=list)

    async def give_back(self, binds, since):
        self.since.append(since)


@dataclass
class Emulator:
    clock: FakeClock = field(default_factory=FakeClock)
    store: FakeStore = field(default_factory=FakeStore)
    images: FakeImages = field(default_factory=FakeImages)
    places: FakePlaces = field(default_factory=FakePlaces)
    sources: FakeSources = field(default_factory=FakeSources)
    gpus: FakeGpus = field(default_factory=FakeGpus)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    run_logs: FakeRunLogs = field(default_factory=FakeRunLogs)
    ownership: FakeOwnership = field(default_factory=FakeOwnership)
    hold: float = 0

    def __post_init__(self) -> None:
        self.engine = FakeEngine(self.clock)
        self.links = FakeLinks(self.engine)
        numbers = count()
        self.outside = Outside(
            engine=self.engine,
            images=self.images,
            places=self.places,
            sources=self.sources,
            gpus=self.gpus,
            links=self.links,
            publisher=self.publisher,
            run_logs=self.run_logs,
            ownership=self.ownership,
            clock=self.clock,
            random=lambda size: next(numbers).to_bytes(size, "little"),
        )
        self.begin_anew()

    def begin_anew(self) -> None:
        """Another daemon, where the one before it has ended without a word."""
        self.board = Board()
        self.reconciler = Reconciler(self.store, self.board, self.outside, Executor(self.outside), hold=self.hold)

    def want(self, desired: Desired) -> None:
        """As the API does: stored, woken, answered at once."""
        self.clock.advance(1)
        self.store.put(replace(desired, updated_at=self.clock.now()))
        self.reconciler.wake(desired.name)

    def change(self, name: str, **changes: object) -> None:
        found = self.store.find(name)
        assert found
        self.want(replace(found, settled=False, **changes))

    def later(self, seconds: float, name: str = "demo") -> None:
        self.clock.advance(seconds)
        self.reconciler.wake(name)

    async def until(self, check: Callable[[Snapshot | None], object], name: str = "demo") -> Snapshot | None:
        """The first snapshot of the service that passes."""
        async with asyncio.timeout(WITHIN):
            seen = self.board.find(name)
            while not check(seen):
                seen = await self.board.changed(name, seen.seq if seen else 0, WITHIN)
        return seen

    async def state(self, state: str, name: str = "demo") -> Snapshot:
        seen = await self.until(lambda seen: seen is not None and seen.status.state == state, name)
        assert seen
        return seen

    async def gone(self, name: str = "demo") -> None:
        await self.until(lambda seen: seen is None, name)

    @property
    def routed(self) -> list[str]:
        """The instances that get requests."""
        return [end.uid for member in self.publisher.brought.values() if member for end in member.instances]


@asynccontextmanager
async def running(emulator: Emulator) -> AsyncIterator[Emulator]:
    loop = asyncio.create_task(emulator.reconciler.run())
    try:
        yield emulator
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        await emulator.reconciler.close()
