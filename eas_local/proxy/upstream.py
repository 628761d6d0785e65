"""A connection to an upstream, and the pool it rests in between two requests.

The last one used is the first one taken, so that few connections stay warm and the others end after `idle` seconds.
A connection whose peer closes while it rests leaves the pool by itself.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, cast

from eas_local.proxy.reader import AnswerReader

CONNECT_TIMEOUT = 3.0


class User(Protocol):
    """Who sends a request over a connection."""

    def connected(self, upstream: "Upstream") -> None:
        """A connection is there, to be used for one request."""

    def unreachable(self, error: Exception) -> None:
        """None can be had."""

    def arrived(self) -> None:
        """The reader holds something new."""

    def room(self) -> None:
        """The upstream takes data again."""

    def lost(self, *, in_good_order: bool) -> None:
        """The upstream is gone."""


class Upstream(asyncio.Protocol):
    """`reused`: it has carried a request before, so its peer may be closing it just now."""

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool
        self._transport: asyncio.Transport
        self._paused = False
        self.user: User | None = None
        self.reader = AnswerReader()
        self.writable = True
        self.reused = False
        self.idle_since = 0.0

    def begin(self, user: User, *, head_only: bool) -> None:
        """A new request: `head_only` where its answer has no body whatever it says."""
        self.user = user
        self.reader.begin(head_only=head_only)
        self.reader.body.on_room = self._throttle

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Now, and with nothing more to say to the user."""
        self.user = None
        self._transport.abort()

    @property
    def closed(self) -> bool:
        return self._transport.is_closing()

    def hand_over(self, protocol: asyncio.BaseProtocol) -> tuple[asyncio.Transport, bytes]:
        """From now on the connection is the protocol's; also what the upstream has sent behind its head."""
        self.user = None
        self._transport.set_protocol(protocol)
        return self._transport, self.reader.held

    # -- what the event loop calls --------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by name

    def data_received(self, data: bytes) -> None:
        if self.user is None:
            self._transport.abort()  # an answer nobody asked for: what it belongs to cannot be known
            return
        self.reader.feed(data)
        self.user.arrived()
        self._throttle()

    def connection_lost(self, exc: Exception | None) -> None:
        self._pool.forget(self)
        user, self.user = self.user, None
        if user:
            user.lost(in_good_order=exc is None)

    def pause_writing(self) -> None:
        self.writable = False

    def resume_writing(self) -> None:
        self.writable = True
        if self.user:
            self.user.room()

    def _throttle(self) -> None:
        full = self.reader.body.full
        if full == self._paused or self._transport.is_closing():
            return
        self._paused = full
        if full:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()


class Pool:
    """Connections to one address: a host and port, or the path of a unix socket."""

    def __init__(self, address: tuple[str, int] | str, idle: float) -> None:
        self._address = address
        self._idle_limit = idle
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
        self._connecting[user] = asyncio.get_running_loop().create_task(self._connect(user))

    def cancel(self, user: User) -> None:
        """It needs no connection any more."""
        if task := self._connecting.pop(user, None):
            task.cancel()

    def release(self, upstream: Upstream) -> None:
        """It may carry another request."""
        loop = asyncio.get_running_loop()
        upstream.user = None
        upstream.idle_since = loop.time()
        self._idle.append(upstream)
        if self._sweeper is None:
            self._sweeper = loop.call_later(self._idle_limit, self._sweep)

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
        loop = asyncio.get_running_loop()
        make: Callable[[], Upstream] = lambda: Upstream(self)  # noqa: E731 - typed for both calls below
        if isinstance(self._address, str):
            _, upstream = await loop.create_unix_connection(make, self._address)
        else:
            _, upstream = await loop.create_connection(make, *self._address)
        return upstream

    def _sweep(self) -> None:
        """The oldest are in front."""
        loop = asyncio.get_running_loop()
        if self._sweeper:
            self._sweeper.cancel()
            self._sweeper = None
        while self._idle and loop.time() - self._idle[0].idle_since >= self._idle_limit:
            self._idle.popleft().close()
        if self._idle:
            self._sweeper = loop.call_at(self._idle[0].idle_since + self._idle_limit, self._sweep)
