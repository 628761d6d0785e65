"""What the containers of a service wrote: from the engine while it has the run, from the kept logs after that."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from anyio import create_memory_object_stream
from anyio.streams.memory import MemoryObjectSendStream

from eas_local.core.errors import EasError, NotFound
from eas_local.core.instance import Instance
from eas_local.core.status import Snapshot
from eas_local.core.streams import KeptRun, LogLine
from eas_local.daemon.ports import Engine, RunLogs
from eas_local.daemon.services import Services

log = logging.getLogger(__name__)

_AHEAD = 1000
MOST_LINES = 100_000
_FIRST_LOOK = 3.0
_LOOK_AGAIN = 30.0

Runs = Mapping[KeptRun, str]
"""Every run that has a log, with its id in the engine; none where the engine has it no more."""


@dataclass(frozen=True, slots=True)
class Pick:
    """Which runs are meant; empty means all instances, or containers. Of each container it is the latest run, with
    `previous` the one before that, with `restart` the one of this number."""

    instance: str = ""
    container: str = ""
    ip: str = ""
    previous: bool = False
    restart: int | None = None

    def of(self, runs: Runs, have: Sequence[Instance]) -> list[KeptRun]:
        pods = self._pods(runs, have)
        meant = [run for run in sorted(runs) if run.pod in pods and self.container in {"", run.container}]
        latest = {(run.pod, run.container): run.attempt for run in meant}
        return [run for run in meant if run.attempt == self._number(latest[run.pod, run.container])]

    def takes(self, later: KeptRun) -> bool:
        """Whether a run that has turned up since is meant as well."""
        named = self.instance in {"", later.pod} and self.container in {"", later.container}
        return named and self.restart in {None, later.attempt}

    def _pods(self, runs: Runs, have: Sequence[Instance]) -> set[str]:
        """Of instances that are gone only the one that is named; all of them where none is there."""
        if self.ip:
            return {i.name for i in have if i.sandbox.ip == self.ip and self.instance in {"", i.name}}
        if self.instance:
            return {self.instance}
        return {i.name for i in have} or {run.pod for run in runs}

    def _number(self, latest: int) -> int:
        return latest - self.previous if self.restart is None else self.restart


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


class ServiceLogs:
    def __init__(self, services: Services, engine: Engine, run_logs: RunLogs) -> None:
        self._services = services
        self._engine = engine
        self._run_logs = run_logs

    async def read(self, name: str, pick: Pick, tail: int = MOST_LINES) -> list[Line]:
        """What there is now, in the order of time; the last `tail` lines of each run."""
        seen = await self._look(name)
        runs = self._runs(seen)
        lines = [
            line for run in pick.of(runs, seen.instances) async for line in self._lines(name, run, runs[run], tail)
        ]
        return sorted(lines, key=lambda line: line.at)

    async def expect(self, name: str, pick: Pick) -> None:
        """Raises NotFound, with what there is, where nothing was picked."""
        seen = await self._look(name)
        runs = self._runs(seen)
        if not pick.of(runs, seen.instances):
            raise NotFound(f'there is no such log of service "{name}"; there are {_listed(runs) or "none yet"}')

    async def follow(self, name: str, pick: Pick, tail: int | None) -> AsyncIterator[Line]:
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
        """For ever: those that are meant now from `tail` on, then each run that turns up from its first line on."""
        seen = await self._look(name)
        known = runs = self._runs(seen)
        for run in pick.of(runs, seen.instances):
            group.create_task(self._copy(name, run, runs[run], tail, lines))
        while True:
            seen = await self._services.changed(name, seen.seq, _LOOK_AGAIN)
            runs = self._runs(seen)
            for run in filter(pick.takes, sorted(runs.keys() - known.keys())):
                group.create_task(self._copy(name, run, runs[run], None, lines))
            known = {**known, **runs}

    async def _copy(
        self, name: str, run: KeptRun, run_id: str, tail: int | None, lines: MemoryObjectSendStream[Line]
    ) -> None:
        async for line in self._lines(name, run, run_id, tail, follow=True):
            await lines.send(line)

    async def _lines(
        self, name: str, run: KeptRun, run_id: str, tail: int | None, *, follow: bool = False
    ) -> AsyncIterator[Line]:
        """The engine gives none of a run that has been stored since the look."""
        silent = True
        if run_id:
            async for line in self._engine.logs(run_id, follow=follow, tail=tail):
                silent = False
                yield _line(run, line)
        if silent:
            kept = self._run_logs.read(name, run.pod, run.container, run.attempt)
            for line in kept if tail is None else kept[max(len(kept) - tail, 0) :]:
                yield _line(run, line)

    async def _look(self, name: str) -> Snapshot:
        """A daemon that has just begun has not looked yet, and instances that are not seen are not gone."""
        seen = self._services.describe(name)
        return seen if seen.seq else await self._services.changed(name, 0, _FIRST_LOOK)

    def _runs(self, seen: Snapshot) -> Runs:
        kept = dict.fromkeys(self._run_logs.runs(seen.want.name), "")
        return kept | {KeptRun(i.name, run.container, run.attempt): run.id for i in seen.instances for run in i.runs}


def _line(run: KeptRun, line: LogLine) -> Line:
    return Line(run.pod, run.container, line.at, line.text)


def _listed(runs: Runs) -> str:
    numbers: dict[str, list[str]] = {}
    for run in sorted(runs):
        numbers.setdefault(f"{run.pod}/{run.container}", []).append(str(run.attempt))
    return "; ".join(f"{where} --restart {', '.join(restarts)}" for where, restarts in numbers.items())
