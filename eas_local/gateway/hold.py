"""Requests of one service that wait for an instance which is on its way, in the order they came.

Their bodies wait with their clients. Who waits is let go by a new table, by the end of its time, or by leaving.
"""

import asyncio
from typing import Protocol

from eas_local.core import replies
from eas_local.core.replies import Reply

LONGEST = 30.0
MOST = 256  # in each process


class Waiter(Protocol):
    def go_on(self) -> None:
        """The routes have changed: there may be somebody to ask."""

    def give_up(self, reply: Reply) -> None:
        """Nobody comes any more."""


class Hold:
    def __init__(self) -> None:
        self._timers: dict[Waiter, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return len(self._timers)

    def enter(self, waiter: Waiter, seconds: float) -> bool:
        """Wait for at most that long; False where too many wait already."""
        if len(self._timers) >= MOST:
            return False
        self._timers[waiter] = asyncio.get_running_loop().call_later(seconds, self._late, waiter)
        return True

    def leave(self, waiter: Waiter) -> None:
        """It waits no more, if it did."""
        if timer := self._timers.pop(waiter, None):
            timer.cancel()

    def release(self) -> None:
        for waiter in self._leave_all():
            waiter.go_on()

    def dismiss(self, reply: Reply) -> None:
        for waiter in self._leave_all():
            waiter.give_up(reply)

    def _leave_all(self) -> list[Waiter]:
        """All of them; whoever comes back from here waits anew."""
        waiters = list(self._timers)
        for waiter in waiters:
            self.leave(waiter)
        return waiters

    def _late(self, waiter: Waiter) -> None:
        self.leave(waiter)
        waiter.give_up(replies.NO_HEALTHY_UPSTREAM)
