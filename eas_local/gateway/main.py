"""Builds the gateway and runs it until it is told to stop."""

import asyncio
import os
import signal
import sys
from typing import TextIO

import uvloop

from eas_local.adapters import settings
from eas_local.adapters.locks import single
from eas_local.adapters.settings import Settings
from eas_local.core.errors import EasError
from eas_local.gateway.control import Control
from eas_local.gateway.front import Front
from eas_local.gateway.predict import Predict
from eas_local.gateway.services import IDLE_TO_SIDECAR, Services
from eas_local.proxy.access import AccessLog
from eas_local.proxy.endpoints import Endpoints
from eas_local.proxy.listen import lift_file_limit, listen, listen_unix
from eas_local.proxy.pool import Pool
from eas_local.proxy.server import Site

GRACE = 10.0


class Gateway:
    """The parts, joined. `start` returns when both doors are open; `told` is set when somebody wants it to end."""

    def __init__(self, options: Settings, out: TextIO) -> None:
        self._options = options
        self._log = AccessLog(out)
        self.services = Services()
        self.told = asyncio.Event()
        self._daemon = Pool(str(options.daemon_socket), IDLE_TO_SIDECAR)
        self._site = Site(Front(self.services, Predict(self.services, self._log), self._daemon))
        self._control = Site(Endpoints(Control(self.services, self.told.set)))

    async def start(self) -> int:
        """The port it listens on."""
        self.services.load(self._options.routes_file)
        public = await listen(self._site, self._options.host, self._options.port)
        try:
            control = await listen_unix(self._control, self._options.gateway_socket)
        except EasError:
            public.close()
            raise
        self._servers = (public, control)
        port: int = public.sockets[0].getsockname()[1]
        return port

    async def stop(self, grace: float = GRACE) -> None:
        """Take nobody new, let running requests end for a while, then leave."""
        for server in self._servers:
            server.close()
        self._options.gateway_socket.unlink(missing_ok=True)
        await self._control.close(grace=1)
        await self._site.close(grace)
        self._daemon.close()
        self.services.close()
        self._log.flush()


def run() -> int:
    """The exit code: 1 where it cannot start, with a sentence on stderr."""
    try:
        options = settings.load()
        os.chdir("/")  # no folder of the user's is held
        with single(options, "gateway"):
            uvloop.run(serve(options))
    except (EasError, ValueError, OSError) as error:
        print(f"eas_local.gateway: {error}", file=sys.stderr)
        return 1
    return 0


async def serve(options: Settings) -> None:
    lift_file_limit()
    gateway = Gateway(options, sys.stdout)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, gateway.told.set)
    await gateway.start()
    await gateway.told.wait()
    await gateway.stop()
