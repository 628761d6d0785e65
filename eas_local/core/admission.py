"""Whether a request may run now: workers first, then the queue, then nobody."""

from dataclasses import dataclass, replace
from enum import StrEnum

from eas_local.core.service import Limits


class Admission(StrEnum):
    RUN = "run"
    WAIT = "wait"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Told:
    """What a processor's host says of its code: how many calls it takes at once, and the limits that it has set for itself,
    in seconds; None where it has set none."""

    worker_threads: int
    keepalive: float | None = None
    max_queue_size: int | None = None


def agreed(limits: Limits, told: Told | None) -> Limits:
    """The limits in force. Of workers the service.json knows best; a property is the code's to set, after the file has.

    # Parity: rpc.keepalive and rpc.max_queue_size are properties that code may put (wire-contract 5.1; order our choice).
    """
    if told is None:
        return limits
    return replace(
        limits,
        worker_threads=limits.worker_threads or told.worker_threads,
        keepalive=told.keepalive or limits.keepalive,
        max_queue_size=limits.max_queue_size if told.max_queue_size is None else told.max_queue_size,
    )


def admit(limits: Limits, running: int, waiting: int) -> Admission:
    """# Parity: worker_threads run, max_queue_size wait, the next gets 450 (eas-semantics 1.3)."""
    if limits.worker_threads is None or running < limits.worker_threads:
        return Admission.RUN
    if waiting < limits.max_queue_size:
        return Admission.WAIT
    return Admission.REJECT
