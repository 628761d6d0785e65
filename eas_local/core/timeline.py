"""The history of a service as events, in Kubernetes' words: what was done, its states, and what two looks at its instances
show between them.

What the engine has dated keeps that time, so it can be told apart from what a daemon before this one has told already;
everything else has the time of the look. What somebody asked for is told where it is asked (`daemon/services.py`).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import StrEnum

from eas_local.core import health, restart
from eas_local.core.desired import Desired
from eas_local.core.errors import EasError
from eas_local.core.instance import Instance, Run, RunState
from eas_local.core.moments import rfc3339
from eas_local.core.pace import Pace
from eas_local.core.states import State
from eas_local.core.status import Event, EventType, Snapshot
from eas_local.core.steps import CreatePod, Step


class Reason(StrEnum):
    """# Parity: Kubernetes' reasons, which EAS's instance events have (AGT; OpenAPI, DescribeServiceEvent)."""

    CREATED = "Created"
    STARTED = "Started"
    READY = "Ready"
    UNHEALTHY = "Unhealthy"
    BACK_OFF = "BackOff"
    SANDBOX_CHANGED = "SandboxChanged"
    KILLING = "Killing"
    DELETED = "Deleted"


def done(service: str, step: Step, now: float) -> Event:
    return Event(now, service, EventType.NORMAL, type(step).__name__, str(step), _pod(step))


def failed(service: str, step: Step, error: EasError, now: float) -> Event:
    return Event(now, service, EventType.WARNING, error.reason, f"{step}: {error}", _pod(step))


def turned(before: Snapshot | None, after: Snapshot, now: float) -> list[Event]:
    """The service's state, where that or its message is another than before."""
    seen = after.status
    if before and (before.status.state, before.status.message) == (seen.state, seen.message):
        return []
    calm = seen.state is not State.FAILED and seen.reason in _CALM
    kind = EventType.NORMAL if calm else EventType.WARNING
    return [Event(now, after.want.name, kind, str(seen.state), seen.message)]


def between(
    want: Desired,
    before: Sequence[Instance],
    after: Sequence[Instance],
    leaving: Collection[str],
    now: float,
    *,
    pace: Pace = Pace(),
) -> list[Event]:
    """What happened to instances from one look to the next, in the order of time. Of those that are `leaving` only that
    is told, and their end."""
    known = {instance.name: instance for instance in before}
    told: list[Event] = []
    for instance in after:
        old = known.pop(instance.name, None)
        told += _left(old, instance, now) if instance.name in leaving else _lived(want, old, instance, now, pace)
    told += [_normal(now, gone, Reason.DELETED, "Instance is gone") for gone in known.values()]
    return sorted(told, key=lambda event: event.at)


def unknown(seen: Iterable[Event], history: Sequence[Event]) -> list[Event]:
    """Those that a service's history, newest first, does not have: a new daemon's first look shows much that was told."""
    return [event for event in seen if not _is_known(event, history)]


def _is_known(event: Event, history: Sequence[Event]) -> bool:
    if event.at < min((past.at for past in history), default=0):
        return True  # from before the oldest that is remembered
    alike = [past for past in history if past.instance == event.instance]
    for turns in _TURNS:
        if event.reason in turns:
            alike = [past for past in alike if past.reason in turns][:1]
    return any((past.reason, past.message) == (event.reason, event.message) for past in alike)


_CALM = {state.upper() for state in State}
_TURNS: tuple[Collection[str], ...] = (frozenset(State), frozenset({Reason.READY, Reason.UNHEALTHY}))
"""Reasons of which only the latest holds; what else is told of one thing holds for good."""


def _left(old: Instance | None, instance: Instance, now: float) -> Iterator[Event]:
    if instance.draining and not (old and old.draining):
        yield _normal(
            now, instance, Reason.KILLING, "Instance gets no more requests and ends when those it has are done"
        )


def _lived(want: Desired, old: Instance | None, instance: Instance, now: float, pace: Pace) -> Iterator[Event]:
    if old is None:
        revision = f"Instance {instance.ordinal} of revision {instance.fingerprint} is created"
        yield _normal(instance.created_at, instance, Reason.CREATED, revision)
    elif old.sandbox.running and not instance.sandbox.running:
        yield _warning(now, instance, Reason.SANDBOX_CHANGED, "Its sandbox has ended; every container is started anew")
    ran = {run.id: run.state for run in old.runs} if old else {}
    for run in instance.runs:
        yield from _ran(want, instance, ran.get(run.id, RunState.CREATED), run, pace)
    yield from _turned_ready(old, instance, now)
    yield from _fell_ill(old, instance, now)


def _ran(want: Desired, instance: Instance, before: RunState, run: Run, pace: Pace) -> Iterator[Event]:
    """A run that was started, or ended, since the look that saw it in the state `before`."""
    if before is RunState.CREATED and run.state is not RunState.CREATED:
        yield _normal(run.started_at, instance, Reason.STARTED, f"Container {_named(run)} has started")
    if before is not RunState.EXITED and run.state is RunState.EXITED:
        yield _ended(instance, run)
        yield from _backed_off(want, instance, run, pace)


def _ended(instance: Instance, run: Run) -> Event:
    how = run.ended.reason
    kind = EventType.NORMAL if how == "Completed" else EventType.WARNING
    over = " for using more memory than it may" if how == "OOMKilled" else ""
    message = f"Container {_named(run)} {'was killed' if over else 'exited'}{over} (exit code {run.exit_code})"
    return Event(run.finished_at, instance.service, kind, how, message, instance.name)


def _backed_off(want: Desired, instance: Instance, run: Run, pace: Pace) -> Iterator[Event]:
    wait = restart.delay(restart.streak_after(run), pace.restart_factor)
    if wait == 0 or want.service.crash_block or run is not instance.current(run.container):
        return
    at = rfc3339(run.finished_at + wait)
    message = f"Container {_named(run)} is started again in {wait:g} s, at {at}"
    yield _warning(run.finished_at, instance, Reason.BACK_OFF, message)


def _turned_ready(old: Instance | None, instance: Instance, now: float) -> Iterator[Event]:
    if instance.ready and not (old and old.ready):
        yield _normal(now, instance, Reason.READY, "Instance is ready")
    elif old and old.ready and instance.alive and instance.link is None:
        yield _warning(now, instance, Reason.UNHEALTHY, "Its sidecar does not answer")


def _fell_ill(old: Instance | None, instance: Instance, now: float) -> Iterator[Event]:
    """What probes say now and did not say before of the same runs: the first word of all is only that they have begun, and
    a processor that loads is not ill."""
    if not (old and old.link and instance.link and instance.alive) or old.link.attempts != instance.link.attempts:
        return
    said = {*old.link.failing, *old.link.unready}
    for container, sentence in dict.fromkeys((*instance.link.failing, *instance.link.unready)):
        if (container, sentence) not in said and sentence not in health.LOADING:
            yield _warning(now, instance, Reason.UNHEALTHY, f"{container}: {sentence}")


def _named(run: Run) -> str:
    return f"{run.container} (restart {run.attempt})" if run.attempt else run.container


def _pod(step: Step) -> str:
    return "" if isinstance(step, CreatePod) else step.pod


def _normal(at: float, instance: Instance, reason: Reason, message: str) -> Event:
    return Event(at, instance.service, EventType.NORMAL, reason, message, instance.name)


def _warning(at: float, instance: Instance, reason: Reason, message: str) -> Event:
    return Event(at, instance.service, EventType.WARNING, reason, message, instance.name)
