"""Every row of the table: which part is killed at which moment of which change. Made from the changes' plans.

All of them take the better part of an hour; the bounded ones do each kind of step once, at every moment for the daemon and
at one for everybody else.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import get_args

from eas_local.core.steps import Step
from tests.chaos.changes import ACTS, CHANGES, Change
from tests.chaos.faults import Moment, Victim

STEADY, GUEST = "steady", "guest"
"""The services: one that is there all the time, under load, and one that comes and goes."""


@dataclass(frozen=True, slots=True)
class Row:
    change: Change
    step: type[Step]
    victim: Victim
    moment: Moment

    def __str__(self) -> str:
        return f"{self.change.name}, {self.victim} killed {self.moment}"


def every(victims: Sequence[Victim]) -> Iterator[Row]:
    for victim in victims:
        for change in CHANGES:
            for step, nth in numbered(change.steps):
                yield from (Row(change, step, victim, moment) for moment in moments(change, step, nth))


def bounded(victims: Sequence[Victim]) -> Iterator[Row]:
    for victim in victims:
        turn = cycle(range(len(Victim)))
        for kind in get_args(Step):
            change = next(change for change in CHANGES if kind in change.steps)
            choice = list(moments(change, kind, 1))
            yield from (
                Row(change, kind, victim, moment)
                for moment in (choice if victim is Victim.DAEMON else [choice[next(turn) % len(choice)]])
            )


def moments(change: Change, step: type[Step], nth: int) -> Iterator[Moment]:
    service = GUEST if change.guest else STEADY
    for acts in (*range(ACTS[step] + 1), None):
        yield Moment(service, step.__name__, nth, acts)


def numbered(steps: Sequence[type[Step]]) -> Iterator[tuple[type[Step], int]]:
    """Each step with how many of its kind there have been with it."""
    seen: Counter[type[Step]] = Counter()
    for step in steps:
        seen[step] += 1
        yield step, seen[step]
