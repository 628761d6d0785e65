"""One process that is the whole gateway."""

from typing import TextIO

from eas_local.adapters.settings import Settings
from eas_local.core.routes import RouteTable
from eas_local.gateway.public import Public
from eas_local.gateway.services import Services
from eas_local.gateway.tally import Tallies


class Alone:
    def __init__(self, options: Settings, out: TextIO) -> None:
        self._options = options
        self._services = Services()
        self._public = Public(options, out, self._services)

    @property
    def table(self) -> RouteTable:
        return self._services.table

    @property
    def text(self) -> str:
        return self._services.text

    async def start(self) -> int:
        self._services.load(self._options.routes_file)
        return await self._public.listen()

    async def put(self, text: str) -> bool:
        return self._services.put(text)

    async def tallies(self) -> Tallies:
        return self._services.tallies()

    async def stop(self, grace: float) -> None:
        await self._public.close(grace)
