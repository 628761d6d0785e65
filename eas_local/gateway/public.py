"""What one process needs to answer at the public address."""

import asyncio
import socket
from collections.abc import Iterable
from typing import TextIO

from eas_local.adapters.settings import Settings
from eas_local.gateway.front import Front
from eas_local.gateway.pools import IDLE_TO_SIDECAR
from eas_local.gateway.predict import Predict
from eas_local.gateway.services import Services
from eas_local.proxy.access import AccessLog
from eas_local.proxy.listen import listen_on
from eas_local.proxy.pool import Pool
from eas_local.proxy.server import Site


class Public:
    """`parent` leads to the process that knows what all workers have counted, where there are several."""

    def __init__(self, options: Settings, out: TextIO, services: Services, parent: Pool | None = None) -> None:
        self._options = options
        self._services = services
        self._log = AccessLog(out, options.log_format)
        self._daemon = Pool(str(options.daemon_socket), IDLE_TO_SIDECAR)
        predict = Predict(services, self._log, options.gateway_timeout)
        self._site = Site(Front(services, predict, self._daemon, parent), predict.unreadable)
        self._servers: list[asyncio.Server] = []

    async def listen_on(self, sockets: Iterable[socket.socket]) -> None:
        self._servers.extend([await listen_on(self._site, one) for one in sockets])

    def close_doors(self) -> None:
        for server in self._servers:
            server.close()

    async def close(self, grace: float, rest: float = 0) -> None:
        """Take nobody new, let running requests end for a while, then leave. With `rest`, requests that are held are
        among them."""
        self.close_doors()
        if not rest:
            self._services.dismiss()
        await self._site.close(grace, rest)
        self._daemon.close()
        self._services.close()
        self._log.flush()
