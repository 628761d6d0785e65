"""A worker's process as its parent has it: started, asked, and ended."""

import asyncio
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from contextlib import suppress

from eas_local.gateway.channel import Channel, Json, channel_over, line_of
from eas_local.gateway.tally import Tally
from eas_local.gateway.worker import Place

AT_THE_END = 2.0


class Hand:
    """`tallies` are what it has told last of what it counts."""

    def __init__(self, process: Process, channel: Channel) -> None:
        self._channel = channel
        self._asked = asyncio.Lock()
        self._over = False
        self.process = process
        self.tallies: dict[str, Tally] = {}

    async def ask(self, line: bytes, within: float) -> Json | None:
        """Its answer. None where it is no more; one that does not answer in time is killed, and is no more."""
        return await asyncio.shield(self._ask(line, within))  # its answer must be read, whoever gives up waiting for it

    async def leave(self, grace: float, rest: float) -> None:
        """Have it end, in good order where it does so in time."""
        if not self._over:
            self._channel.send(line_of({"grace": grace, "rest": rest}))
        await self._gone(grace + AT_THE_END)

    async def _ask(self, line: bytes, within: float) -> Json | None:
        async with self._asked:
            if self._over:
                return None
            self._channel.send(line)
            answer = None
            with suppress(TimeoutError):
                answer = await asyncio.wait_for(self._channel.receive(), within)
            if answer is None:
                await self._gone(0)
            return answer

    async def _gone(self, within: float) -> None:
        self._over = True
        try:
            await asyncio.wait_for(self.process.wait(), within)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()
        self._channel.close()


async def hire(
    number: int, of: int, memory: int, listeners: Sequence[socket.socket], environ: Mapping[str, str]
) -> Hand:
    """A new process. It ends by itself when the other end of its channel is closed, as it is when this one dies."""
    ours, theirs = socket.socketpair()
    place = Place(number, of, theirs.fileno(), memory, [one.fileno() for one in listeners])
    with theirs:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "eas_local.gateway", "--worker", place.to_json(),
            env=environ, pass_fds=(place.channel, place.memory, *place.listeners),
        )  # fmt: skip
    return Hand(process, await channel_over(ours))
