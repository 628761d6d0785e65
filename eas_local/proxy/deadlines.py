"""One timer for all requests that may take equally long: who began first is late first."""

import asyncio
from typing import Protocol


class Late(Protocol):
    def late(self) -> None:
        """Its time is over."""


class Deadlines:
    """`within`: seconds from `add` until `late` is called, unless it is taken out before."""

    def __init__(self, within: float) -> None:
        self._within = within
        self._loop = asyncio.get_running_loop()
        self._due: dict[Late, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, one: Late) -> None:
        self._due[one] = at = self._loop.time() + self._within
        if self._timer is None:
            self._timer = self._loop.call_at(at, self._tick)

    def remove(self, one: Late) -> None:
        self._due.pop(one, None)

    def _tick(self) -> None:
        self._timer = None
        now = self._loop.time()
        for one, at in list(self._due.items()):
            if at > now:
                break
            if self._due.pop(one, None):  # one that was late may have ended another
                one.late()
        if self._due and self._timer is None:
            self._timer = self._loop.call_at(next(iter(self._due.values())), self._tick)
