"""What the containers of a service wrote: from the engine while it has the run, from the kept logs after that."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from anyio import create_memory_object_stream
from anyio.streams.memory import MemoryObjectSendStream

from eas_local.core.errors import EasError
from eas_local.core.instance import Instance
from eas_local.core.status import Snapshot
from eas_local.daemon.ports import Engine, RunLogs
from eas_local.daemon.services import Services

log = logging.getLogger(__name__)

_AHEAD = 1000
MOST_LINES = 100_000
_LOOK_AGAIN = 30.0


@dataclass(frozen=True, slots=True)
class Pick:
    """Which containers are meant; empty means all. `previous`: their runs before the last restart."""

    instance: str = ""
    container: str = ""
    ip: str = ""
    previous: bool = False

    def takes(self, have: Instance) -> bool:
        return self.instance in {"", have.name} and self.ip in {"", have.sandbox.ip}


@dataclass(frozen=True, slots=True)
class Line:
    instance: str
    container: str
    at: str
    text: str

    @property
    def moment(self) -> datetime:
        """To the second, in UTC."""
        return datetime.fromisoformat(f"{self.at[:19]}Z")


@dataclass(frozen=True, slots=True)
class _Source:
    """One run of one container; `id` is None where the engine has it no more."""

    id: str | None
    instance: str
    container: str
    attempt: int


class ServiceLogs:
    def __init__(self, services: Services, engine: Engine, run_logs: RunLogs) -> None:
        self._services = services
        self._engine = engine
        self._run_logs = run_logs

    async def read(self, name: str, pick: Pick, tail: int = MOST_LINES) -> list[Line]:
        """What there is now, in the order of time; the last `tail` lines of each container."""
        sources = _sources(self._services.describe(name), pick)
        lines = [line for source in sources async for line in self._lines(name, source, tail)]
        return sorted(lines, key=lambda line: line.at)

    async def follow(self, name: str, pick: Pick, tail: int | None = None) -> AsyncIterator[Line]:
        """What there is and what comes, restarts and new instances included, until the service or the engine is gone."""
        to_us, lines = create_memory_object_stream[Line](_AHEAD)
        pump = asyncio.create_task(self._pump(name, pick, tail, to_us), name=f"follow {name}")
        try:
            with lines:
                async for line in lines:
                    yield line
        finally:
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump

    async def _pump(self, name: str, pick: Pick, tail: int | None, lines: MemoryObjectSendStream[Line]) -> None:
        with lines:
            try:
                async with asyncio.TaskGroup() as group:
                    await self._follow_runs(name, pick, tail, lines, group)
            except* EasError as gone:
                log.info("service=%s logs are followed no longer: %s", name, gone.exceptions[0])

    async def _follow_runs(
        self, name: str, pick: Pick, tail: int | None, lines: MemoryObjectSendStream[Line], group: asyncio.TaskGroup
    ) -> None:
        """For ever: each run that turns up is copied from its first line on, those that are there at first from `tail`."""
        followed: set[_Source] = set()
        seen = self._services.describe(name)
        while True:
            for source in _sources(seen, pick):
                if source not in followed:
                    followed.add(source)
                    group.create_task(self._copy(name, source, tail, lines))
            tail = None
            seen = await self._services.changed(name, seen.seq, _LOOK_AGAIN)

    async def _copy(self, name: str, source: _Source, tail: int | None, lines: MemoryObjectSendStream[Line]) -> None:
        async for line in self._lines(name, source, tail, follow=True):
            await lines.send(line)

    async def _lines(
        self, name: str, source: _Source, tail: int | None, *, follow: bool = False
    ) -> AsyncIterator[Line]:
        if source.id is not None:
            async for line in self._engine.logs(source.id, follow=follow, tail=tail):
                yield Line(source.instance, source.container, line.at, line.text)
            return
        kept = self._run_logs.read(name, source.instance, source.container, source.attempt)
        for line in kept if tail is None else kept[max(len(kept) - tail, 0) :]:
            yield Line(source.instance, source.container, line.at, line.text)


def _sources(seen: Snapshot, pick: Pick) -> list[_Source]:
    return [source for have in seen.instances if pick.takes(have) for source in _sources_of(have, pick)]


def _sources_of(have: Instance, pick: Pick) -> Iterator[_Source]:
    ids = {(run.container, run.attempt): run.id for run in have.runs}
    for run in have.currents:
        attempt = run.attempt - pick.previous
        if attempt >= 0 and pick.container in {"", run.container}:
            yield _Source(ids.get((run.container, attempt)), have.name, run.container, attempt)
