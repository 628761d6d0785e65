"""What kept the last plan from being carried out, as a diagnosis. Most of it the error has said already: what failed on
which thing, and after the last semicolon what to do now."""

from eas_local.core import pulls
from eas_local.core.desired import Desired
from eas_local.core.diagnosis.evidence import Evidence
from eas_local.core.diagnosis.report import Cause, Diagnosis
from eas_local.core.errors import (
    DiskFull,
    EngineDown,
    EngineUnusable,
    ImageUnavailable,
    NoRoom,
    RequirementsFailed,
    SourceMissing,
    SourceUnreachable,
    SourceUnusable,
    StartRefused,
)
from eas_local.core.status import Trouble

_ERRORS = {
    DiskFull.reason: "A disk is full.",
    EngineDown.reason: "The Docker engine does not answer.",
    EngineUnusable.reason: "The Docker engine cannot serve this emulator.",
    NoRoom.reason: "Instances are Pending: resources are insufficient.",
    RequirementsFailed.reason: "Python requirements cannot be installed.",
    SourceMissing.reason: "A folder to mount does not exist.",
    SourceUnreachable.reason: "A source of the processor cannot be reached.",
    SourceUnusable.reason: "A source of the processor cannot be used.",
    StartRefused.reason: "The engine refuses to start a container.",
}


def diagnosis(want: Desired, trouble: Trouble, evidence: Evidence) -> Diagnosis:
    what, _, advice = trouble.message.rpartition("; ")
    cause = Cause(trouble.reason, what or trouble.message, advice if what else "")
    if trouble.reason == ImageUnavailable.reason:
        return _pull(want, cause)
    if trouble.reason == NoRoom.reason:
        cause = Cause(cause.reason, f"{cause.sentence}{_holders(evidence)}", cause.advice)
    return Diagnosis(_error(want, trouble), (cause,), trouble.instance or "")


def _error(want: Desired, trouble: Trouble) -> str:
    if want.service.processor and trouble.reason == SourceMissing.reason:
        return "A source of the processor, or a folder to mount, does not exist."
    return _ERRORS.get(trouble.reason, "What is asked for cannot be carried out.")


def _pull(want: Desired, cause: Cause) -> Diagnosis:
    name = next((c.name for c in want.service.containers if f'"{c.image}"' in cause.sentence), "worker0")
    sentence = f"{pulls.explain(cause.sentence).cause}: {cause.sentence}"
    # Parity: the OpenAPI's example of a diagnosis error.
    error = f"Container {name} failed to pull image."
    return Diagnosis(error, (Cause(cause.reason, sentence, cause.advice, name),))


def _holders(evidence: Evidence) -> str:
    """Who has the devices."""
    held = [f"{instance} has {uuid}" for uuid, instance in evidence.gpus]
    return f" ({', '.join(held)})" if held else ""
