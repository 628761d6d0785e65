"""An event loop without sockets and without a clock: connections are made of memory, time passes when it is told to.

A `Link` behaves as uvloop's transports do, down to what they raise; its far end is whoever holds it.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

HIGH_WATER = 64 * 1024
MOST_ROUNDS = 20_000
# Of the loop for one event: more means that something spins.


class Spins(AssertionError):
    """The program is busy for ever with one event."""


class Socket:
    """Of a link. `resets`: the far end will see a reset at the end. Its descriptor is real, for whoever polls it."""

    def __init__(self) -> None:
        self._pair: tuple[socket.socket, socket.socket] | None = None
        self._left = False
        self.resets = False

    def setsockopt(self, level: int, option: int, value: bytes | int) -> None:
        self.resets = self.resets or (level, option) == (socket.SOL_SOCKET, socket.SO_LINGER)

    def fileno(self) -> int:
        if self._pair is None:
            self._pair = socket.socketpair()
        if self._left:
            self._pair[1].close()
        return self._pair[0].fileno()

    def leave(self) -> None:
        """The far end is gone."""
        self._left = True
        if self._pair:
            self._pair[1].close()

    def close(self) -> None:
        for end in self._pair or ():
            end.close()


class Link(asyncio.Transport):
    """`delivered`: what the program has been given, `received`: what the far end has read of what the program wrote."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._loop = loop
        self._protocol = protocol
        self._arriving = bytearray()
        self._leaving = bytearray()
        self._paused = self._closing = self._full = False
        self._far_end: BaseException | bool = False
        self._read_by_far_end = True
        self._said_all = False
        self._written = 0
        self.delivered = bytearray()
        self.received = bytearray()
        self.writes: list[tuple[int, int]] = []
        """Of each write, how many bytes were written and delivered before it."""
        self.told_end = False
        self.lost = False
        self.socket = Socket()
        protocol.connection_made(self)

    # -- the far end ----------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        if not self._far_end:
            self._arriving += data
            self._deliver()

    def end(self) -> None:
        self._far_end = self._far_end or True
        self.socket.leave()
        self._deliver()

    def reset(self) -> None:
        self._far_end = ConnectionResetError()
        self.socket.leave()
        self._arriving.clear()
        self._leaving.clear()
        self._deliver()

    def stop(self) -> None:
        """Read no more."""
        self._read_by_far_end = False

    def go_on(self) -> None:
        self._read_by_far_end = True
        self._flush()

    @property
    def reads(self) -> bool:
        """The program reads on."""
        return not self._paused

    @property
    def over(self) -> bool:
        """The far end has seen the end of what the program says."""
        return not self._leaving and (self._said_all or self._closing)

    @property
    def over_in_good_order(self) -> bool:
        """It looks as if that were all."""
        return self.over and not self.socket.resets and not isinstance(self._far_end, BaseException)

    def _deliver(self) -> None:
        if self._paused or self._closing:
            return
        if self._arriving:
            data = bytes(self._arriving)
            self._arriving.clear()
            self.delivered += data
            self._protocol.data_received(data)
            self._deliver()
        elif isinstance(self._far_end, BaseException):
            self._lose(self._far_end)
        elif self._far_end and not self.told_end:
            self.told_end = True
            if not self._protocol.eof_received():
                self.close()

    def _flush(self) -> None:
        self.received += self._leaving
        self._leaving.clear()
        if self._closing:
            self._lose(None)
        elif self._full:
            self._full = False
            self._protocol.resume_writing()

    def _lose(self, error: BaseException | None) -> None:
        self._closing = True
        if not self.lost:
            self.lost = True
            self._loop.call_soon(self._protocol.connection_lost, error)
            self._loop.call_soon(self.socket.close)

    # -- the program ----------------------------------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._said_all:
            raise RuntimeError("cannot write after write_eof")
        if self.lost:
            if self._far_end is False:
                raise RuntimeError("write to a connection that is lost")
            return
        if isinstance(self._far_end, BaseException):
            self._loop.call_soon(self._lose, self._far_end)
            return
        self.writes.append((self._written, len(self.delivered)))
        self._written += len(data)
        self._leaving += data
        if self._read_by_far_end:
            self.received += self._leaving
            self._leaving.clear()
        elif len(self._leaving) > HIGH_WATER and not self._full:
            self._full = True
            self._protocol.pause_writing()

    def write_eof(self) -> None:
        self._said_all = True

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        self._closing = True
        if not self._leaving:
            self._lose(None)

    def abort(self) -> None:
        self._leaving.clear()
        self._lose(None)

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        if self._paused:
            self._paused = False
            self._loop.call_soon(self._deliver)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def get_write_buffer_size(self) -> int:
        return len(self._leaving)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.socket if name == "socket" else default


class MemoryLoop(asyncio.BaseEventLoop):
    """`dial` decides about every connection the program opens. `broken`: what was raised and caught by nobody."""

    def __init__(self, dial: Callable[[Callable[[], asyncio.Protocol]], Awaitable[Link]]) -> None:
        super().__init__()
        self._selector = _Nothing()
        self._now = 1000.0
        self._dial = dial
        self.broken: list[BaseException] = []
        self.set_exception_handler(
            lambda _, context: self.broken.append(context.get("exception") or RuntimeError(context["message"]))
        )

    def act(self, what: Callable[..., object], *arguments: object) -> None:
        """Let it happen, and all that comes of it at once."""
        self.call_soon(what, *arguments)
        self.settle()

    def wait(self, seconds: float) -> None:
        """Every timer rings at its own time."""
        until = self._now + seconds
        while (due := self._next_timer()) is not None and due <= until:
            self._now = max(self._now, due)
            self.settle()
        self._now = until

    def settle(self) -> None:
        for _ in range(MOST_ROUNDS):
            due = self._next_timer()
            if not self._ready and (due is None or due > self._now):
                return
            self.call_soon(self.stop)
            self.run_forever()
        raise Spins(f"still busy after {MOST_ROUNDS} rounds of the loop")

    @property
    def idle(self) -> bool:
        """Nothing will ever happen again by itself."""
        return not self._ready and self._next_timer() is None and not asyncio.all_tasks(self)

    def _next_timer(self) -> float | None:
        return min((timer.when() for timer in self._scheduled if not timer.cancelled()), default=None)

    async def create_connection(self, protocol_factory, *where: object, **how: object):  # type: ignore[no-untyped-def,override]
        link = await self._dial(protocol_factory)
        return link, link._protocol

    def time(self) -> float:
        return self._now

    def _process_events(self, events: object) -> None: ...

    def _write_to_self(self) -> None: ...


class _Nothing:
    """In the place of a selector: no file is ever ready."""

    def select(self, timeout: float | None = None) -> list[object]:
        return []

    def close(self) -> None: ...
