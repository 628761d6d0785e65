"""Instances and their containers as objects of the OpenAPI, every field of them present (wire-contract 3.7)."""

from collections.abc import Collection
from typing import Any

from eas_local.core.instance import Instance, LastState, Run, RunState
from eas_local.core.moments import rfc3339
from eas_local.core.orders import Fate
from eas_local.core.render import NAMESPACE
from eas_local.core.service import Container, Service
from eas_local.core.status import Snapshot, Trouble
from eas_local.core.wire import TRAFFIC_PORT

Json = dict[str, Any]

_HERE = "127.0.0.1"
_CURRENT = {RunState.CREATED: "Waiting", RunState.RUNNING: "Running", RunState.EXITED: "Terminated"}


def instance(have: Instance, seen: Snapshot, leaving: Collection[str]) -> Json:
    """`leaving`: the names of those that get no more requests, though they may not have heard of it yet."""
    runs, fate = have.currents, seen.want.orders.fate(have.name)
    engines = _engines(seen.want.service)
    started = rfc3339(have.sandbox.started_at) if have.sandbox.started_at else ""
    return {
        "CreateTime": rfc3339(have.created_at),
        "CurrentAmount": 1.0,
        "Detached": fate is Fate.DETACHED,
        "ExternalIP": "",
        "ExternalInstancePort": have.sandbox.traffic.port if have.sandbox.traffic else 0,
        "HostIP": _HERE,
        "HostName": have.name,
        "InnerIP": have.sandbox.ip,
        "InstanceName": have.name,
        "InstancePort": TRAFFIC_PORT,
        "InstanceType": "",
        "IsLatest": have.fingerprint == seen.want.fingerprint,
        "IsReplica": False,
        "IsSpot": False,
        "Isolated": fate is Fate.ISOLATED,
        "LastState": [_last_state(last) for run in runs if (last := _last(run))],
        "Namespace": NAMESPACE,
        "OriginalAmount": 1.0,
        "ReadyProcesses": sum(_ready(have, run) for run in runs) + (engines if have.link else 0),
        "Reason": _reason(have, seen.trouble),
        "ReplicaName": "",
        "ResourceType": "PublicResource",
        "RestartCount": have.restarts,
        "Role": "Standard",
        "StartAt": started,
        "StartTime": started,
        "Status": "Terminating" if have.name in leaving else _instance_status(have),
        "TenantHostIP": _HERE,
        "TenantInstanceIP": have.sandbox.ip,
        "TotalProcesses": len(seen.want.service.containers) + engines,
        "Zone": "",
    }


def container(spec: Container, have: Instance) -> Json:
    run = have.current(spec.name)
    last = run.last if run else None
    return {
        "CurrentReaon": _current_reason(run),  # Parity: misspelt for ever (wire-contract 3.3).
        "CurrentStatus": _CURRENT[run.state] if run else "Waiting",
        "CurrentTimestamp": rfc3339(max(run.started_at, run.finished_at)) if run else "",
        "Image": run.image if run else spec.image,
        "LastReason": last.reason if last else "",
        "LastStatus": "Terminated" if last else "",
        "LastTimestamp": rfc3339(last.finished_at) if last else "",
        "Name": spec.name,
        "Port": spec.port or 0,
        "Ready": run is not None and _ready(have, run),
        "RestartCount": run.attempt if run else 0,
    }


def _engines(service: Service) -> int:
    """# Parity: an image service counts the engine's own container beside the user's, [2/2]; into a processor's the engine is
    built, [1/1] (eas-semantics 2.2)."""
    return 0 if service.processor else 1


def _current_reason(run: Run | None) -> str:
    if run is None:
        return "PodInitializing"
    if run.state is RunState.CREATED:
        return "ContainerCreating"
    return run.ended.reason if run.state is RunState.EXITED else ""


def _instance_status(have: Instance) -> str:
    if have.draining:
        return "Terminating"
    return "Running" if have.sandbox.running and have.runs else "Pending"


def _reason(have: Instance, trouble: Trouble | None) -> str:
    if trouble and (trouble.instance == have.name or not have.sandbox.id):
        return trouble.reason
    return next(filter(None, (_ailment(have, run) for run in have.currents)), "")


def _ailment(have: Instance, run: Run) -> str:
    # Parity: Kubernetes' word for a container that does not pass a probe.
    if _fails_a_probe(have, run):
        return "Unhealthy"
    return run.ended.reason if run.state is RunState.EXITED else ""


def _fails_a_probe(have: Instance, run: Run) -> bool:
    """One that has ended fails none any more, but for the one that had it killed."""
    if have.link is None or (run.container, run.attempt) not in have.link.attempts:
        return False
    said = have.link.failing if run.state is RunState.EXITED else (*have.link.failing, *have.link.unready)
    return run.container in dict(said)


def _ready(have: Instance, run: Run) -> bool:
    """The sidecar has a verdict on this very run, and it is good."""
    if have.link is None or not have.serves(run):
        return False
    return (run.container, run.attempt) in have.link.attempts and run.container not in dict(have.link.unready)


def _last(run: Run) -> LastState | None:
    return run.ended if run.state is RunState.EXITED else run.last


def _last_state(last: LastState) -> Json:
    # Parity: its keys are Kubernetes', as eascmd prints them (eas-semantics 2.2).
    return {
        "exitCode": last.exit_code,
        "finishedAt": rfc3339(last.finished_at),
        "reason": last.reason,
        "startedAt": rfc3339(last.started_at),
    }
