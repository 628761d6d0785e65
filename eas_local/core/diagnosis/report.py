"""What an answer to "why is it not ready" is made of. Values only."""

from dataclasses import dataclass

from eas_local.core.states import State
from eas_local.core.streams import LogLine


@dataclass(frozen=True, slots=True)
class Cause:
    """`reason` is the short word that events show, `sentence` what was seen, `advice` what to do now.

    `container` is empty where it is about an instance as a whole, or the service.
    """

    reason: str
    sentence: str
    advice: str
    container: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with one instance; with the service as a whole where `instance` is empty."""

    error: str
    causes: tuple[Cause, ...]
    instance: str = ""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One container of an instance that is not ready, as evidence: how it is, what its probes say, what it wrote last."""

    instance: str
    container: str
    state: str
    probes: tuple[str, ...] = ()
    lines: tuple[LogLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """`summary` says in one sentence how the service is; without a diagnosis nothing is wrong. `notes` are no causes, but
    worth knowing."""

    service: str
    state: State
    summary: str
    diagnoses: tuple[Diagnosis, ...] = ()
    notes: tuple[str, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()

    def about(self, instance: str) -> "Report":
        """What concerns one instance: what is wrong with its service concerns it too."""
        return Report(
            self.service,
            self.state,
            self.summary,
            tuple(one for one in self.diagnoses if one.instance in {"", instance}),
            self.notes,
            tuple(one for one in self.exhibits if one.instance == instance),
        )
