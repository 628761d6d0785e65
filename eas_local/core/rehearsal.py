"""A change played through beforehand: every step that would follow, were each of them to go well.

The planner plans as it always does, but on instances that are only imagined: a sandbox that is created speaks, a container
that is started becomes ready, one that drains falls idle, and time passes where nothing else is left to wait for. What
really happens differs where something fails, and in the order of what is done side by side.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import assert_never

from eas_local.core import names, planner, render
from eas_local.core.desired import Desired
from eas_local.core.instance import Instance, Run, RunState, Sandbox
from eas_local.core.pace import Pace
from eas_local.core.steps import (
    Configure,
    CreatePod,
    Drain,
    KillRun,
    RemovePod,
    ReviveSandbox,
    StartRun,
    Step,
    StoreRun,
)
from eas_local.core.wire import SidecarState

MOST_ROUNDS = 500
_MOMENT = 0.1
"""Seconds between two looks: what follows is later than what it follows on."""


@dataclass(frozen=True, slots=True)
class Round:
    """Steps that may be done side by side, and what is there afterwards."""

    steps: tuple[Step, ...]
    have: tuple[Instance, ...]


def rehearse(
    want: Desired, have: Sequence[Instance], now: float, pace: Pace = Pace(), most: int = MOST_ROUNDS
) -> list[str]:
    """The text of every step, in order; a new instance is called as it will be but for the random end of its name."""
    played = list(islice(rounds(want, have, now, pace), most + 1))
    imagined = {i.name for each in played for i in each.have} - {i.name for i in have}
    told = [_masked(str(step), imagined) for each in played[:most] for step in each.steps]
    return [*told, "and so on"] if len(played) > most else told


def rounds(want: Desired, have: Sequence[Instance], now: float, pace: Pace = Pace()) -> Iterator[Round]:
    """Look after look until nothing is left to do."""
    numbers = count()
    there = {i.name: _in_time(want, i) for i in have}
    while True:
        plan = planner.plan(want, list(there.values()), now, pace)
        if plan.steps:
            for step in plan.steps:
                _do(step, want, there, now, numbers)
            there = {name: _in_time(want, i) for name, i in there.items()}
            yield Round(plan.steps, tuple(there.values()))
            now += _MOMENT
        elif plan.look_again_at is not None:
            now = plan.look_again_at
        else:
            return


def _do(step: Step, want: Desired, there: dict[str, Instance], now: float, numbers: Iterator[int]) -> None:
    match step:
        case CreatePod():
            made = _created(want, step.ordinal, now, next(numbers))
            there[made.name] = made
        case RemovePod():
            del there[step.pod]
        case _:
            there[step.pod] = _changed(step, want, there[step.pod], now)


def _changed(
    step: ReviveSandbox | StartRun | KillRun | StoreRun | Configure | Drain, want: Desired, have: Instance, now: float
) -> Instance:
    match step:
        case ReviveSandbox():
            revived = replace(have, sandbox=replace(have.sandbox, running=True, started_at=now))
            return revived.with_link(_fresh_link(want, revived))
        case StartRun():
            run = Run(
                f"{have.name}.{step.container}.{step.attempt}", step.container, step.attempt, "", RunState.RUNNING
            )
            others = (other for other in have.runs if (other.container, other.attempt) != (run.container, run.attempt))
            return replace(have, runs=(*others, replace(run, started_at=now, joined=have.sandbox.started_at)))
        case KillRun():
            runs = (_killed(run, now) if run.id == step.run_id else run for run in have.runs)
            return replace(have, runs=tuple(runs))
        case StoreRun():
            return replace(have, runs=tuple(run for run in have.runs if run.id != step.run_id))
        case Configure():
            return have.with_link(_fresh_link(want, have))
        case Drain():
            return have.with_link(have.link and replace(have.link, draining=True, draining_since=now))
        case _:
            assert_never(step)


def _created(want: Desired, ordinal: int, now: float, number: int) -> Instance:
    name = names.place_name(want.name, want.fingerprint, number)
    sandbox = Sandbox(name, running=True, started_at=now)
    made = Instance(name, want.name, ordinal, want.fingerprint, want.version, now, sandbox)
    return made.with_link(_fresh_link(want, made))


def _killed(run: Run, now: float) -> Run:
    return replace(run, state=RunState.EXITED, finished_at=now, exit_code=137)


def _fresh_link(want: Desired, have: Instance) -> SidecarState:
    """Of a sidecar that has just been told what is wanted, or in an instance of another revision which runs there are."""
    if have.fingerprint != want.fingerprint:
        return SidecarState(have.name, "", 1, attempts=_attempts(have))
    config = render.sidecar_config(want, have)
    return SidecarState(
        pod=have.name,
        version="",
        config_n=config.n,
        config_digest=config.digest,
        config_terms=config.terms,
        attempts=tuple((target.name, target.attempt) for target in config.targets),
    )


def _attempts(have: Instance) -> tuple[tuple[str, int], ...]:
    return tuple((run.container, run.attempt) for run in have.currents)


def _in_time(want: Desired, have: Instance) -> Instance:
    """What comes of an instance by itself, if all goes well. One of another revision stays as it is until it goes."""
    link = have.link
    if link and link.draining:
        return have.with_link(replace(link, in_flight=0, waiting=0))
    if have.fingerprint != want.fingerprint or not have.sandbox.running:
        return have
    link = link or _fresh_link(want, have)
    told_of = dict(link.attempts) == dict(_attempts(have))
    return have.with_link(replace(link, ready=True) if have.alive and told_of else link)


def _masked(line: str, imagined: set[str]) -> str:
    for name in imagined:
        line = line.replace(name, names.masked(name))
    return line
