"""Two connections joined for good, after an upgrade: bytes pass both ways, each no faster than they are taken."""

import asyncio
from collections.abc import Callable

from eas_local.proxy.departures import RESET, Departures, descriptor_of
from eas_local.proxy.request import Request
from eas_local.proxy.upstream import Upstream

TAIL = 60.0
# What is still on its way to the one side when the other has ended, and is not taken, is given up then.


class _End(asyncio.Protocol):
    """One side of a tunnel. The end of one side ends both, after what is on its way to the other has been sent."""

    def __init__(self, departures: Departures, on_lost: Callable[[], None]) -> None:
        self._departures = departures
        self._on_lost = on_lost
        self._descriptor = -1
        self.transport: asyncio.Transport
        self.peer: _End
        self.passed = 0

    def data_received(self, data: bytes) -> None:
        self.passed += len(data)
        if not self.peer.transport.is_closing():
            self.peer.transport.write(data)

    def take_over(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self._descriptor = descriptor_of(transport)

    def pause_writing(self) -> None:
        self.peer.stop_reading()

    def resume_writing(self) -> None:
        self.peer.read_on()

    def stop_reading(self) -> None:
        if not self.transport.is_closing():
            self.transport.pause_reading()
            self._departures.watch(self._descriptor, self.transport.abort)

    def read_on(self) -> None:
        self._departures.forget(self._descriptor)
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it ended changes nothing
        self._departures.forget(self._descriptor)
        self.peer.transport.close()
        asyncio.get_running_loop().call_later(TAIL, self.peer.transport.abort)
        self._on_lost()


def join(request: Request, upstream: Upstream, on_end: Callable[[], None]) -> None:
    """Both connections change hands; `on_end` is called once both are closed."""
    open_ends = 2

    def lost() -> None:
        nonlocal open_ends
        open_ends -= 1
        if open_ends == 0:
            request.tunnelled(client.passed + len(ahead), server.passed + len(behind))
            on_end()

    departures = Departures(RESET)  # whoever only ends has perhaps sent what is still to be read
    client, server = _End(departures, lost), _End(departures, lost)
    client.peer, server.peer = server, client
    to_client, ahead = request.hand_over(client)
    to_server, behind = upstream.hand_over(server)
    client.take_over(to_client)
    server.take_over(to_server)
    server.transport.write(ahead)
    client.transport.write(behind)
