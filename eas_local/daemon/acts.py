"""The steps of one service that are being carried out, and what went wrong with those that were.

Slow steps (an image is pulled, a graceful end is awaited) do not keep the service from being looked at, so a delete is
never stuck behind a download. What two steps must not do to one thing at once is said by their keys. Waits are measured
by a clock that nobody sets; the other one is for what is shown.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from math import inf

from eas_local.core import timeline
from eas_local.core.desired import Desired
from eas_local.core.errors import EasError, Permanent
from eas_local.core.status import Event, Trouble
from eas_local.core.steps import CreatePod, KillRun, RemovePod, StartRun, Step, StoreRun
from eas_local.daemon.ports import Clock

log = logging.getLogger(__name__)

FIRST_RETRY = 1.0
LONGEST_RETRY = 60.0
SLOW = 1.0

Key = tuple[str, str]


def key_of(step: Step) -> Key:
    """What a step works on: a place, a pod, or one container of a pod."""
    match step:
        case CreatePod(ordinal=ordinal):
            return f"#{ordinal}", ""
        case StartRun() | KillRun() | StoreRun():
            return step.pod, step.container
        case _:
            return step.pod, ""


Say = Callable[[str], None]
"""Hears what an act is at."""


@dataclass(slots=True)
class _Act:
    """`doing` is what it has said of itself last. `began` is monotonic, `revision` the one that it was begun for."""

    step: Step
    revision: str
    began: float
    task: asyncio.Task[None]
    doing: str = ""


@dataclass(frozen=True, slots=True)
class _Held:
    """A step that failed, and the monotonic time before which it is not tried again."""

    trouble: Trouble
    until: float


class Acts:
    """`execute` carries out one step, saying what it does where that may take long. `tell` hears of each that was done,
    and of each that failed for another reason than the time before. `done` is called after each, whatever became of it,
    and when one has taken `SLOW` seconds."""

    def __init__(
        self,
        execute: Callable[[Step, Desired, Say], Awaitable[None]],
        tell: Callable[[Event], None],
        done: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._execute = execute
        self._tell = tell
        self._done = done
        self._clock = clock
        self._acts: dict[Key, _Act] = {}
        self._ended: set[Key] = set()
        self._held: dict[Key, _Held] = {}
        self._asked_at = 0.0

    @property
    def idle(self) -> bool:
        """Nothing is being done, nor has been since the look began."""
        return not self._acts and not self._ended

    @property
    def removing(self) -> set[str]:
        """The pods that are being removed."""
        return {act.step.pod for act in self._acts.values() if isinstance(act.step, RemovePod)}

    @property
    def doing(self) -> str:
        """What the slowest of them is at; empty while none is slow."""
        now = self._clock.monotonic()
        slow = [act for act in self._acts.values() if act.doing and now - act.began >= SLOW]
        return min(slow, key=lambda act: act.began).doing if slow else ""

    @property
    def trouble(self) -> Trouble | None:
        """The gravest, and of those the latest."""
        troubles = [held.trouble for held in self._held.values()]
        return max(troubles, key=lambda t: (t.permanent, t.since), default=None)

    @property
    def retry_within(self) -> float | None:
        """Seconds until the next held step may be tried again; one that is due waits for the end of another."""
        now = self._clock.monotonic()
        return min((held.until - now for held in self._held.values() if now < held.until < inf), default=None)

    def look_begins(self, want: Desired) -> None:
        """From here on the look may miss what an act changes; so nothing is begun on it where one ends before `heed`.
        Instances that nobody wants any more are given up whether or not the look succeeds."""
        self._ended.clear()
        for act in self._acts.values():
            if isinstance(act.step, CreatePod) and act.step.ordinal >= want.replicas:
                act.task.cancel()

    def heed(self, want: Desired, steps: Iterable[Step]) -> None:
        """Start what may start; give up what a newer wish has made pointless; forget troubles with what nobody plans."""
        planned = list(steps)
        if want.updated_at != self._asked_at:
            self._asked_at = want.updated_at
            self._held.clear()
            self._give_up(want, planned)
        concerned = {*map(key_of, planned), *self._acts}
        self._held = {key: held for key, held in self._held.items() if key in concerned}
        for step in planned:
            if self._may_start(step):
                self._start(step, want)

    async def cancel(self) -> None:
        tasks = [act.task for act in self._acts.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _give_up(self, want: Desired, planned: list[Step]) -> None:
        """The same step of another revision is another one: it may wait for an image that nobody wants any more."""
        for act in self._acts.values():
            pointless = act.step not in planned or act.revision != want.fingerprint
            if isinstance(act.step, CreatePod | StartRun) and pointless:
                act.task.cancel()

    def _may_start(self, step: Step) -> bool:
        thing, container = key_of(step)
        busy = [k for k in (*self._acts, *self._ended) if k[0] == thing and (not container or k[1] in {"", container})]
        held = self._held.get((thing, container))
        return not busy and (held is None or held.until <= self._clock.monotonic())

    def _start(self, step: Step, want: Desired) -> None:
        key = key_of(step)
        task = asyncio.create_task(self._carry_out(key, step, want), name=str(step))
        task.add_done_callback(partial(self._end, key))
        self._acts[key] = _Act(step, want.fingerprint, self._clock.monotonic(), task)
        asyncio.get_running_loop().call_later(SLOW, self._done)

    def _say(self, key: Key, doing: str) -> None:
        self._acts[key].doing = doing
        if self.doing:
            self._done()

    async def _carry_out(self, key: Key, step: Step, want: Desired) -> None:
        log.info("service=%s %s", want.name, step)
        try:
            await self._execute(step, want, partial(self._say, key))
        except EasError as error:
            self._remember(key, step, error, want)
        except asyncio.CancelledError:
            log.info("service=%s given up: %s", want.name, step)
            raise
        except Exception as error:
            log.exception("service=%s failed: %s", want.name, step)
            self._remember(key, step, EasError(f"{step}: {type(error).__name__}: {error}"), want)
        else:
            self._held.pop(key, None)
            self._tell(timeline.done(want.name, step, self._clock.now()))

    def _end(self, key: Key, _task: "asyncio.Task[None]") -> None:
        """Whatever became of it: one that is given up may not even have begun."""
        del self._acts[key]
        self._ended.add(key)
        self._done()

    def _remember(self, key: Key, step: Step, error: EasError, want: Desired) -> None:
        if want.updated_at != self._asked_at:
            return
        log.warning("service=%s %s: %s", want.name, step, error)
        now = self._clock.now()
        before = self._held[key].trouble if key in self._held else None
        trouble = _trouble(step, error, before, now)
        if before is None or before.message != trouble.message:
            self._tell(timeline.failed(want.name, step, error, now))
        self._held[key] = _Held(trouble, self._clock.monotonic() + trouble.retry_at - now)


def _trouble(step: Step, error: EasError, before: Trouble | None, now: float) -> Trouble:
    attempts = before.attempts + 1 if before else 1
    permanent = isinstance(error, Permanent)
    return Trouble(
        reason=error.reason,
        message=str(error),
        permanent=permanent,
        since=before.since if before and before.message == str(error) else now,
        attempts=attempts,
        retry_at=inf if permanent else now + min(FIRST_RETRY * 2 ** (attempts - 1), LONGEST_RETRY),
        instance=None if isinstance(step, CreatePod) else step.pod,
    )
