"""What has to be asked of the outside for a diagnosis, and what came back. Nothing of it must be there.

Asking costs, so it is asked only of runs that something is wrong with.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from eas_local.core import planner, status
from eas_local.core.desired import Desired
from eas_local.core.instance import Instance, LastState, Run, RunState
from eas_local.core.status import Event, Snapshot
from eas_local.core.steps import KillRun
from eas_local.core.streams import KeptRun, LogLine
from eas_local.core.wire import SidecarState

LINES = 20
WIDTH = 500
"""So many characters of a line are looked at: what explains an end is short, and a pattern's work may grow with their square."""
_UNFIT = {2, 126, 127}
"""Exit codes of a program that could not be executed, by the engine's init or by a shell it falls back to."""
_KILL_SEEN_WITHIN = 5.0
"""Seconds; that a run was killed is told once the engine has answered, which may be after its end."""


@dataclass(frozen=True, slots=True)
class Program:
    """What a run was told to execute, and the first bytes of that file; none where the image has no such file."""

    name: str
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the engine has. `machine` as `uname -m` says it."""

    cpus: int
    memory_bytes: int
    machine: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """`tails` are the last lines a run wrote, `events` the service's, newest first, `gpus` who has which device."""

    tails: Mapping[KeptRun, tuple[LogLine, ...]] = field(default_factory=dict)
    programs: Mapping[KeptRun, Program] = field(default_factory=dict)
    capacity: Capacity | None = None
    events: tuple[Event, ...] = ()
    gpus: tuple[tuple[str, str], ...] = ()

    def tail(self, run: KeptRun) -> tuple[LogLine, ...]:
        return tuple(replace(line, text=line.text[:WIDTH]) for line in self.tails.get(run, ()))

    def killed(self, run: KeptRun, last: LastState) -> str:
        """Why this emulator killed that run; empty where it did not."""
        opening = f"{KillRun(run.pod, run.container, '', '')}"
        for event in self.events:
            if (
                event.message.startswith(opening)
                and last.started_at <= event.at <= last.finished_at + _KILL_SEEN_WITHIN
            ):
                return event.message.removeprefix(opening)
        return ""


@dataclass(frozen=True, slots=True)
class Ending:
    """A run that has ended unasked and not been made up for: its container has not been ready since, as far as can be told.
    `failing` is the sentence of a probe that asked for the end."""

    run: KeptRun
    last: LastState
    failing: str = ""


def concerned(seen: Snapshot) -> list[Instance]:
    """The instances whose readiness is awaited and has not come; where their update is held up, those of before as well."""
    want = seen.want
    held_up = seen.trouble is not None or status.stuck(want, seen.instances, None)
    unready = [i for i in planner.staying(want, seen.instances) if not i.ready]
    return [i for i in unready if held_up or i.fingerprint == want.fingerprint]


def ending(want: Desired, have: Instance, run: Run) -> Ending | None:
    """The end of this run, or of the one before it, as long as this one is not ready either. What ended with the sandbox of
    before has not ended by itself."""
    found = None if want.orders.ends(have.name, run) else _latest_end(want, have, run)
    return found if found and found.last.started_at >= have.sandbox.started_at else None


def _latest_end(want: Desired, have: Instance, run: Run) -> Ending | None:
    if run.state is RunState.EXITED:
        link = judged(have, run)
        failing = dict(link.failing).get(run.container, "") if link else ""
        return Ending(KeptRun(have.name, run.container, run.attempt), run.ended, failing)
    if run.last and not _is_ready(have, run) and not want.orders.began(have.name, run):
        return Ending(KeptRun(have.name, run.container, run.attempt - 1), run.last)
    return None


def endings(seen: Snapshot) -> Iterator[Ending]:
    for have in concerned(seen):
        yield from (found for run in have.currents if (found := ending(seen.want, have, run)))


def mended(seen: Snapshot) -> Iterator[Ending]:
    """The latest ends, unasked, of containers that have come to serve again in the same sandbox."""
    want = seen.want
    for have in planner.staying(want, seen.instances):
        for run in have.currents:
            if run.last and _serves_again(want, have, run) and run.last.started_at >= have.sandbox.started_at:
                yield Ending(KeptRun(have.name, run.container, run.attempt - 1), run.last)


def _serves_again(want: Desired, have: Instance, run: Run) -> bool:
    return run.state is RunState.RUNNING and _is_ready(have, run) and not want.orders.began(have.name, run)


def judged(have: Instance, run: Run) -> SidecarState | None:
    """What the sidecar says, where that is about this very run."""
    link = have.link
    return link if link and dict(link.attempts).get(run.container) == run.attempt else None


def _is_ready(have: Instance, run: Run) -> bool:
    link = judged(have, run)
    return link is not None and run.container not in {name for name, _ in (*link.unready, *link.failing)}


def telling(want: Desired, have: Instance, run: Run) -> KeptRun:
    """The run of this container whose lines say most: the one that ended, or the one that is on."""
    ended = ending(want, have, run)
    return ended.run if ended else KeptRun(have.name, run.container, run.attempt)


def unexecuted(last: LastState) -> bool:
    """Whether the program itself is worth a look: its end is like that of one that cannot be executed."""
    return last.exit_code in _UNFIT
