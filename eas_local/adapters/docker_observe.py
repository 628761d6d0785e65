"""From what the engine says of containers to instances and their runs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from eas_local.adapters import docker_labels as labels
from eas_local.adapters.docker_labels import Role
from eas_local.core.instance import Address, Instance, Run, RunState, Sandbox
from eas_local.core.wire import CONTROL_PORT, TRAFFIC_PORT

Details = Mapping[str, Any]
"""One container as the engine's inspect call describes it."""

_ON_ITS_WAY_OUT = {"dead", "removing"}
_ENDED = {"exited", *_ON_ITS_WAY_OUT}
_NO_SANDBOX = Sandbox(id="", running=False, started_at=0)


def instances(containers: Iterable[Details]) -> list[Instance]:
    """The instances these containers make up, in the order of their creation."""
    pods: dict[str, list[Details]] = defaultdict(list)
    for details in containers:
        if labels.role(_labels(details)) in {Role.SANDBOX, Role.WORKER}:
            pods[labels.pod(_labels(details))].append(details)
    found = [_instance(members) for members in pods.values()]
    return sorted(found, key=lambda instance: (instance.created_at, instance.ordinal, instance.name))


def _instance(members: Sequence[Details]) -> Instance:
    identity = labels.identity(_labels(members[0]))
    sandboxes = [details for details in members if labels.role(_labels(details)) is Role.SANDBOX]
    runs = [_run(details) for details in members if labels.role(_labels(details)) is Role.WORKER]
    return Instance(
        name=identity.pod,
        service=identity.service,
        ordinal=identity.ordinal,
        fingerprint=identity.fingerprint,
        version=identity.version,
        created_at=identity.created_at,
        sandbox=_sandbox(sandboxes[0]) if sandboxes else _NO_SANDBOX,
        runs=tuple(sorted(runs, key=lambda run: (run.container, run.attempt))),
        gpus=identity.gpus,
    )


def _run(details: Details) -> Run:
    state = details["State"]
    return Run(
        id=details["Id"],
        container=labels.container(_labels(details)),
        attempt=labels.attempt(_labels(details)),
        image=details["Config"]["Image"],
        state=_state(state["Status"]),
        started_at=_seconds(state["StartedAt"]),
        finished_at=_seconds(state["FinishedAt"]),
        exit_code=state["ExitCode"],
        oom_killed=state["OOMKilled"],
        error=state["Error"],
        last=labels.last(_labels(details)),
        streak=labels.streak(_labels(details)),
        joined=labels.joined(_labels(details)),
    )


def _sandbox(details: Details) -> Sandbox:
    state = details["State"]
    if state["Status"] in _ON_ITS_WAY_OUT:
        return _NO_SANDBOX
    if not state["Running"]:
        return Sandbox(details["Id"], running=False, started_at=_seconds(state["StartedAt"]))
    ip = _ip(details)
    return Sandbox(
        id=details["Id"],
        running=True,
        started_at=_seconds(state["StartedAt"]),
        ip=ip,
        traffic=_address(details, ip, TRAFFIC_PORT),
        control=_address(details, ip, CONTROL_PORT),
    )


def _ip(details: Details) -> str:
    networks = details["NetworkSettings"]["Networks"].values()
    return next((network["IPAddress"] for network in networks if network["IPAddress"]), "")


def _address(details: Details, ip: str, port: int) -> Address:
    """Where this machine reaches a port of the pod: as published, else at the pod's own address."""
    published = (details["NetworkSettings"]["Ports"] or {}).get(f"{port}/tcp")
    if published:
        return Address(published[0]["HostIp"], int(published[0]["HostPort"]))
    return Address(ip, port)


def _state(status: str) -> RunState:
    """The engine's word as ours. One that is being removed has ended; a paused one has not."""
    if status == "created":
        return RunState.CREATED
    return RunState.EXITED if status in _ENDED else RunState.RUNNING


def _seconds(stamp: str) -> float:
    """An engine's time as seconds since the epoch; 0 for its "never", which is the year 1."""
    return max(datetime.fromisoformat(stamp).timestamp(), 0)


def _labels(details: Details) -> labels.Labels:
    found: labels.Labels = details["Config"]["Labels"]
    return found
