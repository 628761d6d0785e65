"""A daemon in virtual time over an engine, sidecars and a gateway that outlive it: it can be killed and started anew.

Its own parts are the real ones: store, services, reconciler, executor, publisher.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TypeVar

from eas_local.adapters.sqlite_store import SqliteStore
from eas_local.core.entries import inherited
from eas_local.core.instance import Instance
from eas_local.daemon.board import Board
from eas_local.daemon.executor import Executor, Outside
from eas_local.daemon.publisher import Publisher
from eas_local.daemon.reconciler import Reconciler
from eas_local.daemon.services import Services
from tests.daemon.emulator import FakeOwnership, FakePlaces, FakeRunLogs
from tests.fakes import FakeGpus, FakeSources
from tests.model.engine import Clock, SlowEngine, SlowImages
from tests.model.gateway import Gateway
from tests.model.sidecars import Lines, Sidecars

T = TypeVar("T")

LONG = 400.0
"""Longer than any back-off, pause between two tries, or grace."""


class World:
    """`promised`: how many instances of a service must get requests, come what may. `wrong`: what must never be."""

    def __init__(self, home: Path, loop: asyncio.AbstractEventLoop) -> None:
        self.home = home
        self.promised: dict[str, int] = {}
        self.wrong: list[str] = []
        self.clock = Clock(loop)
        self.sidecars = Sidecars(self.clock)
        self.engine = SlowEngine(self.clock, self.sidecars.happens, self._refuse_taken)
        self.gateway = Gateway(self._count)
        self.images = SlowImages()
        self.places = FakePlaces()
        self._random = Random(0)
        self._tasks: list[asyncio.Task[None]] = []

    async def daemon_starts(self) -> None:
        self.store = SqliteStore(self.home)
        self.board = Board()
        self.lines = Lines(self.sidecars, lambda service: self.reconciler.wake(service))  # noqa: PLW0108 - built below
        members = inherited(self.gateway.file, filter(None, map(self.store.find, self.store.names())))
        outside = Outside(
            engine=self.engine,
            images=self.images,
            places=self.places,
            sources=FakeSources(),
            gpus=FakeGpus(),
            links=self.lines,
            publisher=Publisher(self.gateway, str(self.clock.now()), members, Path("routes.json"), self.gateway.write),
            run_logs=FakeRunLogs(),
            ownership=FakeOwnership(),
            clock=self.clock,
            random=self._random.randbytes,
        )
        self.reconciler = Reconciler(self.store, self.board, outside, Executor(outside))
        self.services = Services(self.store, self.board, self.clock, self.reconciler.wake, self._random.randbytes)
        loops = (self.reconciler.run(), outside.publisher.keep_current())
        self._tasks = [asyncio.create_task(loop, name="loop") for loop in loops]

    async def daemon_dies(self) -> None:
        self.engine.abandoned = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.reconciler.close()
        await self.lines.close()
        self.store.close()
        self.engine.abandoned = False

    async def asked(self, wish: Callable[[Services], T]) -> T:
        return wish(self.services)

    async def comes_to_rest(self) -> None:
        """Nothing else happens for a long time."""
        self.engine.down = False
        if not self.gateway.up:
            self.gateway.starts()
        await asyncio.sleep(LONG)

    def pods(self, service: str) -> list[Instance]:
        """In the order of their creation, as their sidecars are now."""
        there = [pod for pod in self.engine.pods() if pod.service == service]
        return [pod.with_link(self.sidecars.find(pod.name)) for pod in sorted(there, key=lambda pod: pod.created_at)]

    def _count(self) -> None:
        for service, least in self.promised.items():
            taken = self.gateway.taken(service)
            if len(taken) < least:
                self.wrong.append(f"{service}: {taken} get requests, {least} were promised")

    def _refuse_taken(self, pod: str) -> None:
        if self.gateway.up and any(pod in self.gateway.taken(entry.name) for entry in self.gateway.routes.entries):
            self.wrong.append(f"{pod} is removed although it gets requests")
