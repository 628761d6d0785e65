"""How the daemon goes: with every pod taken down, and on request with everything that was ever made."""

import asyncio
import logging
from contextlib import suppress

from eas_local.core.errors import EngineDown, Unwritable
from eas_local.daemon.executor import Outside
from eas_local.daemon.ports import Store
from eas_local.daemon.reconciler import Reconciler

log = logging.getLogger(__name__)

PATIENCE = 15.0


class Departure:
    """Called with `purge`; when it returns the pods are gone, and the daemon ends soon after.

    A home that cannot be written keeps nobody from leaving: what would be written then is only for the next daemon.
    """

    def __init__(self, store: Store, reconciler: Reconciler, outside: Outside, stop: asyncio.Event) -> None:
        self._store = store
        self._reconciler = reconciler
        self._outside = outside
        self._stop = stop

    async def __call__(self, purge: bool) -> None:
        """Raises EasError where something is still there; the daemon then stays. An engine that is down runs nothing,
        so only a purge needs it."""
        try:
            await self._outside.engine.observe()
        except EngineDown as error:
            if purge:
                raise
            log.warning("%s; its containers are left as they are", error)
        else:
            await self._take_down(purge)
        asyncio.get_running_loop().call_soon(self._stop.set)

    async def _take_down(self, purge: bool) -> None:
        wanted = [want for name in self._store.names() if (want := self._store.find(name))]
        longest = max((want.service.grace for want in wanted), default=0)
        await self._reconciler.rest(longest + PATIENCE)
        if purge:
            await self._purge()
        else:
            with suppress(Unwritable):
                self._reconciler.begin_anew()
        await self._outside.engine.remove_leftovers()

    async def _purge(self) -> None:
        """What is remembered, and what no service owns any more: orphans and half-made things."""
        for name in self._store.names():
            with suppress(Unwritable):
                self._store.remove(name)
            self._outside.run_logs.forget(name)
        for instance in await self._outside.engine.observe():
            log.info("instance=%s removed with everything else", instance.name)
            await self._outside.engine.remove_pod(instance.name)
            self._outside.run_logs.forget(instance.service)
        await self._outside.images.purge()
