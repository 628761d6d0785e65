"""Whether a request may run now: workers first, then the queue, then nobody."""

from dataclasses import replace
from enum import StrEnum

from eas_local.core.service import Limits


class Admission(StrEnum):
    RUN = "run"
    WAIT = "wait"
    REJECT = "reject"


def staffed(limits: Limits, worker_threads: int | None) -> Limits:
    """With as many workers as a processor's host says it has, where the service.json says nothing."""
    return limits if limits.worker_threads is not None else replace(limits, worker_threads=worker_threads)


def admit(limits: Limits, running: int, waiting: int) -> Admission:
    """# Parity: worker_threads run, max_queue_size wait, the next gets 450 (eas-semantics 1.3)."""
    if limits.worker_threads is None or running < limits.worker_threads:
        return Admission.RUN
    if waiting < limits.max_queue_size:
        return Admission.WAIT
    return Admission.REJECT
