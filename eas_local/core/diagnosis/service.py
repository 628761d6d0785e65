"""Joins everything known of one service to one report."""

from collections.abc import Iterator

from eas_local.core import restart, status
from eas_local.core.desired import Desired
from eas_local.core.diagnosis import endings, mended, serving, troubles, unready
from eas_local.core.diagnosis.evidence import Evidence, concerned, ending, telling
from eas_local.core.diagnosis.ports import coveted
from eas_local.core.diagnosis.report import Cause, Diagnosis, Exhibit, Report
from eas_local.core.instance import Instance, LastState, Run, RunState
from eas_local.core.pace import Pace
from eas_local.core.states import State
from eas_local.core.status import Snapshot

_AT_REST = {State.STOPPING, State.STOPPED, State.DELETING}
_MIB = 1024**2


def diagnose(seen: Snapshot, evidence: Evidence, now: float, pace: Pace = Pace()) -> Report:
    name, state = seen.want.name, seen.status.state
    if state in _AT_REST:
        return Report(name, state, seen.status.message)
    found = tuple(_diagnoses(seen, evidence, now))
    return Report(
        service=name,
        state=state,
        summary=_summary(seen, now, known=bool(found)),
        diagnoses=found,
        notes=tuple(_notes(seen, evidence)),
        exhibits=tuple(_exhibits(seen, evidence, now, pace)),
    )


def suspicious(seen: Snapshot) -> bool:
    """Whether something is wrong, or may be: whoever waits for a diagnosis need not look before."""
    if seen.status.state in _AT_REST:
        return False
    ill = seen.trouble is not None or bool(concerned(seen)) or any(serving.isolated(seen))
    return ill or seen.status.state is State.ORPHANED


def _diagnoses(seen: Snapshot, evidence: Evidence, now: float) -> Iterator[Diagnosis]:
    if seen.status.state is State.ORPHANED:
        what, _, advice = seen.status.message.partition("; ")
        yield Diagnosis("Its document is lost.", (Cause("Orphaned", what, advice),))
        return
    yield from serving.isolated(seen)
    failures = list(_failures(seen, evidence, now))
    if failures:
        yield from serving.paused(seen)
    yield from failures


def _failures(seen: Snapshot, evidence: Evidence, now: float) -> Iterator[Diagnosis]:
    if seen.trouble:
        yield troubles.diagnosis(seen.want, seen.trouble, evidence)
    for have in concerned(seen):
        if causes := tuple(_causes(seen, have, evidence, now)):
            yield Diagnosis(_error(seen.want, have), causes, have.name)


def _causes(seen: Snapshot, have: Instance, evidence: Evidence, now: float) -> Iterator[Cause]:
    if not have.sandbox.running:
        advice = "it is started again by itself; should it end again, look at its log: docker logs " + have.name
        yield Cause("SandboxEnded", "its sandbox has ended", advice)
        return
    if now >= have.silent_from:
        yield Cause("SidecarSilent", status.SILENT, _of_silence(seen.want, have, evidence))
        return
    for run in have.currents:
        yield from _of_container(seen, have, run, evidence, now)


def _of_silence(want: Desired, have: Instance, evidence: Evidence) -> str:
    words = f"its own words: docker logs {have.name}"
    for container in want.service.containers:
        run = have.current(container.name)
        lines = evidence.tail(telling(want, have, run)) if run else ()
        if port := coveted(container, (line.text for line in lines)):
            return f"let {container.name} listen on another port than {port}, which belongs to the sidecar; {words}"
    return f"wait a moment: it is being started, or the machine is busy; {words}"


def _of_container(seen: Snapshot, have: Instance, run: Run, evidence: Evidence, now: float) -> Iterator[Cause]:
    """What ails a run that is on counts for more than how the one before it has ended, unless a probe had that killed."""
    judged = run.state is RunState.RUNNING and have.fingerprint == seen.want.fingerprint
    present = tuple(unready.causes(seen.want, have, run, evidence, now)) if judged else ()
    ended = ending(seen.want, have, run)
    if ended and (not present or endings.killed(ended, evidence)):
        yield endings.cause(seen.want, ended, evidence)
    yield from present


def _error(want: Desired, have: Instance) -> str:
    before = "" if have.fingerprint == want.fingerprint else " It is of the revision before the update."
    if any(ending(want, have, run) for run in have.currents):
        return f"{status.unhealthy(have)}{before}"
    return f"Instance <{have.name}> is not ready.{before}"


def _summary(seen: Snapshot, now: float, *, known: bool) -> str:
    """`known`: the diagnoses tell the rest."""
    state, ready = seen.status, f"ready {seen.status.running}/{seen.status.total}"
    if state.running >= state.total and not known:
        return ready
    if known:
        return f"{state.state}, {ready}"
    return f"{state.state} for {max(now - _since(seen), 0):.0f} s, {ready}: {state.message}"


def _since(seen: Snapshot) -> float:
    """Since when what is not ready has been on its way."""
    begun = [run.started_at for have in concerned(seen) for run in have.currents if run.started_at]
    return min(begun, default=seen.want.updated_at)


def _notes(seen: Snapshot, evidence: Evidence) -> Iterator[str]:
    asked, there = seen.want.service.resources, evidence.capacity
    if there and asked.cpu and asked.cpu > there.cpus:
        yield f"metadata.cpu is {asked.cpu:g} and the engine has {there.cpus}: instances run with {there.cpus}"
    if there and asked.memory_mib and asked.memory_mib * _MIB > there.memory_bytes:
        have = there.memory_bytes // _MIB
        yield f"metadata.memory is {asked.memory_mib} and the engine has {have} MiB: the machine's memory ends first"
    yield from serving.notes(seen)
    yield from mended.notes(seen, evidence)
    if seen.want.service.crash_block and status.ended(seen.want, seen.instances):
        yield f"enable_crash_block keeps what has ended for a look; eas-local restart {seen.want.name} goes on"


def _exhibits(seen: Snapshot, evidence: Evidence, now: float, pace: Pace) -> Iterator[Exhibit]:
    for have in concerned(seen):
        for run in have.currents:
            probes = have.link.probes if have.link else ()
            yield Exhibit(
                instance=have.name,
                container=run.container,
                state=f"{_state(run, now)}{_next_start(seen.want, have, run, now, pace)}",
                probes=tuple(
                    f"{probe.kind}: {probe.history} {probe.failure}".rstrip()
                    for probe in probes
                    if probe.container == run.container
                ),
                lines=evidence.tail(telling(seen.want, have, run)),
            )


def _state(run: Run, now: float) -> str:
    if run.state is RunState.CREATED:
        return "is being started"
    if run.state is RunState.EXITED:
        return f"ended {max(now - run.finished_at, 0):.0f} s ago with {_end(run.ended)}"
    after = f", the run before ended with {_end(run.last)}" if run.last else ""
    return f"runs for {max(now - run.started_at, 0):.0f} s{after}"


def _next_start(want: Desired, have: Instance, run: Run, now: float, pace: Pace) -> str:
    if run.state is not RunState.EXITED or want.service.crash_block or want.orders.ends(have.name, run):
        return ""
    within = run.finished_at + restart.delay(restart.streak_after(run), pace.restart_factor) - now
    return f", is started again in {within:.0f} s" if within >= 1 else ", is started again now"


def _end(last: LastState) -> str:
    return f"{last.reason} (exit code {last.exit_code})"
