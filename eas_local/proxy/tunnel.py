"""Two connections joined for good, after an upgrade: bytes pass both ways, each no faster than they are taken."""

import asyncio
from collections.abc import Callable

from eas_local.proxy.request import Request
from eas_local.proxy.upstream import Upstream


class _End(asyncio.Protocol):
    """One side of a tunnel. The end of one side ends both, after what is on its way to the other has been sent."""

    def __init__(self, on_lost: Callable[[], None]) -> None:
        self._on_lost = on_lost
        self.transport: asyncio.Transport
        self.peer: _End
        self.passed = 0

    def data_received(self, data: bytes) -> None:
        self.passed += len(data)
        if not self.peer.transport.is_closing():
            self.peer.transport.write(data)

    def pause_writing(self) -> None:
        if not self.peer.transport.is_closing():
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if not self.peer.transport.is_closing():
            self.peer.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it ended changes nothing
        self.peer.transport.close()
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

    client, server = _End(lost), _End(lost)
    client.peer, server.peer = server, client
    client.transport, ahead = request.hand_over(client)
    server.transport, behind = upstream.hand_over(server)
    server.transport.write(ahead)
    client.transport.write(behind)
