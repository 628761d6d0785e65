"""The latest look at each service, and those who wait for it to change."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from eas_local.core.status import Snapshot


class Board:
    """Written by the reconcilers, read by the API. `seq` counts over all services, so a deleted one never repeats."""

    def __init__(self) -> None:
        self._latest: dict[str, Snapshot] = {}
        self._seq = 0
        self._changed = asyncio.Condition()
        self._watchers: list[Callable[[Snapshot], None]] = []

    def watch(self, watcher: Callable[[Snapshot], None]) -> None:
        """Have it called with each look that differs from the one before."""
        self._watchers.append(watcher)

    def find(self, name: str) -> Snapshot | None:
        return self._latest.get(name)

    def names(self) -> set[str]:
        return set(self._latest)

    async def post(self, snapshot: Snapshot) -> None:
        """Record a look; those who wait are told when it differs from the one before."""
        name = snapshot.want.name
        before = self._latest.get(name)
        if before is not None and replace(snapshot, seq=before.seq) == before:
            return
        self._seq += 1
        self._latest[name] = replace(snapshot, seq=self._seq)
        for watcher in self._watchers:
            watcher(self._latest[name])
        await self._tell()

    async def drop(self, name: str) -> None:
        """The service is gone."""
        if self._latest.pop(name, None) is not None:
            await self._tell()

    async def changed(self, name: str, after: int, within: float) -> Snapshot | None:
        """The service's snapshot as soon as its seq is not `after`, or after `within` seconds as it is; None when gone.

        A service nobody has looked at yet counts as seq 0.
        """
        async with self._changed:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._changed.wait_for(lambda: self._differs(name, after))
            return self._latest.get(name)

    def _differs(self, name: str, after: int) -> bool:
        snapshot = self._latest.get(name)
        return (snapshot.seq if snapshot else 0) != after

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
