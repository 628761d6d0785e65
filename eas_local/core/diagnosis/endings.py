"""Why a run of a container has ended: rules from the particular to the general, the first that knows it answers.

What a rule sees is a `Case`; the rules for programs that could not be executed have a file of their own (`unfit`), and so
have those for processors (`hosts`).
"""

import re
from collections.abc import Callable, Iterable
from signal import Signals

from eas_local.core.desired import Desired
from eas_local.core.diagnosis import hosts, unfit
from eas_local.core.diagnosis.case import Case
from eas_local.core.diagnosis.evidence import Ending, Evidence
from eas_local.core.diagnosis.ports import coveted
from eas_local.core.diagnosis.report import Cause
from eas_local.core.service import Container, EmptyDir, Service

_PROBE = "probe failed"
_TAKEN = re.compile(r"address already in use|EADDRINUSE", re.IGNORECASE)
_NO_SPACE = re.compile(r"no space left on device|StorageFull|ENOSPC", re.IGNORECASE)
_MODULE = re.compile(r"(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)'?")
_LOG = "eas-local logs {} shows all it wrote (--previous: before its last restart)"


def cause(want: Desired, ended: Ending, evidence: Evidence) -> Cause:
    case = Case(
        service=want.service,
        container=_container(want.service, ended.run.container),
        last=ended.last,
        lines=[line.text.strip() for line in evidence.tail(ended.run)],
        program=evidence.programs.get(ended.run),
        here=evidence.capacity.machine if evidence.capacity else "",
        killed=killed(ended, evidence),
    )
    rules = _RULES_OF_A_HOST if case.container.is_host else _RULES
    return next(found for rule in rules if (found := rule(case)))


def killed(ended: Ending, evidence: Evidence) -> str:
    """Why this emulator has killed that run; empty where it did not."""
    return ended.failing or evidence.killed(ended.run, ended.last)


def _container(service: Service, name: str) -> Container:
    """The service of now may not have a container any more that an instance of an earlier revision has."""
    return next((one for one in service.containers if one.name == name), Container(name, ""))


def _killed_by_a_probe(case: Case) -> Cause | None:
    if _PROBE not in case.killed:
        return None
    return case.cause(
        "Unhealthy",
        f"was killed and started again: {case.killed}",
        "put right what the probe asks for, or give it more time (initial_delay_seconds, timeout_seconds, failure_threshold)",
    )


def _out_of_memory(case: Case) -> Cause | None:
    if case.last.reason != "OOMKilled":
        return None
    limit = case.service.resources.memory_mib
    if limit is None:
        return case.cause(
            "OOMKilled", "was killed because the machine ran out of memory (exit code 137)", "free some memory"
        )
    # Parity: the FAQ's remedy for an instance killed as it started (FAQ, status Failed).
    return case.cause(
        "OOMKilled",
        f"was killed because it needed more than its {limit} MiB of memory (exit code 137)",
        f"raise metadata.memory above {limit}",
    )


def _address_taken(case: Case) -> Cause | None:
    said = case.holding(_TAKEN)
    if not said:
        return None
    if reserved := coveted(case.container, said[-1:]):
        # Parity: 8080 and 9090 belong to the engine inside an instance (JSON deployment).
        return case.cause(
            "ReservedPort",
            f"cannot listen on port {reserved}: it belongs to the engine inside the instance (exit code {case.code})",
            f"let the process listen on another port, and set {case.container.field}.port to it",
        )
    return case.cause(
        "AddressInUse",
        f"cannot listen: its address is in use already (exit code {case.code})",
        "give each process of the instance a port of its own: its containers share one network, in which 8080 and 9090 "
        "belong to the engine",
    )


def _disk_full(case: Case) -> Cause | None:
    if not speaks_of_a_full_disk(case.lines):
        return None
    return case.cause(
        "StorageFull",
        f"wrote to a disk that is full (No space left on device, exit code {case.code})",
        room_for(case.service),
    )


def speaks_of_a_full_disk(lines: Iterable[str]) -> bool:
    return any(map(_NO_SPACE.search, lines))


def room_for(service: Service) -> str:
    """What to do about a full disk."""
    limited = [volume for volume in service.volumes if isinstance(volume, EmptyDir) and volume.size_gib]
    raised = [f"raise size_limit ({volume.size_gib:g}) of the empty_dir at {volume.mount_path}" for volume in limited]
    # Parity: the FAQ's remedies for StorageFull are a larger disk, or large files on mounted storage.
    return ", ".join(["free some of the engine's disk", *raised, "or keep large files in mounted storage"])


def _missing_module(case: Case) -> Cause | None:
    module = case.named(_MODULE)
    if not module:
        return None
    return case.cause(
        "Error",
        f"ended with exit code {case.code}: Python module {module} is not in the image",
        f"add it to {case.container.field}.prepare.pythonRequirements, or to the image",
    )


def _signalled(case: Case) -> Cause | None:
    if case.code <= 128 or case.code - 128 not in set(Signals):
        return None
    name = Signals(case.code - 128).name
    return case.cause("Error", f"was ended by {name} (exit code {case.code})", _LOG.format(case.service.name))


def _completed(case: Case) -> Cause | None:
    if case.code != 0:
        return None
    return case.cause(
        "Completed",
        "came to its end by itself (exit code 0), and a service must go on",
        "let its command stay in the foreground until it is told to end",
    )


def _failed(case: Case) -> Cause:
    lines = [line for line in case.lines if line]
    said = f": {lines[-1]}" if lines else ", and wrote nothing"
    return case.cause("Error", f"ended with exit code {case.code}{said}", _LOG.format(case.service.name))


_RULES: tuple[Callable[[Case], Cause | None], ...] = (
    _killed_by_a_probe,
    _out_of_memory,
    unfit.built_for_another_machine,
    unfit.absent,
    unfit.forbidden,
    _address_taken,
    _disk_full,
    _missing_module,
    _signalled,
    _completed,
    _failed,
)
_RULES_OF_A_HOST: tuple[Callable[[Case], Cause | None], ...] = (
    _out_of_memory,
    unfit.built_for_another_machine,
    unfit.absent,
    unfit.forbidden,
    _disk_full,
    hosts.module_missing,
    hosts.signalled,
    hosts.completed,
    hosts.failed,
)
