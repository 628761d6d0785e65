"""A connection to an upstream: one request at a time, its answer read as it comes."""

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from eas_local.proxy.answer_reader import AnswerReader
from eas_local.proxy.body import HIGH_WATER


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
    """`reused`: it has carried a request before, so its peer may be closing it just now. `on_lost` is called at its end."""

    def __init__(self, on_lost: Callable[["Upstream"], None]) -> None:
        self._on_lost = on_lost
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
        return self._transport, self.reader.ahead

    # -- what the event loop calls --------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by name

    def data_received(self, data: bytes) -> None:
        if self.user is None:
            self._transport.abort()  # an answer nobody asked for: what it belongs to cannot be known
            return
        reader = self.reader
        reader.feed(data)
        self.user.arrived()
        if reader.body.size > HIGH_WATER or self._paused:
            self.throttle()

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_lost(self)
        user, self.user = self.user, None
        if user:
            user.lost(in_good_order=exc is None)

    def pause_writing(self) -> None:
        self.writable = False

    def resume_writing(self) -> None:
        self.writable = True
        if self.user:
            self.user.room()

    def throttle(self) -> None:
        """Read on only while little is waiting."""
        full = self.reader.body.full
        if full == self._paused or self._transport.is_closing():
            return
        self._paused = full
        if full:
            self.reader.body.on_room = self.throttle
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
