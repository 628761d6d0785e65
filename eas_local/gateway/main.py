"""Builds the gateway and runs it until it is told to stop."""

import asyncio
import os
import signal
import sys
from argparse import SUPPRESS, ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from typing import TextIO

import uvloop

from eas_local.adapters import settings
from eas_local.adapters.locks import single
from eas_local.adapters.settings import Settings
from eas_local.core.errors import EasError
from eas_local.gateway.alone import Alone
from eas_local.gateway.control import Control, Routing
from eas_local.gateway.team import Team
from eas_local.gateway.worker import Place, work
from eas_local.proxy.endpoints import Endpoints
from eas_local.proxy.listen import lift_file_limit, listen_unix, spare_the_collector
from eas_local.proxy.server import Site

GRACE = 10.0


class Gateway:
    """The parts, joined. `start` returns when both doors are open; `told` is set when somebody wants it to end."""

    def __init__(self, options: Settings, out: TextIO) -> None:
        self._options = options
        self._routing: Routing = Alone(options, out) if options.gateway_workers == 1 else Team(options)
        self.told = asyncio.Event()
        self._control = Site(Endpoints(Control(self._routing, self.told.set)))

    async def start(self) -> int:
        """The port it listens on."""
        port = await self._routing.start()
        try:
            self._server = await listen_unix(self._control, self._options.gateway_socket)
        except EasError:
            await self._routing.stop(grace=0)
            raise
        return port

    async def stop(self, grace: float = GRACE) -> None:
        """Take nobody new, let running requests end for a while, then leave."""
        self._server.close()
        self._options.gateway_socket.unlink(missing_ok=True)
        await self._control.close(grace=1)
        await self._routing.stop(grace)


def run(argv: Sequence[str]) -> int:
    """The exit code: 1 where it cannot start, with a sentence on stderr."""
    try:
        args = _parser().parse_args(argv)
        options = settings.load()
        os.chdir("/")  # no folder of the user's is held
        if args.worker:
            uvloop.run(work(options, args.worker, sys.stdout))
            return 0
        if args.workers:
            options = replace(options, gateway_workers=settings.workers("--workers", args.workers))
        with single(options, "gateway"):
            uvloop.run(serve(options))
    except (EasError, ValueError, OSError) as error:
        print(f"eas_local.gateway: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m eas_local.gateway")
    parser.add_argument("--workers", metavar="N", help="processes that share the address")
    parser.add_argument("--worker", type=Place.from_json, help=SUPPRESS)
    return parser


async def serve(options: Settings) -> None:
    lift_file_limit()
    gateway = Gateway(options, sys.stdout)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, gateway.told.set)
    await gateway.start()
    spare_the_collector()
    await gateway.told.wait()
    await gateway.stop()
