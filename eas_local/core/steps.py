"""What can be done to a service, one value for each kind of act.

Every step carries its cause, and the time before which it must not be done. Its text is what plan, log and events show.
"""

from dataclasses import dataclass
from typing import ClassVar


class _Text:
    """The act, with a step's own values in it, and the cause."""

    __slots__ = ()
    act: ClassVar[str]
    cause: str

    def __str__(self) -> str:
        return f"{self.act.format(self)}: {self.cause}"


@dataclass(frozen=True, slots=True)
class CreatePod(_Text):
    """A new instance: its sandbox first."""

    act = "create instance {0.ordinal}"
    ordinal: int
    cause: str
    at: float = 0


@dataclass(frozen=True, slots=True)
class ReviveSandbox(_Text):
    act = "start sandbox of {0.pod}"
    pod: str
    cause: str
    at: float = 0


@dataclass(frozen=True, slots=True)
class StartRun(_Text):
    """`as_made`: with the settings of the run before it, because its instance is of an earlier revision."""

    act = "start {0.container} of {0.pod}"
    pod: str
    container: str
    attempt: int
    cause: str
    at: float = 0
    as_made: bool = False


@dataclass(frozen=True, slots=True)
class KillRun(_Text):
    act = "kill {0.container} of {0.pod}"
    pod: str
    container: str
    run_id: str
    cause: str
    at: float = 0


@dataclass(frozen=True, slots=True)
class StoreRun(_Text):
    """The log of a run that another one has followed is kept, its container removed."""

    act = "store {0.container} of {0.pod}"
    pod: str
    container: str
    run_id: str
    cause: str
    at: float = 0


@dataclass(frozen=True, slots=True)
class Configure(_Text):
    """The sidecar is told what has changed: token, limits, or which run it watches."""

    act = "configure {0.pod}"
    pod: str
    cause: str
    at: float = 0


@dataclass(frozen=True, slots=True)
class Drain(_Text):
    """Out of the routes, gate shut; what is in flight may end."""

    act = "drain {0.pod}"
    pod: str
    cause: str
    at: float = 0


@dataclass(frozen=True, slots=True)
class RemovePod(_Text):
    act = "remove {0.pod}"
    pod: str
    cause: str
    at: float = 0


Step = CreatePod | ReviveSandbox | StartRun | KillRun | StoreRun | Configure | Drain | RemovePod
