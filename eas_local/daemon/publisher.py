"""Tells the gateway who is ready: first by the file it loads at start, then by word of mouth."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import aiohttp

from eas_local.core import status
from eas_local.core.desired import Desired
from eas_local.core.errors import DiskFull
from eas_local.core.instance import Instance
from eas_local.core.routes import Backend, Endpoint, Entry, RouteTable, text_of
from eas_local.core.states import State
from eas_local.core.status import Trouble

log = logging.getLogger(__name__)

AGAIN = 0.5


def entry(want: Desired, have: Sequence[Instance], hold: float = 0) -> Entry:
    """A service's ready instances, in the order of their places. `hold`: how long requests may wait for another."""
    taken = [i for i in have if i.ready and want.orders.fate(i.name) is None]
    ready = sorted(taken, key=lambda i: (i.ordinal, i.created_at))
    endpoints = tuple(
        Endpoint(i.name, traffic.host, traffic.port, i.sandbox.ip) for i in ready if (traffic := i.sandbox.traffic)
    )
    return Entry(want.name, (Backend(100, want.name, endpoints),), policy=want.service.policy, hold=hold)


def on_its_way(want: Desired, have: Sequence[Instance], trouble: Trouble | None) -> bool:
    """Some instance is missing, and nothing says that none will come.

    A service that has Failed waits for its author, and so does a crashed container under `crash_block`; everything else is
    tried again by itself.
    """
    if sum(instance.ready for instance in have) >= want.replicas:
        return False
    given_up = want.service.crash_block and status.ended(have) is not None
    return not given_up and status.of(want, have, trouble).state is not State.FAILED


class Publisher:
    """Keeps the RouteTable of all services.

    It begins with the table of the daemon before it (under an epoch of its own), so that a service not yet looked at
    keeps its routes. `write` stores the file atomically.
    """

    def __init__(
        self, session: aiohttp.ClientSession, table: RouteTable, file: Path, write: Callable[[Path, bytes], None]
    ) -> None:
        self._session = session
        self._file = file
        self._write = write
        self._epoch, self._n = table.epoch, table.n
        self._entries = {entry.name: entry for entry in table.entries}
        self._lines = {entry.name: entry.to_json() for entry in table.entries}
        self._lock = asyncio.Lock()
        self._behind = asyncio.Event()

    async def publish(self, name: str, wanted: Entry | None) -> None:
        """Returns when the gateway routes by it, or is not there to route at all. None takes the service out."""
        async with self._lock:
            if self._entries.get(name) == wanted and self._n > 0:
                return
            self._set(name, wanted)
            self._n += 1
            await self._deliver()

    async def keep_current(self) -> None:
        """For ever: a gateway that could not be told is told again, a file that could not be written is written again."""
        while True:
            await self._behind.wait()
            await asyncio.sleep(AGAIN)
            async with self._lock:
                await self._deliver()

    def _set(self, name: str, wanted: Entry | None) -> None:
        if wanted is None:
            self._entries.pop(name, None)
            self._lines.pop(name, None)
        else:
            self._entries[name] = wanted
            self._lines[name] = wanted.to_json()

    async def _deliver(self) -> None:
        """The gateway is told even where the disk is full: what is to end must get no more requests."""
        text = text_of(self._epoch, self._n, self._lines.values()).encode()
        written, told = self._store(text), await self._tell(text)
        if written and told:
            self._behind.clear()
        else:
            self._behind.set()

    def _store(self, text: bytes) -> bool:
        try:
            self._write(self._file, text)
        except DiskFull as error:
            if not self._behind.is_set():
                log.warning("%s", error)
            return False
        return True

    async def _tell(self, text: bytes) -> bool:
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with self._session.put("http://gateway/v1/routes", data=text) as answer:
                return answer.status == 200
        return False
