"""Where clients' connections come in: what those of one port share, how long they may rest, and how they end together.

A handler is called with each `Request` as soon as its head is there, and never from inside the parser.
"""

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from secrets import token_hex

from eas_local.proxy.connection import Connection
from eas_local.proxy.departures import LEFT, Departures
from eas_local.proxy.request import Request

IDLE = 75.0
SWEEP = 5.0
# Nobody may hold a connection for longer without a whole head, between two requests or at the first one.


def unheard(request_id: str, code: int, sent: int) -> None:
    """Nobody asks."""


class Site:
    """What the connections of one port share: who answers, who is there, and whether we are `closing`, or `leaving`: then
    answers say that they are the last on their connection.

    `refused` learns of requests that were answered here because they could not be read, by id, status and the answer's bytes.
    """

    def __init__(self, handle: Callable[[Request], None], refused: Callable[[str, int, int], None] = unheard) -> None:
        self.handle = handle
        self.refused = refused
        self.closing = self.leaving = False
        self.connections: set[Connection] = set()
        self.departures = Departures(LEFT)
        self._ids = token_hex(10), count()
        self._empty = asyncio.Event()
        self._sweeper: asyncio.TimerHandle | None = None

    def __call__(self) -> Connection:
        return Connection(self)

    def new_id(self) -> str:
        """32 hexadecimal characters that no other request has."""
        process, numbers = self._ids
        return f"{process}{next(numbers):012x}"

    def add(self, connection: Connection) -> None:
        self.connections.add(connection)
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(SWEEP, self._sweep)

    def remove(self, connection: Connection) -> None:
        self.connections.discard(connection)
        if not self.connections:
            self._empty.set()

    async def close(self, grace: float, rest: float = 0) -> None:
        """Let running requests end, for at most `grace` seconds; then no connection is left. On one between two requests
        the next may be on its way: it is closed after `rest` seconds."""
        if rest:
            await self._let_leave(grace, rest)
        self.closing = True
        self._close_idle(since=math.inf)
        if self.connections:
            self._empty.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), grace)
        for connection in tuple(self.connections):
            connection.abort()
        if self._sweeper:
            self._sweeper.cancel()

    async def _let_leave(self, within: float, rest: float) -> None:
        self.leaving = True
        time = asyncio.get_running_loop().time
        deadline = time() + within
        while self.connections and time() < deadline:
            self._empty.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), min(rest, deadline - time()))
            self._close_idle(since=time() - rest)

    def _sweep(self) -> None:
        self._sweeper = None
        loop = asyncio.get_running_loop()
        self._close_idle(since=loop.time() - IDLE)
        if self.connections:
            self._sweeper = loop.call_later(SWEEP, self._sweep)

    def _close_idle(self, since: float) -> None:
        for connection in tuple(self.connections):
            if not connection.busy and connection.idle_since < since:
                connection.leave()
