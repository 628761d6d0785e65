"""One process that is the whole gateway."""

import asyncio
import socket
from collections.abc import Sequence
from typing import TextIO

from eas_local.adapters.settings import Settings
from eas_local.core.routes import RouteTable
from eas_local.gateway.public import Public
from eas_local.gateway.services import Services
from eas_local.gateway.tally import Tallies
from eas_local.proxy.listen import sole

LOOK_AGAIN = 0.5


class Alone:
    """`listeners` are those of a gateway that it follows."""

    def __init__(self, options: Settings, out: TextIO, listeners: Sequence[socket.socket] = ()) -> None:
        self._options = options
        self._services = Services()
        self._public = Public(options, out, self._services)
        self.listeners = listeners

    @property
    def table(self) -> RouteTable:
        return self._services.table

    @property
    def text(self) -> str:
        return self._services.text

    async def start(self) -> int:
        self._services.load(self._options.routes_file)
        self.listeners = self.listeners or sole(self._options.host, self._options.port)
        await self._public.listen_on(self.listeners)
        port: int = self.listeners[0].getsockname()[1]
        return port

    async def put(self, text: str) -> bool:
        return self._services.put(text)

    async def tallies(self) -> Tallies:
        return self._services.tallies()

    async def stop(self, grace: float, rest: float = 0) -> None:
        following = asyncio.create_task(self._follow_routes())
        await self._public.close(grace, rest)
        following.cancel()

    async def _follow_routes(self) -> None:
        """For ever: the daemon tells somebody else now."""
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            self._services.load(self._options.routes_file)
