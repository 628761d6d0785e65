"""Carries out the errands of a pod's sidecar: commands in its containers, which only the engine can run.

Nothing is remembered that matters: an errand that was not reported on is still shown by the sidecar, and is begun again by
whoever hears of it next. An engine that is away, or a run that is gone, is no failure of the container's.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence

from eas_local.core.errands import Errand, ErrandReport, Execution, failure_of
from eas_local.core.errors import EasError
from eas_local.core.instance import Instance, RunState

log = logging.getLogger(__name__)

LATEST = 64
"""Errands reported on that are remembered: the sidecar may have described itself before the report reached it."""

Execute = Callable[[str, Sequence[str], float], Awaitable[Execution]]
Report = Callable[[ErrandReport], Awaitable[None]]


class Errands:
    """Those of one pod. `execute` runs a command in a run, `report` tells the sidecar how it went."""

    def __init__(self, execute: Execute, report: Report) -> None:
        self._execute = execute
        self._report = report
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._reported: deque[str] = deque(maxlen=LATEST)

    def heed(self, instance: Instance, errands: Iterable[Errand]) -> None:
        """Begin those that are new, each in the very run it is about."""
        for errand in errands:
            run_id = _running(instance, errand)
            if run_id and errand.id not in self._under_way and errand.id not in self._reported:
                self._under_way[errand.id] = asyncio.create_task(self._carry_out(errand, run_id))

    def stop(self) -> list[asyncio.Task[None]]:
        """Give up; the answer is what comes to its end now."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        return tasks

    async def _carry_out(self, errand: Errand, run_id: str) -> None:
        now = asyncio.get_running_loop().time
        began = now()
        try:
            execution = await self._execute(run_id, errand.command, errand.within)
            took = now() - began
            await self._report(ErrandReport(errand.id, failure_of(errand.command, execution), took))
            self._reported.append(errand.id)
        except EasError as error:
            log.debug("errand for %s was not carried out: %s", errand.container, error)
        finally:
            del self._under_way[errand.id]


def _running(instance: Instance, errand: Errand) -> str | None:
    """The run that it is about, where it runs."""
    this = errand.container, errand.attempt
    return next(
        (run.id for run in instance.runs if (run.container, run.attempt) == this and run.state is RunState.RUNNING),
        None,
    )
