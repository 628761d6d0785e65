"""The connection of one client: requests are taken one at a time and answered in their order.

Bytes that come while a request is being answered wait; above a little the connection is not read. What cannot be read is
refused here, and nothing of it reaches a handler.
"""

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, cast

from eas_local.core.replies import Reply
from eas_local.proxy.body import HIGH_WATER, nothing
from eas_local.proxy.departures import descriptor_of
from eas_local.proxy.request import Request, rendered
from eas_local.proxy.request_reader import RequestReader

if TYPE_CHECKING:
    from eas_local.proxy.server import Site

LINGER = 2.0

_RESET = struct.pack("ii", 1, 0)


class Connection(asyncio.Protocol):
    """The protocol of one client's connection. `busy`: a request is being answered, or it has become a tunnel."""

    def __init__(self, site: "Site") -> None:
        self._site = site
        self._loop = asyncio.get_running_loop()
        self._reader = RequestReader()
        self._transport: asyncio.Transport
        self._current: Request | None = None
        self._taking = False
        self._paused = False
        self._descriptor = -1
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
        request = self._current
        if request is None:
            self._take()
        elif self._reader.fault and not request.body.ended:
            self._spoilt(request, self._reader.fault)
        else:
            request.body.on_data()
        if self._reader.ahead or (self._current is not None and self._current.body.size):
            self._throttle()

    def eof_received(self) -> None:
        """A client that says no more has left: nothing tells a half-closed connection from a closed one.

        # Parity: 499, as the gateways EAS is built of count it (eas-semantics 3).
        """
        self._spoil_end()
        self._left()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it ended changes nothing
        self._site.remove(self)
        self._resume_reading()
        if self._lingering:
            self._lingering.cancel()
        self._left()
        self._lingering, self._reader = None, RequestReader()  # they lead back to this one, and hold unread bodies

    def pause_writing(self) -> None:
        self.writable = False

    def resume_writing(self) -> None:
        self.writable = True
        if self._current:
            self._current.on_room()
        else:
            self._take()
            self._throttle()

    # -- what requests call ---------------------------------------------------------------------------------------

    @property
    def closing(self) -> bool:
        return self._site.closing or self._site.leaving

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def finished(self, request: Request) -> None:
        self._done()
        if request.closes or self._site.closing or not request.remainder_is_little:
            self._end(in_good_order=request.body.ended and not self._reader.ahead)
            return
        if not request.body.ended:
            request.body.discard()
        if self._reader.ahead or self._reader.fault:
            self._take()
        if self._paused:
            self._throttle()

    def cut(self) -> None:
        """The answer under way is not complete, and the client must notice."""
        self._spoil_end()
        self._done()
        self._transport.abort()

    def abort(self) -> None:
        """Close at once; a request that is being answered learns that its client is gone."""
        self._spoil_end()
        self._transport.abort()

    def leave(self) -> None:
        """Close when everything is sent; at once where that has been asked before."""
        if self._transport.is_closing():
            self._transport.abort()
        self._transport.close()

    def hand_over(self, protocol: asyncio.BaseProtocol) -> tuple[asyncio.Transport, bytes]:
        self._current = None
        self._resume_reading()
        self._transport.set_protocol(protocol)
        return self._transport, self._reader.ahead

    def released(self) -> None:
        self._site.remove(self)

    # -- taking requests ------------------------------------------------------------------------------------------

    def _take(self) -> None:
        """Begin what has come, until one takes its time. Not from inside itself: a handler may answer at once."""
        if self._taking:
            return
        reader = self._reader
        self._taking = True
        try:
            while self._current is None and self.writable and (reader.fault or (reader.ahead and not reader.in_body)):
                if self._lingering or self._transport.is_closing() or not self._take_one():
                    return
        finally:
            self._taking = False

    def _take_one(self) -> bool:
        if self._reader.in_body:  # it is malformed, and its request has its answer already
            self._transport.close()
            return False
        taken = self._reader.take()
        if taken is None:
            if self._reader.fault:
                self._refuse(self._reader.fault)
            return False
        head, body = taken
        if head.has_body:
            body.on_room = self._throttle
        self._current = request = Request(self, self._site.new_id(), head, body)
        self.busy = True
        self._site.handle(request)
        return True

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

    def _spoil_end(self) -> None:
        """Where a plain close would look like the end of an answer, let it be a reset."""
        request = self._current
        if request and request.begun and request.ends_by_close:
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def _spoilt(self, request: Request, fault: Reply) -> None:
        """The rest of a request's body is malformed."""
        request.left_with = fault.status
        self._spoil_end()
        self._left()
        if request.begun:
            self._transport.abort()
            return
        request.body.ended = True
        bodiless = request.head.method == b"HEAD"
        self.write(rendered(fault, request.id, b"Connection: close\r\n", bodiless=bodiless))
        self._end(in_good_order=False)

    def _refuse(self, fault: Reply) -> None:
        request_id = self._site.new_id()
        answer = rendered(fault, request_id, b"Connection: close\r\n")
        self.write(answer)
        self._end(in_good_order=False)
        self._site.refused(request_id, fault.status, len(answer))

    def _end(self, *, in_good_order: bool) -> None:
        """Close. A client that is still sending would lose the answer to a reset: it gets time to read it."""
        self._reader.ahead = b""
        if in_good_order or self._transport.is_closing() or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._lingering = self._loop.call_later(LINGER, self._transport.abort)
        self._transport.write_eof()
        self._resume_reading()

    def _throttle(self) -> None:
        """Read on only while little is waiting: bytes that are nobody's yet, or a body's."""
        current = self._current
        waits = current is not None or not self.writable
        full = (waits and len(self._reader.ahead) > HIGH_WATER) or (current is not None and current.body.full)
        if not full:
            self._resume_reading()
        elif not (self._paused or self._lingering or self._transport.is_closing()):
            self._paused = True
            self._transport.pause_reading()
            self._descriptor = descriptor_of(self._transport)
            self._site.departures.watch(self._descriptor, self.abort)

    def _resume_reading(self) -> None:
        if not self._paused:
            return
        self._paused = False
        self._site.departures.forget(self._descriptor)
        if not self._transport.is_closing():
            self._transport.resume_reading()
