"""Probe state: what a run of check outcomes says about a container.

The prober waits until `next_at`, runs one check, and hands the outcome to `step`. An early try, which only the default
readiness has, is handed to `count` where it went well: it turns the verdict without moving the grid that failures are
counted on. Nothing here waits, reads a clock, or opens a socket. What an unknown verdict means is for its readers.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil

from eas_local.core.admission import Told
from eas_local.core.service import Check

HISTORY = 20
"""Outcomes that are remembered of one probe."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one check: `failure` says why it failed, empty where it went well. It waited so many seconds for somebody to
    run it. `told`: what a processor's host has said of itself."""

    failure: str = ""
    waited: float = 0
    told: Told | None = None

    @property
    def ok(self) -> bool:
        return not self.failure


class Verdict(StrEnum):
    UNKNOWN = "unknown"
    PASSING = "passing"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class ProbeState:
    """`run` outcomes of the same kind have come in a row, `last` the latest of them. `history` has one mark for each of
    the latest outcomes, oldest first: + for one that went well, - for one that failed."""

    next_at: float
    verdict: Verdict = Verdict.UNKNOWN
    last: Outcome | None = None
    run: int = 0
    history: str = ""

    @property
    def failure(self) -> str:
        return self.last.failure if self.last else ""

    @property
    def told(self) -> Told | None:
        return self.last.told if self.last else None


def begin(check: Check, started_at: float) -> ProbeState:
    return ProbeState(next_at=started_at + check.initial_delay)


def resume(check: Check, told: Told | None, now: float) -> ProbeState:
    """Of a check that had passed, and had told so much, when the prober before this one ended."""
    return ProbeState(next_at=now + check.period, verdict=Verdict.PASSING, last=Outcome(told=told))


def count(check: Check, state: ProbeState, outcome: Outcome) -> ProbeState:
    """Count the run; the verdict turns only when the run reaches its threshold."""
    run = state.run + 1 if state.last and outcome.ok == state.last.ok else 1
    if outcome.ok and run >= check.success_threshold:
        verdict = Verdict.PASSING
    elif not outcome.ok and run >= check.failure_threshold:
        verdict = Verdict.FAILING
    else:
        verdict = state.verdict
    history = state.history + ("+" if outcome.ok else "-")
    return replace(state, verdict=verdict, last=outcome, run=run, history=history[-HISTORY:])


def step(check: Check, state: ProbeState, outcome: Outcome, now: float) -> ProbeState:
    """Count it, and go on to the next point of the grid that is not past; `now` is when it was asked for.

    After one that nobody ran for a period or longer, that point is a whole period away: no two are run in quick succession.
    """
    resumed = now if outcome.waited < check.period else now + outcome.waited + check.period
    periods = max(1, ceil((resumed - state.next_at) / check.period))
    return replace(count(check, state, outcome), next_at=state.next_at + periods * check.period)


def early_pause(waited: float) -> float:
    """Seconds until the next early look: as a share of the time waited, never so short that it costs anything."""
    return min(max(waited / 200, 0.003), 0.25)
