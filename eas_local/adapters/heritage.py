"""How one gateway follows another and no connection is refused: the lock and the listening sockets change hands.

The older one offers them on a socket of its own. The younger one takes copies, listens with them, opens its control socket
in the other's place, and then says that it serves; from there on the older one takes nobody new, and goes when the last of
its clients has. Where the younger one ends before that, nothing has changed.

Whoever takes copies may also just keep them (`daemon/guardian.py`): he hears a word when the offer ends in good order, and
none where its owner was killed. What the kernel takes on the sockets meanwhile waits for whoever listens next.
"""

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from eas_local.adapters import private_socket

_ANSWER_WITHIN = 5.0
_MOST = 254
_HERE, _SERVES, _FAREWELL = b"?", b"!", b"."


@dataclass(frozen=True, slots=True)
class Heir:
    """What somebody has been given, and the line on which he says that he serves."""

    lock: int
    listeners: tuple[socket.socket, ...]
    line: socket.socket

    def enter(self) -> None:
        with self.line:
            self.line.sendall(_SERVES)

    async def outlives(self) -> bool:
        """Returns when the owner has gone: whether that was without a word."""
        self.line.setblocking(False)
        with suppress(OSError):
            return await asyncio.get_running_loop().sock_recv(self.line, 1) != _FAREWELL
        return True

    def renounce(self) -> None:
        self.line.close()
        os.close(self.lock)
        for listener in self.listeners:
            listener.close()


def claim(door: Path) -> Heir | None:
    """None where nobody has anything to give."""
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(_ANSWER_WITHIN)
    with suppress(OSError):
        line.connect(str(door))
        _, (lock, *listeners), _, _ = socket.recv_fds(line, len(_HERE), _MOST)
        return Heir(lock, tuple(socket.socket(fileno=one) for one in listeners), line)
    line.close()
    return None


async def offer(door: Path, lock: int, listeners: Sequence[socket.socket]) -> None:
    """Returns when an heir serves."""
    estate = (lock, *(one.fileno() for one in listeners))
    entered = asyncio.Event()
    lines: set[asyncio.Task[None]] = set()
    with private_socket.bound(door) as own:
        own.setblocking(False)
        own.listen()
        lines.add(asyncio.create_task(_answer(own, estate, entered, lines)))
        try:
            await entered.wait()
        finally:
            for line in lines:
                line.cancel()
            await asyncio.gather(*lines, return_exceptions=True)


async def _answer(
    own: socket.socket, estate: Sequence[int], entered: asyncio.Event, lines: set[asyncio.Task[None]]
) -> None:
    """For ever: everybody who asks is given copies."""
    while True:
        line, _ = await asyncio.get_running_loop().sock_accept(own)
        lines.add(asyncio.create_task(_give(line, estate, entered)))


async def _give(line: socket.socket, estate: Sequence[int], entered: asyncio.Event) -> None:
    with line, suppress(OSError):
        try:
            socket.send_fds(line, [_HERE], estate)
            if await asyncio.get_running_loop().sock_recv(line, 1) == _SERVES:
                entered.set()
        except asyncio.CancelledError:
            line.send(_FAREWELL)
            raise
