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
        self._take(config)
        self._observe = observe
        self._boot, self._count = token_hex(4), 0
        self._known: tuple[SidecarState, bool] | None = None
        self._changed = asyncio.Event()

    def offer(self, config: SidecarConfig) -> Verdict:
        """Take it over unless it is older than the one in force, or not for this pod or program."""
        if config.pod != self.config.pod or config.protocol not in {PROTOCOL, PROTOCOL - 1}:
            return Verdict.FOREIGN
        if config.n < self.config.n:
            return Verdict.OLDER
        config_file.save(self._path, config)
        self._take(config)
        return Verdict.ACCEPTED

    def state(self) -> SidecarState:
        self.look()
        return replace(self._observe(self.config), version=self._version)

    def look(self) -> None:
        """Something may have changed: if it has, those who wait are told. Counts alone are no change, their end is."""
        state = self._observe(self.config)
        idle = state.draining and not state.in_flight and not state.waiting
        known = replace(state, in_flight=0, waiting=0), idle
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
                await asyncio.wait_for(self._changed.wait(), within)
        return self.state()

    def _take(self, config: SidecarConfig) -> None:
        self.config = config
        self.digest = replace(config, draining_since=0).digest  # draining asks for nothing else of the pod

    @property
    def _version(self) -> str:
        return f"{self._boot}-{self._count}"
