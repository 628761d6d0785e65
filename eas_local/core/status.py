"""What the user sees of a service: its state in EAS's words, with reason and message."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from eas_local.core import places, planner, render
from eas_local.core.desired import Change, Desired, Goal
from eas_local.core.instance import Instance, Run, RunState
from eas_local.core.orders import Fate
from eas_local.core.states import State


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """`total`, `running` and `pending` count instances; running ones are ready. `paused`: the change that is under way
    gets no further by itself, as far as can be told."""

    state: State
    reason: str
    message: str
    total: int = 0
    running: int = 0
    pending: int = 0
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the last plan could not be carried out. `permanent` trouble fails the service, other trouble is tried again.

    `instance` is the one it concerns, None where it is about the service as a whole.
    """

    reason: str
    message: str
    permanent: bool
    since: float
    attempts: int = 1
    retry_at: float = 0
    instance: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look at one service: what was wanted, what was there, what that means. `seq` grows with every change."""

    want: Desired
    status: ServiceStatus
    instances: tuple[Instance, ...] = ()
    trouble: Trouble | None = None
    seq: int = 0


class EventType(StrEnum):
    NORMAL = "Normal"
    WARNING = "Warning"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a service's history. `instance` is empty where it is about the service."""

    at: float
    service: str
    type: EventType
    reason: str
    message: str
    instance: str = ""


def of(
    want: Desired,
    have: Sequence[Instance],
    trouble: Trouble | None = None,
    *,
    busy: bool = False,
    doing: str = "",
    now: float = 0,
) -> ServiceStatus:
    """The state of a service, from what is wanted and what is there. `busy`: something is still being done to it;
    `doing`: what of that takes long."""
    have = [i for i in places.seated(want, have) if want.orders.fate(i.name) is not Fate.DETACHED]
    ready = [i for i in have if i.ready and i.fingerprint == want.fingerprint and not _is_ordered_to_end(want, i)]
    running, total = min(len(ready), want.replicas), want.replicas
    if want.goal is Goal.STOP:
        state, reason, message = _stopping(ended=not have and not busy)
    else:
        state, reason, message = _verdict(want, have, ready, trouble, now)
    if doing and trouble is None and state in _UNDER_WAY:
        message = doing
    paused = state in _IN_CHANGE and stuck(want, have, trouble)
    return ServiceStatus(state, reason, message, total, running, max(total - running, 0), paused)


def on_its_way(want: Desired, have: Sequence[Instance], trouble: Trouble | None) -> bool:
    """Some instance is missing, and nothing says that none will come.

    A service that has Failed waits for its author, and so does a crashed container under `crash_block`; everything else is
    tried again by itself.
    """
    if sum(instance.ready for instance in have) >= want.replicas:
        return False
    given_up = want.service.crash_block and ended(want, have) is not None
    return not given_up and of(want, have, trouble).state is not State.FAILED


def ended(want: Desired, have: Sequence[Instance]) -> Instance | None:
    """The first instance one of whose containers has exited unasked and was not yet started again."""
    return next((i for i in have if any(_has_exited(want, i, run) for run in i.currents)), None)


def crashed(want: Desired, have: Sequence[Instance]) -> Instance | None:
    """The first instance one of whose containers has exited unasked since it was last ready, as far as can be told."""
    unready = (i for i in have if not i.ready)
    return ended(want, have) or next((i for i in unready if any(_has_restarted(want, i, r) for r in i.currents)), None)


def isolated(want: Desired, have: Sequence[Instance]) -> list[Instance]:
    return [i for i in planner.staying(want, have) if want.orders.fate(i.name) is Fate.ISOLATED]


def rejoin(want: Desired, have: Sequence[Instance]) -> str:
    """How those that are isolated serve again."""
    return f"eas-local instance rejoin {want.name} {','.join(i.name for i in have)}"


def _has_exited(want: Desired, instance: Instance, run: Run) -> bool:
    return run.state is RunState.EXITED and not want.orders.ends(instance.name, run)


def _has_restarted(want: Desired, instance: Instance, run: Run) -> bool:
    asked = want.orders.ends(instance.name, run) or want.orders.began(instance.name, run)
    return run.attempt > 0 and not asked


def _verdict(
    want: Desired, have: Sequence[Instance], ready: Sequence[Instance], trouble: Trouble | None, now: float
) -> tuple[State, str, str]:
    if want.goal is Goal.DELETE:
        return State.DELETING, "DELETING", "Service is terminating"
    if len(ready) >= want.replicas and (want.settled or (not _others(want, have) and _told(want, ready))):
        return _running(want, ready)
    if want.in_first_light:
        return _first_light(want, have, trouble, now)
    return _changing(want, have, trouble, now)


def _running(want: Desired, ready: Sequence[Instance]) -> tuple[State, str, str]:
    if ready and len(isolated(want, ready)) == len(ready):
        all_are = "its only instance is" if len(ready) == 1 else f"all {len(ready)} instances are"
        message = f"Nobody takes requests, because {all_are} isolated; {rejoin(want, ready)} takes that back"
        return State.RUNNING, "Isolated", message
    # Parity: Message and Reason of a running service (wire-contract 3.8).
    return State.RUNNING, "RUNNING", "Service start successfully"


_IN_CHANGE = {State.UPDATING, State.SCALING, State.HOT_UPDATE}
_UNDER_WAY = {State.CREATING, State.STARTING, State.WAITING, State.UPDATING, State.SCALING}
_FIRST_LIGHT = {Change.CREATE: State.CREATING, Change.START: State.STARTING}
_CHANGING = {Change.SCALE: State.SCALING, Change.HOT_UPDATE: State.HOT_UPDATE}


def _stopping(*, ended: bool) -> tuple[State, str, str]:
    if ended:
        return State.STOPPED, "STOPPED", "Service is stopped"
    return State.STOPPING, "STOPPING", "Service is stopping"


def _first_light(
    want: Desired, have: Sequence[Instance], trouble: Trouble | None, now: float
) -> tuple[State, str, str]:
    """Before a service has run once, a crash or a missing source fails it (FAQ: status Failed)."""
    if trouble and trouble.permanent:
        return State.FAILED, trouble.reason, trouble.message
    if broken := crashed(want, _present(want, have)):
        return State.FAILED, "Unhealthy", unhealthy(broken)
    if trouble:
        return State.WAITING, trouble.reason, trouble.message
    if have:
        awaited = waiting_for(_present(want, have), now) or "Service is waiting for its instances to be ready"
        return State.WAITING, "WAITING", awaited
    opening = _FIRST_LIGHT[want.change]
    return opening, opening.upper(), f"Service is {opening.lower()}"


def _changing(want: Desired, have: Sequence[Instance], trouble: Trouble | None, now: float) -> tuple[State, str, str]:
    """After that the service stays in its state; the message says what is wrong."""
    state = State.RUNNING if want.settled else _CHANGING.get(want.change, State.UPDATING)
    if trouble:
        return state, trouble.reason, trouble.message
    if _others_serve(want, have) and (broken := crashed(want, _present(want, have))):
        return state, "Unhealthy", f"{unhealthy(broken)} {_PAUSED}"
    if broken := ended(want, _present(want, have)):
        return state, "Unhealthy", unhealthy(broken)
    return state, state.upper(), waiting_for(_present(want, have), now) or f"Service is {state.lower()}"


# Parity: an update whose new instance fails pauses, and the instances of before go on serving (eas-semantics 7.7).
_PAUSED = "The update is paused; instances of the revision before go on serving."


def stuck(want: Desired, have: Sequence[Instance], trouble: Trouble | None) -> bool:
    """A newcomer fails, or cannot be made before somebody acts."""
    return crashed(want, _present(want, have)) is not None or (trouble is not None and trouble.permanent)


def _others_serve(want: Desired, have: Sequence[Instance]) -> bool:
    return any(i.ready and i.fingerprint != want.fingerprint for i in have)


def _present(want: Desired, have: Sequence[Instance]) -> list[Instance]:
    """What ails one that goes is over soon."""
    return [i for i in planner.staying(want, have) if i.fingerprint == want.fingerprint]


def _is_ordered_to_end(want: Desired, instance: Instance) -> bool:
    """It will serve no more, or not before a container of it has begun anew."""
    runs = instance.currents
    return want.orders.fate(instance.name) is Fate.DELETED or any(want.orders.ends(instance.name, run) for run in runs)


def _told(want: Desired, ready: Sequence[Instance]) -> bool:
    """Every sidecar has what is wanted now."""
    return all(render.is_told(want, instance) for instance in ready)


def _others(want: Desired, have: Sequence[Instance]) -> bool:
    """Instances of an earlier revision, or more of them than wanted, are still there."""
    return len(have) > want.replicas or any(i.fingerprint != want.fingerprint for i in have)


SILENT = "its sidecar does not answer yet"


def unhealthy(instance: Instance) -> str:
    # Parity: the FAQ's message of a service that Failed because an instance crashed (eas-semantics 1.8).
    return f"Instance <{instance.name}> not healthy: Instance crashed, please inspect instance log."


def waiting_for(have: Sequence[Instance], now: float) -> str:
    """What the first instance that is not ready waits for, as its sidecar tells it."""
    for instance in have:
        if now >= instance.silent_from:
            return f"Instance <{instance.name}> is not ready: {SILENT}"
        if instance.link and not instance.ready and instance.link.unready:
            container, sentence = instance.link.unready[0]
            return f"Instance <{instance.name}> is not ready: {container}: {sentence}"
    return ""
