"""The control socket, for this user's programs only: routes in, health and counts out, and the wish to end."""

import os
import socket
from collections.abc import Callable, Sequence
from typing import Protocol

from eas_local import __version__
from eas_local.core import replies
from eas_local.core.replies import Reply
from eas_local.core.routes import RouteTable
from eas_local.gateway.front import metrics
from eas_local.gateway.tally import Tallies
from eas_local.proxy.endpoints import Call, json_reply


class Routing(Protocol):
    """Whoever answers at the public address: this process alone, or a team of workers."""

    @property
    def table(self) -> RouteTable:
        """The one in force."""

    @property
    def text(self) -> str:
        """The table as it came."""

    @property
    def listeners(self) -> Sequence[socket.socket]:
        """Those of the public address, once it has started."""

    async def start(self) -> int:
        """The port it listens on."""

    async def put(self, text: str) -> bool:
        """Returns when every request is routed by it; False for an older table. Raises ValueError where it is none."""

    async def tallies(self) -> Tallies: ...

    async def stop(self, grace: float, rest: float = 0) -> None:
        """Take nobody new, let running requests end for `grace` seconds, clients between two requests rest for `rest`
        seconds, then leave."""


class Control:
    def __init__(self, routing: Routing, stop: Callable[[], None]) -> None:
        self._routing = routing
        self._stop = stop

    async def __call__(self, call: Call) -> Reply:
        match call.method, call.path:
            case "PUT", "/v1/routes":
                return await self._put(call.body)
            case "GET", "/v1/routes":
                return Reply(200, self._routing.text.encode(), "application/jsonl")
            case "GET", "/v1/health":
                return json_reply({"pid": os.getpid(), "version": __version__})
            case "GET", "/metrics":
                return metrics(await self._routing.tallies())
            case "POST", "/v1/stop":
                self._stop()
                return json_reply({})
            case _:
                return replies.NOT_FOUND

    async def _put(self, body: bytes) -> Reply:
        """What is in force afterwards; 409 where that is a newer table."""
        try:
            applied = await self._routing.put(body.decode())
        except ValueError as error:
            return Reply(400, str(error).encode())
        table = self._routing.table
        return json_reply({"epoch": table.epoch, "n": table.n}, 200 if applied else 409)
