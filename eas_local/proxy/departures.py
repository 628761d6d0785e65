"""Clients that leave while they are not read.

A connection that has sent as much as may wait is not read until there is room again, and until then the event loop does
not see its end: a request in line would keep its place for a client that is long gone. So these connections are looked at.
"""

import asyncio
import select
from collections.abc import Callable

LOOK = 0.2
RESET = select.POLLHUP | select.POLLERR
LEFT = RESET | getattr(select, "POLLRDHUP", 0)  # says no more; macOS tells only of a full close


class Departures:
    """Of connections that are not read, by their descriptors. What is given to `watch` is called, once, where the other
    side is gone (`events`: by a reset, or in any way); `forget` comes before the descriptor is closed or read again."""

    def __init__(self, events: int) -> None:
        self._events = events
        self._loop = asyncio.get_running_loop()
        self._poll = select.poll()
        self._watched: dict[int, Callable[[], None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, descriptor: int, left: Callable[[], None]) -> None:
        self._watched[descriptor] = left
        self._poll.register(descriptor, self._events)
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK, self._look)

    def forget(self, descriptor: int) -> None:
        if self._watched.pop(descriptor, None):
            self._poll.unregister(descriptor)

    def _look(self) -> None:
        self._timer = None
        for descriptor, _ in self._poll.poll(0):
            if left := self._watched.get(descriptor):
                self.forget(descriptor)
                left()
        if self._watched:
            self._timer = self._loop.call_later(LOOK, self._look)


def descriptor_of(transport: asyncio.BaseTransport) -> int:
    descriptor: int = transport.get_extra_info("socket").fileno()
    return descriptor
