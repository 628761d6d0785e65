"""Looks for what no service owns: instances whose document is lost are shown, what removed pods have left is removed.

Beside the loop of the services, because a look at everything may take its time.
"""

import asyncio
import logging

from eas_local.core import orphans
from eas_local.core.errors import EasError
from eas_local.daemon.board import Board
from eas_local.daemon.ports import Engine, Store

log = logging.getLogger(__name__)

AGAIN = 1.0


class Orphans:
    def __init__(self, store: Store, board: Board, engine: Engine) -> None:
        self._store = store
        self._board = board
        self._engine = engine
        self._stirred = asyncio.Event()

    def stir(self) -> None:
        """Something may have happened to what no service owns."""
        self._stirred.set()

    async def keep_looking(self) -> None:
        """For ever, once for each stir. What a pod leaves whose removal was cut off half-way has no instance that would
        show it."""
        while await self._stirred.wait():
            self._stirred.clear()
            try:
                await self._show()
                await self._engine.remove_leftovers()
            except EasError:
                await asyncio.sleep(AGAIN)
                self._stirred.set()
            except Exception:
                log.exception("a look for orphans went wrong")

    async def _show(self) -> None:
        remembered = self._store.names()
        found = list(orphans.find(await self._engine.observe(), remembered))
        for snapshot in found:
            await self._board.post(snapshot)
        for name in self._board.names() - set(remembered) - {snapshot.want.name for snapshot in found}:
            await self._board.drop(name)
