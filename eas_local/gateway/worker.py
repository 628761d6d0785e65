"""One of several processes that answer at the public address. It does what its parent says, and never outlives it."""

import asyncio
import json
import signal
import socket
from dataclasses import asdict, dataclass
from typing import TextIO

from eas_local.adapters.settings import Settings
from eas_local.gateway.channel import Channel, Json, channel_over, line_of
from eas_local.gateway.pools import IDLE_TO_SIDECAR
from eas_local.gateway.public import Public
from eas_local.gateway.services import Services
from eas_local.gateway.shared_quota import SharedMemory, SharedQuota
from eas_local.proxy.listen import lift_file_limit, spare_the_collector
from eas_local.proxy.pool import Pool


@dataclass(frozen=True, slots=True)
class Place:
    """What a worker is given at birth: its number among `of`, and descriptors of its parent."""

    number: int
    of: int
    channel: int
    memory: int
    listeners: list[int]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Place":
        return cls(**json.loads(text))


class Worker:
    def __init__(self, options: Settings, place: Place, out: TextIO) -> None:
        memory = SharedMemory(place.memory, place.of)
        self._place = place
        self._slots: dict[str, int] = {}
        self._services = Services(lambda name: SharedQuota(memory, lambda: self._slots[name], place.number))
        self._public = Public(options, out, self._services, Pool(str(options.gateway_socket), IDLE_TO_SIDECAR))

    async def run(self) -> None:
        """Until the parent says so, or is no more."""
        channel = await channel_over(socket.socket(fileno=self._place.channel))
        while (message := await channel.receive()) is not None:
            if "grace" in message:
                await self._end(channel, message["grace"], message["rest"])
                return
            channel.send(line_of(await self._heed(message)))

    async def _heed(self, message: Json) -> Json:
        match message:
            case {"routes": routes, "slots": slots}:
                self._slots = slots
                self._services.put(routes)
                return {}
            case {"listen": True}:
                await self._public.listen_on(socket.socket(fileno=one) for one in self._place.listeners)
                spare_the_collector()
                return {}
            case _:
                return {name: tally.to_dict() for name, tally in self._services.tallies().items()}

    async def _end(self, channel: Channel, grace: float, rest: float) -> None:
        """Gracefully, unless the parent goes first."""
        closing = asyncio.create_task(self._public.close(grace, rest))
        orphaned = asyncio.create_task(channel.receive())
        await asyncio.wait((closing, orphaned), return_when=asyncio.FIRST_COMPLETED)
        orphaned.cancel()


async def work(options: Settings, place: Place, out: TextIO) -> None:
    lift_file_limit()
    for number in (signal.SIGTERM, signal.SIGINT):  # they are for the parent, even where a whole group gets them
        signal.signal(number, signal.SIG_IGN)
    await Worker(options, place, out).run()
