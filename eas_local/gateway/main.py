"""Builds the gateway and runs it until it is told to stop."""

import asyncio
import os
import signal
import socket
import sys
from argparse import SUPPRESS, ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from typing import TextIO

import uvloop

from eas_local.adapters import program_log, settings
from eas_local.adapters.heritage import Heir, claim, offer
from eas_local.adapters.launch import Program, log_of
from eas_local.adapters.locks import Held, inherited, single
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
RETIREMENT, REST = 3600.0, 2.0
# Followed by another gateway it stays as long as its clients need it; one that rests for a while needs it no more.


class Gateway:
    """The parts, joined. `start` returns when both doors are open; `told` is set when somebody wants it to end.

    `listeners` are those of a gateway that it follows.
    """

    def __init__(self, options: Settings, out: TextIO, listeners: Sequence[socket.socket] = ()) -> None:
        self._options = options
        self._follows = bool(listeners)
        alone = options.gateway_workers == 1
        self._routing: Routing = Alone(options, out, listeners) if alone else Team(options, listeners)
        self.told = asyncio.Event()
        self._control = Site(Endpoints(Control(self._routing, self.told.set)))

    async def start(self) -> int:
        """The port it listens on."""
        port = await self._routing.start()
        try:
            self._server = await listen_unix(self._control, self._options.gateway_socket, replace=self._follows)
        except EasError:
            await self._routing.stop(grace=0)
            raise
        return port

    async def followed(self, lock: Held) -> None:
        """Returns when another gateway has taken our place."""
        await offer(self._options.heir_socket, lock.file.fileno(), self._routing.listeners)
        lock.leave()

    async def stop(self, grace: float = GRACE) -> None:
        """Take nobody new, let running requests end for a while, then leave."""
        self._options.gateway_socket.unlink(missing_ok=True)
        self._options.heir_socket.unlink(missing_ok=True)
        await self.retire(grace, rest=0)

    async def retire(self, grace: float = RETIREMENT, rest: float = REST) -> None:
        """The same for one that another has followed: no client is cut off."""
        self._server.close()
        await self._control.close(grace=1)
        await self._routing.stop(grace, rest)


def run(argv: Sequence[str]) -> int:
    """The exit code: 1 where it cannot start, with a sentence on stderr."""
    try:
        args = _parser().parse_args(argv)
        options = settings.load()
        program_log.own(log_of(options, Program.GATEWAY))
        os.chdir("/")  # no folder of the user's is held
        if args.worker:
            uvloop.run(work(options, args.worker, sys.stdout))
            return 0
        if args.workers:
            options = replace(options, gateway_workers=settings.workers("--workers", args.workers))
        heir = claim(options.heir_socket) if args.follow else None
        with inherited(heir.lock) if heir else single(options, "gateway") as lock:
            uvloop.run(serve(options, lock, heir))
    except (EasError, ValueError, OSError) as error:
        print(f"eas_local.gateway: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m eas_local.gateway")
    parser.add_argument("--workers", metavar="N", help="processes that share the address")
    parser.add_argument("--follow", action="store_true", help="take the place of the gateway that runs")
    parser.add_argument("--worker", type=Place.from_json, help=SUPPRESS)
    return parser


async def serve(options: Settings, lock: Held, heir: Heir | None) -> None:
    lift_file_limit()
    gateway = Gateway(options, sys.stdout, heir.listeners if heir else ())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, gateway.told.set)
    await gateway.start()
    spare_the_collector()
    if heir:
        heir.enter()
        lock.sign(options)
    followed = asyncio.create_task(gateway.followed(lock))
    told = asyncio.create_task(gateway.told.wait())
    await asyncio.wait((followed, told), return_when=asyncio.FIRST_COMPLETED)
    if followed.done():
        await gateway.retire()
    else:
        followed.cancel()
        await gateway.stop()
