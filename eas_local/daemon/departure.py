"""How the daemon goes: with every pod taken down, and on request with everything that was ever made."""

import asyncio
import logging
from contextlib import suppress

from eas_local.core.errors import NotFound
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
        """Raises EasError where the engine does not let go of something; the daemon then stays."""
        wanted = [seen.want for seen in self._services.overview()]
        longest = max((want.service.grace for want in wanted), default=0)
        if purge:
            for want in wanted:
                with suppress(NotFound):
                    self._services.delete(want.name)
        await self._reconciler.rest(longest + PATIENCE)
        if purge:
            await self._purge()
        asyncio.get_running_loop().call_soon(self._stop.set)

    async def _purge(self) -> None:
        """What no service owns any more: orphans, half-made things, networks."""
        engine = self._outside.engine
        for instance in await engine.observe():
            log.info("instance=%s removed with everything else", instance.name)
            await engine.remove_pod(instance.name)
        await self._outside.images.purge()
        await engine.remove_leftovers()
