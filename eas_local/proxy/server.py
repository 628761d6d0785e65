"""Connections from clients: requests are taken one at a time and answered in their order.

A handler is called with each `Request` as soon as its head is there, and never from inside the parser. Bytes that come
while a request is being answered wait; above a little the connection stops reading.
"""

import asyncio
import math
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex
from typing import cast

from eas_local.core.replies import Reply
from eas_local.proxy.body import Body, nothing
from eas_local.proxy.head import RequestHead
from eas_local.proxy.request import Request, rendered
from eas_local.proxy.request_reader import RequestReader

IDLE = 75.0
LINGER = 2.0
SWEEP = 5.0
# Nobody may hold a connection for longer without a whole head, between two requests or at the first one.

_RESET = struct.pack("ii", 1, 0)


class Site:
    """What the connections of one port share: who answers, who is there, and whether we are closing."""

    def __init__(self, handle: Callable[[Request], None]) -> None:
        self.handle = handle
        self.closing = False
        self.connections: set[Connection] = set()
        self._empty = asyncio.Event()
        self._sweeper: asyncio.TimerHandle | None = None

    def __call__(self) -> "Connection":
        return Connection(self)

    def add(self, connection: "Connection") -> None:
        self.connections.add(connection)
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(SWEEP, self._sweep)

    def remove(self, connection: "Connection") -> None:
        self.connections.discard(connection)
        if not self.connections:
            self._empty.set()

    async def close(self, grace: float) -> None:
        """Let running requests end, for at most `grace` seconds; then no connection is left."""
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

    def _sweep(self) -> None:
        self._sweeper = None
        loop = asyncio.get_running_loop()
        self._close_idle(since=loop.time() - IDLE)
        if self.connections:
            self._sweeper = loop.call_later(SWEEP, self._sweep)

    def _close_idle(self, since: float) -> None:
        for connection in tuple(self.connections):
            if not connection.busy and connection.idle_since < since:
                connection.abort()


class Connection(asyncio.Protocol):
    """The protocol of one client's connection. `busy`: a request is being answered, or it has become a tunnel."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._loop = asyncio.get_running_loop()
        self._reader = RequestReader()
        self._transport: asyncio.Transport
        self._current: Request | None = None
        self._taking = False
        self._paused = False
        self._lingering: asyncio.TimerHandle | None = None
        self.busy = False
        self.writable = True
        self.idle_since = self._loop.time()

    # -- what the event loop calls --------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by name
        self._site.add(self)

    def data_received(self, data: bytes) -> None:
        if self._lingering:
            return
        self._reader.feed(data)
        if self._current is None:
            self._take()
        elif self._reader.fault and not self._current.body.ended:
            self._spoilt(self._current, self._reader.fault)
        else:
            self._current.body.on_data()
        self._throttle()

    def eof_received(self) -> None:
        """A client that says no more has left: nothing tells a half-closed connection from a closed one.

        # Parity: 499, as the gateways EAS is built of count it (eas-semantics 3).
        """
        self._left()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it ended changes nothing
        self._site.remove(self)
        if self._lingering:
            self._lingering.cancel()
        self._left()

    def pause_writing(self) -> None:
        self.writable = False

    def resume_writing(self) -> None:
        self.writable = True
        if self._current:
            self._current.on_room()

    # -- what requests call ---------------------------------------------------------------------------------------

    @property
    def closing(self) -> bool:
        return self._site.closing

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def finished(self, request: Request) -> None:
        self._done()
        if not (request.keeps_connection and request.remainder_is_little):
            self._end(in_good_order=request.body.ended and not self._reader.arrived)
            return
        if not request.body.ended:
            request.body.discard()
        if self._reader.held is not None:
            self._reader.go_on()
        self._take()
        self._throttle()

    def cut(self, *, reset: bool) -> None:
        self._done()
        if reset:
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()

    def abort(self) -> None:
        """Close at once; a request that is being answered learns that its client is gone."""
        self._transport.abort()

    def hand_over(self, protocol: asyncio.BaseProtocol) -> tuple[asyncio.Transport, bytes]:
        self._current = None
        self._transport.set_protocol(protocol)
        self._resume_reading()
        return self._transport, self._reader.held or b""

    def released(self) -> None:
        self._site.remove(self)

    # -- taking requests ------------------------------------------------------------------------------------------

    def _take(self) -> None:
        """Begin what has arrived, until one takes its time. Not from inside itself: a handler may answer at once."""
        if self._taking:
            return
        self._taking = True
        try:
            while self._current is None and self._reader.arrived and not self._transport.is_closing():
                self._begin(*self._reader.arrived.popleft())
        finally:
            self._taking = False
        if self._current is None and self._reader.fault and not self._lingering:
            self._refuse(self._reader.fault)

    def _begin(self, head: RequestHead, body: Body) -> None:
        request = Request(self, head, body)
        body.on_room = self._throttle
        self._current = request
        self.busy = True
        self._site.handle(request)

    def _done(self) -> None:
        if self._current:
            self._current.detach()
        self._current = None
        self.busy = False
        self.idle_since = self._loop.time()

    def _left(self) -> None:
        gone = self._current.on_gone if self._current else nothing
        self._done()
        gone()

    def _spoilt(self, request: Request, fault: Reply) -> None:
        """The rest of a request's body is malformed."""
        self._left()
        if request.begun:
            self._transport.abort()
            return
        request.body.ended = True
        self._refuse(fault)

    def _refuse(self, fault: Reply) -> None:
        if self._reader.in_body:  # of a request that has its answer already
            self._transport.close()
            return
        self.write(rendered(fault, token_hex(16), b"Connection: close\r\n"))
        self._end(in_good_order=False)

    def _end(self, *, in_good_order: bool) -> None:
        """Close. A client that is still sending would lose the answer to a reset: it gets time to read it."""
        self._reader.arrived.clear()
        if in_good_order or self._transport.is_closing() or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._lingering = self._loop.call_later(LINGER, self._transport.abort)
        self._transport.write_eof()
        self._resume_reading()

    def _throttle(self) -> None:
        """Read on only while little is waiting."""
        body = self._current.body if self._current else None
        full = bool(self._reader.arrived or self._reader.held or (body and body.full))
        if not full:
            self._resume_reading()
        elif not (self._paused or self._lingering or self._transport.is_closing()):
            self._paused = True
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        if self._paused and not self._transport.is_closing():
            self._transport.resume_reading()
        self._paused = False
