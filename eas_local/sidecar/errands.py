"""What the sidecar cannot do itself and waits for: commands in the containers of its pod.

While nobody carries them out they stand as they are: no time counts against a container because of that.
"""

import asyncio
from collections.abc import Callable
from secrets import token_hex

from eas_local.core.errands import Errand, ErrandReport
from eas_local.core.probe import Outcome
from eas_local.core.service import Check, Exec
from eas_local.core.wire import Target


class Errands:
    """`changed` is called when one is added or taken off."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._open: dict[Errand, asyncio.Future[ErrandReport]] = {}

    @property
    def due(self) -> tuple[Errand, ...]:
        return tuple(self._open)

    async def outcome(self, target: Target, check: Check, method: Exec) -> Outcome:
        """Have a check run by somebody else. It is given up with whoever waits for it."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        report = await self._report(Errand(token_hex(8), target.name, target.attempt, method.command, check.timeout))
        return Outcome(report.failure, waited=max(loop.time() - asked - report.took, 0))

    def settle(self, report: ErrandReport) -> None:
        """A report on an errand that is no more is dropped."""
        for errand, waiting in self._open.items():
            if errand.id == report.errand and not waiting.done():
                waiting.set_result(report)

    async def _report(self, errand: Errand) -> ErrandReport:
        self._open[errand] = asyncio.get_running_loop().create_future()
        self._changed()
        try:
            return await self._open[errand]
        finally:
            del self._open[errand]
            self._changed()
