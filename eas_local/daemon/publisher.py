"""Tells the gateway who is ready: first by the file it loads at start, then by word of mouth."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import aiohttp

from eas_local.core import entries
from eas_local.core.desired import Desired
from eas_local.core.entries import Member
from eas_local.core.errors import Unwritable
from eas_local.core.routes import text_of

log = logging.getLogger(__name__)

AGAIN = 0.5


class Publisher:
    """Keeps what each service brings, and the RouteTable made of it.

    It begins with what services brought to the daemon before it, so that one not yet looked at keeps its routes. `epoch`
    is this daemon's own. `write` stores the file atomically.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        epoch: str,
        members: Iterable[Member],
        file: Path,
        write: Callable[[Path, bytes], None],
    ) -> None:
        self._session = session
        self._file = file
        self._write = write
        self._epoch, self._n = epoch, 0
        self._members = {member.service: member for member in members}
        self._lines: dict[str, str] = {}
        for name in {name for member in self._members.values() for name in member.names}:
            self._make(name)
        self._lock = asyncio.Lock()
        self._behind = asyncio.Event()

    async def publish(self, service: str, brought: Member | None) -> None:
        """Returns when the gateway routes by it, or is not there to route at all. None takes the service out."""
        async with self._lock:
            await self._bring(service, brought)

    async def share(self, want: Desired) -> None:
        """The same, of the service's part in endpoints alone: its instances are those brought last."""
        async with self._lock:
            if before := self._members.get(want.name):
                asked = entries.member(want)
                await self._bring(want.name, replace(before, entry=asked.entry, weight=asked.weight))

    async def keep_current(self) -> None:
        """For ever: a gateway that could not be told is told again, a file that could not be written is written again."""
        while True:
            await self._behind.wait()
            await asyncio.sleep(AGAIN)
            async with self._lock:
                await self._deliver()

    async def _bring(self, service: str, brought: Member | None) -> None:
        if self._members.get(service) == brought and self._n > 0:
            return
        self._put(service, brought)
        self._n += 1
        await self._deliver()

    def _put(self, service: str, brought: Member | None) -> None:
        before = self._members.pop(service, None)
        if brought:
            self._members[service] = brought
        for name in {name for member in (before, brought) if member for name in member.names}:
            self._make(name)

    def _make(self, name: str) -> None:
        made = entries.entry(name, self._members.values())
        if made:
            self._lines[name] = made.to_json()
        else:
            self._lines.pop(name, None)

    async def _deliver(self) -> None:
        """The gateway is told even where the file cannot be written: what is to end must get no more requests."""
        text = text_of(self._epoch, self._n, self._lines.values()).encode()
        written, told = self._store(text), await self._tell(text)
        if written and told:
            self._behind.clear()
        else:
            self._behind.set()

    def _store(self, text: bytes) -> bool:
        try:
            self._write(self._file, text)
        except Unwritable as error:
            if not self._behind.is_set():
                log.warning("%s", error)
            return False
        return True

    async def _tell(self, text: bytes) -> bool:
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with self._session.put("http://gateway/v1/routes", data=text) as answer:
                return answer.status == 200
        return False
