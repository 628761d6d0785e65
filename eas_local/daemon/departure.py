"""How the daemon goes: with every pod taken down, and on request with everything that was ever made."""

import asyncio
import logging

from eas_local.core.desired import Goal
from eas_local.core.errors import EngineDown
from eas_local.daemon.executor import Outside
from eas_local.daemon.reconciler import Reconciler
from eas_local.daemon.services import Services

log = logging.getLogger(__name__)

PATIENCE = 15.0


class Departure:
    """Called with `purge`; when it returns the pods are gone, and the daemon ends soon after."""

    def __init__(self, services: Services, reconciler: Reconciler, outside: Outside, stop: asyncio.Event) -> None:
        self._services = services
        self._reconciler = reconciler
        self._outside = outside
        self._stop = stop

    async def __call__(self, purge: bool) -> None:
        """Raises EasError where something is still there; the daemon then stays. An engine that is down runs nothing,
        so only a purge needs it."""
        if purge or await self._engine_answers():
            await self._take_down(purge)
        asyncio.get_running_loop().call_soon(self._stop.set)

    async def _engine_answers(self) -> bool:
        try:
            await self._outside.engine.observe()
        except EngineDown as error:
            log.warning("%s; its containers are left as they are", error)
            return False
        return True

    async def _take_down(self, purge: bool) -> None:
        wanted = [seen.want for seen in self._services.overview()]
        for want in wanted if purge else ():
            if want.goal is not Goal.DELETE:
                self._services.delete(want.name)
        longest = max((want.service.grace for want in wanted), default=0)
        await self._reconciler.rest(longest + PATIENCE)
        if purge:
            await self._purge()
        await self._outside.engine.remove_leftovers()

    async def _purge(self) -> None:
        """What no service owns any more: orphans and half-made things."""
        engine = self._outside.engine
        for instance in await engine.observe():
            log.info("instance=%s removed with everything else", instance.name)
            await engine.remove_pod(instance.name)
        await self._outside.images.purge()
