"""Asks the outside for what a diagnosis needs, and has it decided.

An engine that is slow, or gone, keeps nobody waiting: what it has not said by then is not in the report.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from itertools import islice

from eas_local.core.diagnosis.evidence import (
    LINES,
    Capacity,
    Evidence,
    Program,
    concerned,
    endings,
    mended,
    telling,
    unexecuted,
)
from eas_local.core.diagnosis.report import Report
from eas_local.core.diagnosis.service import diagnose
from eas_local.core.errors import EasError, NoRoom
from eas_local.core.pace import Pace
from eas_local.core.places import pending
from eas_local.core.status import Event, Snapshot
from eas_local.core.streams import KeptRun, LogLine
from eas_local.daemon.ports import Clock, Engine, RunLogs
from eas_local.daemon.views import Views

PATIENCE = 3.0
MOST_RUNS = 10
"""So many runs are looked into; with more instances than that their reasons repeat themselves."""


class Diagnoses:
    """`pace` tells when what has ended is started again."""

    def __init__(self, views: Views, engine: Engine, run_logs: RunLogs, clock: Clock, pace: Pace = Pace()) -> None:
        self._views = views
        self._engine = engine
        self._run_logs = run_logs
        self._clock = clock
        self._pace = pace
        self._unanswered: set[asyncio.Future[Evidence]] = set()

    async def report(self, name: str, instance: str = "") -> Report:
        """Of the service, or of one of its instances. Raises NotFound."""
        seen = self._views.describe(name)
        if instance and instance not in {have.name for have in pending(seen.want, seen.instances)}:
            self._views.instance(name, instance)
        asked = [have for have in concerned(seen) if instance in {"", have.name}]
        unready = [telling(seen.want, have, run) for have in asked for run in have.currents]
        before = [ended.run for ended in mended(seen) if instance in {"", ended.run.pod}]
        report = await self._judged(seen, [*unready, *before], whole=True)
        return report.about(instance) if instance else report

    async def verdict(self, seen: Snapshot) -> Report:
        """The causes alone: only of what has ended its log is read."""
        return await self._judged(seen, [ended.run for ended in endings(seen)], whole=False)

    async def _judged(self, seen: Snapshot, runs: Iterable[KeptRun], *, whole: bool) -> Report:
        evidence = await self._answered(self._evidence(seen, list(islice(runs, MOST_RUNS)), whole=whole))
        return diagnose(seen, evidence, self._clock.now(), self._pace)

    async def _answered(self, question: Awaitable[Evidence]) -> Evidence:
        """A call to the engine cannot be taken back: one that hangs is left to its end."""
        asked = asyncio.ensure_future(question)
        self._unanswered.add(asked)
        asked.add_done_callback(self._unanswered.discard)
        await asyncio.wait([asked], timeout=PATIENCE)
        return asked.result() if asked.done() else Evidence()

    async def _evidence(self, seen: Snapshot, runs: list[KeptRun], *, whole: bool) -> Evidence:
        ids = {KeptRun(i.name, run.container, run.attempt): run.id for i in seen.instances for run in i.runs}
        suspects = [e.run for e in endings(seen) if e.run in runs and e.run in ids and unexecuted(e.last)]
        tails = await asyncio.gather(*(self._tail(seen.want.name, run, ids.get(run)) for run in runs))
        programs = await asyncio.gather(*(self._program(ids[run]) for run in suspects))
        return Evidence(
            tails=dict(zip(runs, tails, strict=True)),
            programs={run: found for run, found in zip(suspects, programs, strict=True) if found},
            capacity=await self._capacity() if whole or suspects else None,
            events=self._events(seen.want.name) if runs else (),
            gpus=self._gpus() if seen.trouble and seen.trouble.reason == NoRoom.reason else (),
        )

    async def _tail(self, service: str, run: KeptRun, run_id: str | None) -> tuple[LogLine, ...]:
        with suppress(EasError):
            if run_id and (lines := [line async for line in self._engine.logs(run_id, tail=LINES)]):
                return tuple(lines)
            return tuple(self._run_logs.read(service, run.pod, run.container, run.attempt)[-LINES:])
        return ()

    async def _program(self, run_id: str) -> Program | None:
        with suppress(EasError):
            return await self._engine.program(run_id)
        return None

    async def _capacity(self) -> Capacity | None:
        with suppress(EasError):
            return await self._engine.capacity()
        return None

    def _events(self, name: str) -> tuple[Event, ...]:
        with suppress(EasError):
            return tuple(self._views.events(name))
        return ()

    def _gpus(self) -> tuple[tuple[str, str], ...]:
        instances = [have for seen in self._views.overview() for have in seen.instances]
        return tuple((uuid, have.name) for have in instances for uuid in have.gpus)
