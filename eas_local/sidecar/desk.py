"""The sidecar's one memory: the configuration in force, the state it reports, and those who wait for that to change."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from secrets import token_hex

from eas_local.core.wire import PROTOCOL, SidecarConfig, SidecarState
from eas_local.sidecar import config_file


class Verdict(StrEnum):
    """What became of a configuration that was offered."""

    ACCEPTED = "accepted"
    OLDER = "older"
    FOREIGN = "foreign"


class Desk:
    """`observe` builds the present state from a configuration; `apply` is called with each one accepted."""

    def __init__(self, config: SidecarConfig, path: Path, observe: Callable[[SidecarConfig], SidecarState]) -> None:
        self._path = path
        self.config = config
        self._observe = observe
        self._boot, self._count = token_hex(4), 0
        self._known: tuple[object, ...] = ()
        self._changed = asyncio.Event()

    def offer(self, config: SidecarConfig) -> Verdict:
        """Take it over unless it is older than the one in force, or not for this pod or program."""
        if config.pod != self.config.pod or config.protocol not in {PROTOCOL, PROTOCOL - 1}:
            return Verdict.FOREIGN
        if config.n < self.config.n:
            return Verdict.OLDER
        config_file.save(self._path, config)
        self.config = config
        return Verdict.ACCEPTED

    def state(self) -> SidecarState:
        self.look()
        return replace(self._observe(self.config), version=self._version)

    def look(self) -> None:
        """Something may have changed: if it has, those who wait are told."""
        known = self._observe(self.config).news
        if known != self._known:
            self._known = known
            self._count += 1
            self._changed.set()
            self._changed = asyncio.Event()

    async def changed(self, after: str, within: float) -> SidecarState:
        """The state as soon as its version is not `after`; as it is after `within` seconds."""
        self.look()
        if self._version == after:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._changed.wait()
        return self.state()

    @property
    def _version(self) -> str:
        return f"{self._boot}-{self._count}"
