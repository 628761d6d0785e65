"""Connections to one upstream that rest between two requests.

The last one used is the first one taken, so that few connections stay warm and the others end after `idle` seconds.
A connection whose peer closes while it rests leaves the pool by itself.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from eas_local.proxy.upstream import Upstream, User

CONNECT_TIMEOUT = 3.0


class Pool:
    """Connections to one address: a host and port, or the path of a unix socket."""

    def __init__(self, address: tuple[str, int] | str, idle: float) -> None:
        self._address = address
        self._idle_limit = idle
        self._loop = asyncio.get_running_loop()
        self._idle: deque[Upstream] = deque()
        self._connecting: dict[User, asyncio.Task[None]] = {}
        self._sweeper: asyncio.TimerHandle | None = None

    def acquire(self, user: User, *, fresh: bool = False) -> None:
        """Call `user.connected`, at once where a connection rests here and a `fresh` one is not asked for."""
        while self._idle and not fresh:
            upstream = self._idle.pop()
            if not upstream.closed:
                upstream.reused = True
                user.connected(upstream)
                return
        self._connecting[user] = self._loop.create_task(self._connect(user))

    def cancel(self, user: User) -> None:
        """It needs no connection any more."""
        if task := self._connecting.pop(user, None):
            task.cancel()

    def release(self, upstream: Upstream) -> None:
        """It may carry another request."""
        upstream.user = None
        upstream.idle_since = self._loop.time()
        self._idle.append(upstream)
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(self._idle_limit, self._sweep)

    def forget(self, upstream: Upstream) -> None:
        with suppress(ValueError):
            self._idle.remove(upstream)

    def close(self) -> None:
        """Close what rests here; connections in use close when they are released by their users."""
        self._idle_limit = 0
        self._sweep()

    async def _connect(self, user: User) -> None:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                upstream = await self._open()
        except OSError as error:
            if self._connecting.pop(user, None):
                user.unreachable(error)
            return
        self._connecting.pop(user, None)
        user.connected(upstream)

    async def _open(self) -> Upstream:
        make: Callable[[], Upstream] = lambda: Upstream(self.forget)  # noqa: E731 - typed for both calls below
        if isinstance(self._address, str):
            _, upstream = await self._loop.create_unix_connection(make, self._address)
        else:
            _, upstream = await self._loop.create_connection(make, *self._address)
        return upstream

    def _sweep(self) -> None:
        """The oldest are in front."""
        if self._sweeper:
            self._sweeper.cancel()
            self._sweeper = None
        while self._idle and self._loop.time() - self._idle[0].idle_since >= self._idle_limit:
            self._idle.popleft().close()
        if self._idle:
            self._sweeper = self._loop.call_at(self._idle[0].idle_since + self._idle_limit, self._sweep)
