"""The steps of one service that are being carried out, and what went wrong with those that were.

Slow steps (an image is pulled, a graceful end is awaited) do not keep the service from being looked at, so a delete is
never stuck behind a download. What two steps must not do to one thing at once is said by their keys.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from math import inf

from eas_local.core.desired import Desired
from eas_local.core.errors import EasError, Permanent
from eas_local.core.status import Trouble
from eas_local.core.steps import CreatePod, KillRun, StartRun, Step, StoreRun

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


@dataclass(slots=True)
class _Act:
    """`doing` is what it has said of itself last."""

    step: Step
    began: float
    task: asyncio.Task[None]
    doing: str = ""


class Acts:
    """`execute` carries out one step, saying what it does where that may take long. `done` is called after each,
    whatever became of it, and when one has taken `SLOW` seconds."""

    def __init__(
        self,
        execute: Callable[[Step, Desired, Say], Awaitable[None]],
        done: Callable[[], None],
        now: Callable[[], float],
    ) -> None:
        self._execute = execute
        self._done = done
        self._now = now
        self._acts: dict[Key, _Act] = {}
        self._troubles: dict[Key, Trouble] = {}
        self._asked_at = 0.0

    @property
    def idle(self) -> bool:
        return not self._acts

    @property
    def doing(self) -> str:
        """What the slowest of them is at; empty while none is slow."""
        now = self._now()
        slow = [act for act in self._acts.values() if act.doing and now - act.began >= SLOW]
        return min(slow, key=lambda act: act.began).doing if slow else ""

    @property
    def trouble(self) -> Trouble | None:
        """The gravest, and of those the latest."""
        return max(self._troubles.values(), key=lambda t: (t.permanent, t.since), default=None)

    @property
    def retry_at(self) -> float | None:
        """When the next held step may be tried again."""
        times = [t.retry_at for t in self._troubles.values() if t.retry_at < inf]
        return min(times, default=None)

    def heed(self, want: Desired, steps: Iterable[Step], pods: Iterable[str]) -> None:
        """Start what may start; give up what a newer wish has made pointless; forget troubles of pods that are gone."""
        planned = list(steps)
        if want.updated_at != self._asked_at:
            self._asked_at = want.updated_at
            self._troubles.clear()
            self._give_up(planned)
        there = set(pods)
        self._troubles = {k: t for k, t in self._troubles.items() if k[0].startswith("#") or k[0] in there}
        for step in planned:
            if self._may_start(step):
                self._start(step, want)

    async def cancel(self) -> None:
        tasks = [act.task for act in self._acts.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _give_up(self, planned: list[Step]) -> None:
        for act in self._acts.values():
            if isinstance(act.step, CreatePod | StartRun) and act.step not in planned:
                act.task.cancel()

    def _may_start(self, step: Step) -> bool:
        thing, container = key_of(step)
        busy = [key for key in self._acts if key[0] == thing and (not container or key[1] in {"", container})]
        held = self._troubles.get((thing, container))
        return not busy and (held is None or held.retry_at <= self._now())

    def _start(self, step: Step, want: Desired) -> None:
        key = key_of(step)
        task = asyncio.create_task(self._carry_out(key, step, want), name=str(step))
        self._acts[key] = _Act(step, self._now(), task)
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
            self._troubles.pop(key, None)
        finally:
            del self._acts[key]
            self._done()

    def _remember(self, key: Key, step: Step, error: EasError, want: Desired) -> None:
        if want.updated_at != self._asked_at:
            return
        before = self._troubles.get(key)
        attempts = before.attempts + 1 if before else 1
        permanent = isinstance(error, Permanent)
        pause = inf if permanent else min(FIRST_RETRY * 2 ** (attempts - 1), LONGEST_RETRY)
        log.warning("service=%s %s: %s", want.name, step, error)
        self._troubles[key] = Trouble(
            reason=error.reason,
            message=str(error),
            permanent=permanent,
            since=before.since if before and before.message == str(error) else self._now(),
            attempts=attempts,
            retry_at=self._now() + pause,
            instance=None if isinstance(step, CreatePod) else step.pod,
        )
