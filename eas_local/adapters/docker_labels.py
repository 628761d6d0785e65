"""What is remembered of an instance in the labels of its containers and volumes. No secret ever goes in.

Written strictly, read tolerantly: a missing label takes its default, so that containers of an earlier release are still
understood.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from enum import StrEnum

from eas_local.core.instance import LastState, Run
from eas_local.core.pod import ContainerSpec, PodIdentity
from eas_local.core.restart import streak_after

Labels = Mapping[str, str]

_OWNER = "eas.local.owner"
_SERVICE = "eas.local.service"
_INSTANCE = "eas.local.instance"
_ORDINAL = "eas.local.ordinal"
_FINGERPRINT = "eas.local.fingerprint"
_VERSION = "eas.local.version"
_CREATED = "eas.local.created"
_GPUS = "eas.local.gpus"
_ROLE = "eas.local.role"
_CONTAINER = "eas.local.container"
_ATTEMPT = "eas.local.attempt"
_LAST = "eas.local.last"
_STREAK = "eas.local.streak"
_JOINED = "eas.local.joined"


class Role(StrEnum):
    SANDBOX = "sandbox"
    WORKER = "worker"
    HELPER = "helper"
    """Does one job for the daemon and goes; belongs to no instance."""


def of_helper(owner: str) -> dict[str, str]:
    return {_ROLE: Role.HELPER, _OWNER: owner}


def of_scratch(owner: str, pod: str) -> dict[str, str]:
    return {_OWNER: owner, _INSTANCE: pod}


def of_sandbox(owner: str, identity: PodIdentity) -> dict[str, str]:
    return {**_of_pod(owner, identity), _ROLE: Role.SANDBOX}


def of_run(owner: str, spec: ContainerSpec) -> dict[str, str]:
    labels = _of_pod(owner, spec.identity)
    labels |= {_ROLE: Role.WORKER, _CONTAINER: spec.name, _ATTEMPT: str(spec.attempt), _STREAK: str(spec.streak)}
    labels[_JOINED] = repr(spec.joined)
    if spec.last is not None:
        labels[_LAST] = json.dumps(asdict(spec.last))
    return labels


def of_next(before: Labels, run: Run, attempt: int, joined: float) -> dict[str, str]:
    """Of the run that follows this one, or of this one made once more."""
    later = {_ATTEMPT: str(attempt), _JOINED: repr(joined)}
    if attempt != run.attempt:
        later |= {_STREAK: str(streak_after(run)), _LAST: json.dumps(run.left and asdict(run.left))}
    return {**before, **later}


def _of_pod(owner: str, identity: PodIdentity) -> dict[str, str]:
    return {
        _OWNER: owner,
        _SERVICE: identity.service,
        _INSTANCE: identity.pod,
        _ORDINAL: str(identity.ordinal),
        _FINGERPRINT: identity.fingerprint,
        _VERSION: str(identity.version),
        _CREATED: repr(identity.created_at),
        _GPUS: ",".join(identity.gpus),
    }


def chosen(owner: str, *, service: str | None = None, pod: str | None = None) -> dict[str, list[str]]:
    """The engine's filter for what belongs to an owner, one of its services or one of its pods."""
    wanted = {_OWNER: owner, _SERVICE: service, _INSTANCE: pod}
    return {"label": [f"{name}={value}" for name, value in wanted.items() if value is not None]}


def chosen_helpers(owner: str) -> dict[str, list[str]]:
    """The engine's filter for an owner's helpers."""
    return {"label": [f"{name}={value}" for name, value in of_helper(owner).items()]}


def owner(labels: Labels) -> str:
    return labels.get(_OWNER, "")


def service(labels: Labels) -> str:
    return labels.get(_SERVICE, "")


def pod(labels: Labels) -> str:
    return labels.get(_INSTANCE, "")


def role(labels: Labels) -> Role | None:
    with suppress(ValueError):
        return Role(labels.get(_ROLE, ""))
    return None


def identity(labels: Labels) -> PodIdentity:
    return PodIdentity(
        pod=labels.get(_INSTANCE, ""),
        service=labels.get(_SERVICE, ""),
        ordinal=int(labels.get(_ORDINAL, "0")),
        fingerprint=labels.get(_FINGERPRINT, ""),
        version=int(labels.get(_VERSION, "0")),
        created_at=float(labels.get(_CREATED, "0")),
        gpus=tuple(filter(None, labels.get(_GPUS, "").split(","))),
    )


def container(labels: Labels) -> str:
    return labels.get(_CONTAINER, "")


def attempt(labels: Labels) -> int:
    return int(labels.get(_ATTEMPT, "0"))


def streak(labels: Labels) -> int:
    return int(labels.get(_STREAK, labels.get(_ATTEMPT, "0")))


def joined(labels: Labels) -> float:
    return float(labels.get(_JOINED, "0"))


def last(labels: Labels) -> LastState | None:
    """How the run before ended, where this one is a restart."""
    with suppress(KeyError, ValueError, TypeError):  # null where nothing is known of its end
        return LastState(**json.loads(labels[_LAST]))
    return None
