"""What an engine tells as it happens: changes of containers, and lines they write; and which runs such lines are of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineEvent:
    """Something happened to a container of ours. `kind`: started, exited, oom, gone."""

    service: str
    pod: str
    kind: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """`at` is an RFC 3339 UTC time with nanoseconds, as the engine gives it."""

    at: str
    text: str


@dataclass(frozen=True, slots=True, order=True)
class KeptRun:
    """One run of one container, by names that outlive the container itself."""

    pod: str
    container: str
    attempt: int
