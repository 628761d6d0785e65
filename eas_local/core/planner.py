"""What to do next for one service: what is wanted and what is there, in; steps with their causes, out.

A plan holds only what may be done now or at a known time; everything else is waiting, and waiting is the absence of a
step. After the steps have been tried somebody looks again and asks for a new plan, so a plan cut off half-way costs nothing.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from eas_local.core import places, render, restart
from eas_local.core.desired import Desired, Goal
from eas_local.core.instance import SILENCE, Instance, Run, RunState
from eas_local.core.orders import Fate
from eas_local.core.pace import Pace
from eas_local.core.service import CheckKind
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
from eas_local.core.wire import CONTROL_PORT, TRAFFIC_PORT

RESERVED = (TRAFFIC_PORT, CONTROL_PORT)
_SKEW = 60.0
"""Seconds; what happens while a look is under way is later than it, but never by this much unless the clock was set back."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`steps` may be done now, in any order; `look_again_at` is when the next one falls due, None where none will.

    `leaving` are the instances that must get no more requests; that holds before any step is done.
    """

    steps: tuple[Step, ...]
    look_again_at: float | None = None
    leaving: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return "\n".join(str(step) for step in self.steps) or "nothing to do"


def plan(want: Desired, have: Sequence[Instance], now: float, pace: Pace = Pace()) -> Plan:
    """The steps due at `now`, and when to look again."""
    have = places.seated(want, have)
    leaving = dict(unwanted(want, have))
    others = _others(want, have, leaving)
    steps = (
        *farewells(want, have, leaving, now, pace),
        *missing(want, others),
        *(step for instance in others for step in repairs(want, instance, now, pace)),
    )
    later = [at for at in (*(s.at for s in steps), *(i.silent_from for i in others)) if now < at < inf]
    due = tuple(step for step in steps if step.at <= now)
    return Plan(due, min(later, default=None), frozenset(leaving))


def staying(want: Desired, have: Sequence[Instance]) -> list[Instance]:
    """Those that are to serve, in the places that they have now."""
    have = places.seated(want, have)
    return _others(want, have, dict(unwanted(want, have)))


def _others(want: Desired, have: Sequence[Instance], leaving: Collection[str]) -> list[Instance]:
    return [i for i in have if i.name not in leaving and want.orders.fate(i.name) is not Fate.DETACHED]


def unwanted(want: Desired, have: Sequence[Instance]) -> Iterator[tuple[str, str]]:
    """The instances that must go, each with its cause. One that drains never comes back, nor does one whose removal has
    begun with its sandbox."""
    yield from ((i.name, "draining") for i in have if i.draining)
    yield from ((i.name, "its sidecar refuses the key of this home") for i in have if i.estranged and not i.draining)
    yield from ((i.name, "its sandbox is gone") for i in have if not i.sandbox.id)
    there = [i for i in have if not i.draining and not i.estranged and i.sandbox.id]
    yield from _ordered_away(want, there)
    managed = [i for i in there if want.orders.fate(i.name) in {None, Fate.ISOLATED}]
    current = [i for i in managed if i.fingerprint == want.fingerprint]
    outdated = [i for i in managed if i.fingerprint != want.fingerprint]
    yield from _beyond(want, managed)
    yield from _doubles(want, current)
    yield from _replaced(want, current, outdated)


def _ordered_away(want: Desired, have: Sequence[Instance]) -> Iterator[tuple[str, str]]:
    """One that is out of management goes with its service."""
    for instance in have:
        fate = want.orders.fate(instance.name)
        if fate is Fate.DELETED:
            yield instance.name, "its deletion was asked for"
        elif fate is Fate.DETACHED and want.goal is not Goal.RUN:
            yield instance.name, _goodbye(want)


def _beyond(want: Desired, have: Sequence[Instance]) -> Iterator[tuple[str, str]]:
    """Those beyond the last place. Of the ready ones as many stay as the places still lack."""
    ready = {i.ordinal for i in have if i.ready and i.ordinal < want.replicas}
    lacking = want.replicas - want.service.rolling.max_unavailable.of(want.replicas) - len(ready)
    beyond = sorted((i for i in have if i.ordinal >= want.replicas), key=lambda i: i.ordinal)
    staying = [i for i in beyond if i.ready][: max(lacking, 0)]
    yield from ((i.name, _goodbye(want)) for i in beyond if i not in staying)


def _goodbye(want: Desired) -> str:
    match want.goal:
        case Goal.DELETE:
            return "service is deleted"
        case Goal.STOP:
            return "service is stopped"
        case Goal.RUN:
            return f"scaled to {want.replicas}"


def _doubles(want: Desired, current: Sequence[Instance]) -> Iterator[tuple[str, str]]:
    """Of two instances with one number the ready one stays, else the older."""
    keepers: dict[int, Instance] = {}
    for instance in sorted(current, key=lambda i: (not i.ready, i.created_at)):
        if instance.ordinal >= want.replicas:
            continue
        if instance.ordinal in keepers:
            yield instance.name, f"{keepers[instance.ordinal].name} has its place"
        keepers.setdefault(instance.ordinal, instance)


def _replaced(want: Desired, current: Sequence[Instance], outdated: Sequence[Instance]) -> Iterator[tuple[str, str]]:
    """An old instance serves until its successor is ready, or until `max_unavailable` lets it go at once.

    Of several old ones at one place only one serves; the others are updates that failed or were overtaken, or are gone
    but for their removal.
    """
    arrived = {i.ordinal for i in current if i.ready and i.ordinal < want.replicas}
    serving: dict[int, Instance] = {}
    for instance in sorted(outdated, key=_worth):
        if instance.ordinal >= want.replicas:
            continue
        if instance.ordinal in arrived or instance.ordinal in serving:
            yield instance.name, f"replaced by revision {want.fingerprint}"
        else:
            serving[instance.ordinal] = instance
    ready = len(arrived) + sum(i.ready for i in serving.values())
    spare = ready - want.replicas + want.service.rolling.max_unavailable.of(want.replicas)
    succeeded = {i.ordinal for i in current}
    yield from _let_go(want, [i for place, i in serving.items() if place not in succeeded], spare)


def _worth(old: Instance) -> tuple[bool, float]:
    """The latest that is ready comes first: the drain of those before it may have begun. Of unready ones the oldest does."""
    return not old.ready, -old.created_at if old.ready else old.created_at


def _let_go(want: Desired, old: Sequence[Instance], spare: int) -> Iterator[tuple[str, str]]:
    for instance in sorted(old, key=lambda i: i.created_at)[: max(spare, 0)]:
        yield instance.name, f"max_unavailable lets revision {want.fingerprint} take its place"


def farewells(
    want: Desired, have: Sequence[Instance], leaving: dict[str, str], now: float, pace: Pace
) -> Iterator[Step]:
    """Drain first; remove when nothing is in flight or the grace has ended, which begins anew where the clock was set
    back behind its beginning."""
    for instance in have:
        cause = leaving.get(instance.name)
        if cause is None:
            continue
        link = instance.link
        if link is None or not instance.sandbox.running:
            yield RemovePod(instance.name, cause)
        elif not link.draining or link.draining_since > now + _SKEW:
            yield Drain(instance.name, cause)
        elif link.in_flight + link.waiting == 0 and not pace.full_grace:
            yield RemovePod(instance.name, "drained")
        else:
            yield RemovePod(instance.name, "grace period over", at=link.draining_since + want.service.grace)


def missing(want: Desired, staying: Sequence[Instance]) -> Iterator[Step]:
    """A place without an instance gets one; a place that an old one still holds gets a successor, `max_surge` at a time."""
    current = {i.ordinal for i in staying if i.fingerprint == want.fingerprint}
    held = {i.ordinal for i in staying if i.fingerprint != want.fingerprint}
    surge = want.service.rolling.max_surge.of(want.replicas, at_least=1) - len(current & held)
    for ordinal in range(want.replicas):
        if ordinal in current:
            continue
        if ordinal not in held:
            yield CreatePod(ordinal, "no instance of this revision")
        elif surge > 0:
            surge -= 1
            yield CreatePod(ordinal, f"successor of revision {want.fingerprint}")


def repairs(want: Desired, instance: Instance, now: float, pace: Pace) -> Iterator[Step]:
    """What an instance lacks. One of an earlier revision stays as it was made, for as long as it serves."""
    outdated = instance.fingerprint != want.fingerprint
    if not instance.sandbox.running:
        yield _revival(instance, now)
        return
    for container in [run.container for run in instance.currents] if outdated else _startable(want, instance):
        yield from _next_run(want, instance, container, now, pace)
        yield from _earlier_runs(instance, container)
    if instance.link and not (render.is_kept(want, instance) if outdated else render.is_told(want, instance)):
        yield Configure(instance.name, "token, limits or a run have changed")


def _revival(instance: Instance, now: float) -> ReviveSandbox:
    """One that was never started is most likely being started right now by whoever created it."""
    if not instance.sandbox.started_at and instance.created_at <= now:
        return ReviveSandbox(instance.name, "created, not started yet", at=instance.created_at + SILENCE)
    return ReviveSandbox(instance.name, "its sandbox has ended")


def _startable(want: Desired, instance: Instance) -> Iterator[str]:
    """One that wants a port of the sidecar's waits until that has it, so that it is the container that fails to listen."""
    for container in want.service.containers:
        if container.port not in RESERVED or instance.link is not None:
            yield container.name


def _next_run(want: Desired, instance: Instance, container: str, now: float, pace: Pace) -> Iterator[Step]:
    run = instance.current(container)
    as_made = instance.fingerprint != want.fingerprint
    if run is None:
        yield StartRun(instance.name, container, 0, "not started yet")
    elif run.state is RunState.CREATED:
        yield StartRun(instance.name, container, run.attempt, "created, not started yet", as_made=as_made)
    elif run.state is RunState.EXITED:
        yield from _restart(want, instance, run, now, pace)
    elif not instance.serves(run):
        yield StartRun(instance.name, container, run.attempt + 1, "its sandbox was started anew", as_made=as_made)
    elif want.orders.ends(instance.name, run):
        yield KillRun(instance.name, container, run.id, _SOFT_RESTART)
    elif reason := _failing(instance, run):
        at = _judged_at(want, run) if run.started_at <= now + _SKEW else now
        yield KillRun(instance.name, container, run.id, reason, at=at)


_SOFT_RESTART = "a soft restart was asked for"


def _restart(want: Desired, instance: Instance, run: Run, now: float, pace: Pace) -> Iterator[StartRun]:
    """After the back-off; at once where somebody asked for it, and where the clock was set back behind its end."""
    cause, due = f"exited with code {run.exit_code}", now
    if want.orders.ends(instance.name, run):
        cause = _SOFT_RESTART
    elif want.service.crash_block:
        return
    elif run.finished_at <= now:
        due = run.finished_at + restart.delay(restart.streak_after(run), pace.restart_factor)
    as_made = instance.fingerprint != want.fingerprint
    yield StartRun(instance.name, run.container, run.attempt + 1, cause, at=due, as_made=as_made)


def _failing(instance: Instance, run: Run) -> str | None:
    """The sentence of a probe that asks for a restart of this very run."""
    if instance.link is None or dict(instance.link.attempts).get(run.container) != run.attempt:
        return None
    return dict(instance.link.failing).get(run.container)


def _earlier_runs(instance: Instance, container: str) -> Iterator[StoreRun]:
    current = instance.current(container)
    for run in instance.runs:
        if run.container == container and run is not current:
            yield StoreRun(instance.name, container, run.id, f"run {run.attempt} has been followed by another")


def _judged_at(want: Desired, run: Run) -> float:
    """When a probe can have failed often enough: an earlier verdict is about the time before the run began."""
    checks = (check for item in want.service.containers if item.name == run.container for check in item.checks)
    judges = (check for check in checks if check.kind is not CheckKind.READINESS)
    return run.started_at + min(
        (check.initial_delay + check.period * (check.failure_threshold - 1) for check in judges), default=0
    )
