"""What can be done to a service, one value for each kind of act.

Every step carries its cause, and the time before which it must not be done. The text is what plan, log and events show.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CreatePod:
    """A new instance: its sandbox first."""

    ordinal: int
    cause: str
    at: float = 0

    def __str__(self) -> str:
        return f"create instance {self.ordinal}: {self.cause}"


@dataclass(frozen=True, slots=True)
class ReviveSandbox:
    pod: str
    cause: str
    at: float = 0

    def __str__(self) -> str:
        return f"start sandbox of {self.pod}: {self.cause}"


@dataclass(frozen=True, slots=True)
class StartRun:
    pod: str
    container: str
    attempt: int
    cause: str
    at: float = 0

    def __str__(self) -> str:
        return f"start {self.container} of {self.pod}: {self.cause}"


@dataclass(frozen=True, slots=True)
class KillRun:
    pod: str
    container: str
    run_id: str
    cause: str
    at: float = 0

    def __str__(self) -> str:
        return f"kill {self.container} of {self.pod}: {self.cause}"


@dataclass(frozen=True, slots=True)
class StoreRun:
    """The log of a run that another one has followed is kept, its container removed."""

    pod: str
    container: str
    run_id: str
    cause: str
    at: float = 0

    def __str__(self) -> str:
        return f"store {self.container} of {self.pod}: {self.cause}"


@dataclass(frozen=True, slots=True)
class Configure:
    """The sidecar is told what has changed: token, limits, or which run it watches."""

    pod: str
    cause: str
    at: float = 0

    def __str__(self) -> str:
        return f"configure {self.pod}: {self.cause}"


@dataclass(frozen=True, slots=True)
class Drain:
    """Out of the routes, gate shut; what is in flight may end."""

    pod: str
    cause: str
    at: float = 0

    def __str__(self) -> str:
        return f"drain {self.pod}: {self.cause}"


@dataclass(frozen=True, slots=True)
class RemovePod:
    pod: str
    cause: str
    at: float = 0

    def __str__(self) -> str:
        return f"remove {self.pod}: {self.cause}"


Step = CreatePod | ReviveSandbox | StartRun | KillRun | StoreRun | Configure | Drain | RemovePod
