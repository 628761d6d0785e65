"""A diagnosis as an event: when one of a service appears, or becomes another, its history has it.

One follower for each service with something that may be wrong; it ends when all is well. What has passed again within a
moment is not told, and nothing is told twice.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from eas_local.core.diagnosis.report import Cause, Report
from eas_local.core.diagnosis.service import suspicious
from eas_local.core.errors import EngineDown
from eas_local.core.status import Event, EventType, Snapshot
from eas_local.daemon.board import Board
from eas_local.daemon.diagnoses import Diagnoses
from eas_local.daemon.ports import Clock

log = logging.getLogger(__name__)

MOMENT = 0.25
SLOWNESS = 8.0
_MAY_BE_SLOW = {"SidecarSilent", EngineDown.reason}
"""Seconds, and reasons that must last so long: a machine that is busy is nobody's mistake."""
_LOOK_AGAIN = 60.0


class DiagnosisEvents:
    """`tell` keeps an event."""

    def __init__(self, diagnoses: Diagnoses, board: Board, tell: Callable[[Event], None], clock: Clock) -> None:
        self._diagnoses = diagnoses
        self._board = board
        self._tell = tell
        self._clock = clock
        self._followers: dict[str, asyncio.Task[None]] = {}

    def observe(self, seen: Snapshot) -> None:
        """For the board: there is news of a service."""
        name = seen.want.name
        if name not in self._followers and suspicious(seen):
            self._followers[name] = asyncio.create_task(self._follow(name), name=f"diagnose {name}")

    async def close(self) -> None:
        followers = list(self._followers.values())
        for follower in followers:
            follower.cancel()
        await asyncio.gather(*followers, return_exceptions=True)

    async def _follow(self, name: str) -> None:
        try:
            await self._tell_changes(name)
        except Exception:
            log.exception("service=%s a diagnosis went wrong", name)
        finally:
            del self._followers[name]

    async def _tell_changes(self, name: str) -> None:
        since: dict[_Key, float] = {}
        told: set[_Key] = set()
        now = asyncio.get_running_loop().time
        while (seen := self._board.find(name)) and suspicious(seen):
            causes = dict(_causes(seen, await self._diagnoses.verdict(seen)))
            since = {key: since.get(key, now()) for key in causes}
            lasting = {key for key, began in since.items() if now() - began >= _patience(key)}
            for key, cause in causes.items():
                if key in lasting - told:
                    self._add(name, key.instance, cause)
            told |= lasting
            awaited = [since[key] + _patience(key) - now() for key in causes.keys() - told]
            await self._board.changed(name, seen.seq, max(min(awaited, default=_LOOK_AGAIN), MOMENT))

    def _add(self, service: str, instance: str, cause: Cause) -> None:
        message = f"{cause.sentence}; {cause.advice}" if cause.advice else cause.sentence
        log.info("service=%s diagnosis=%s %s", service, cause.reason, message)
        self._tell(Event(self._clock.now(), service, EventType.WARNING, cause.reason, message, instance))


@dataclass(frozen=True, slots=True)
class _Key:
    """What must differ for an event to be news; how a sentence quotes a log may be different each time. After a change
    somebody asked for everything is."""

    asked_at: float
    instance: str
    container: str
    reason: str
    advice: str


def _patience(key: _Key) -> float:
    return SLOWNESS if key.reason in _MAY_BE_SLOW else MOMENT


def _causes(seen: Snapshot, report: Report) -> Iterator[tuple[_Key, Cause]]:
    for diagnosis in report.diagnoses:
        for cause in diagnosis.causes:
            yield (
                _Key(seen.want.updated_at, diagnosis.instance, cause.container, cause.reason, cause.advice),
                cause,
            )
