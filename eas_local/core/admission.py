"""Whether a request may run now: workers first, then the queue, then nobody."""

from enum import StrEnum

from eas_local.core.service import Limits


class Admission(StrEnum):
    RUN = "run"
    WAIT = "wait"
    REJECT = "reject"


def admit(limits: Limits, running: int, waiting: int) -> Admission:
    """# Parity: worker_threads run, max_queue_size wait, the next gets 450 (eas-semantics 1.3)."""
    if limits.worker_threads is None or running < limits.worker_threads:
        return Admission.RUN
    if waiting < limits.max_queue_size:
        return Admission.WAIT
    return Admission.REJECT
