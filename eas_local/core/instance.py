"""What runs: one instance of a service as the engine and its sidecar show it.

The engine is asked anew at each look; nothing here is remembered between looks.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf

from eas_local.core.wire import SidecarState

SILENCE = 3.0
"""Seconds; a sidecar speaks a quarter of a second after its sandbox has started."""


class RunState(StrEnum):
    CREATED = "created"
    RUNNING = "running"
    EXITED = "exited"


@dataclass(frozen=True, slots=True)
class LastState:
    """How a run of a container ended. Times are seconds since the epoch."""

    exit_code: int
    reason: str
    started_at: float
    finished_at: float


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one container. `attempt` counts from 0; a restart is a new run in the same sandbox."""

    id: str
    container: str
    attempt: int
    image: str
    state: RunState
    started_at: float = 0
    finished_at: float = 0
    exit_code: int = 0
    oom_killed: bool = False
    error: str = ""
    last: LastState | None = None
    """How the run before this one ended."""
    streak: int = 0
    """How many runs in a row had ended when this one was started."""
    joined: float = 0
    """When the sandbox that it joined had been started; 0 where nobody noted that."""

    @property
    def ended(self) -> LastState:
        # Parity: OOMKilled is said only of exit code 137; an OOM-killed child alone also sets the engine's flag.
        if self.oom_killed and self.exit_code == 137:
            reason = "OOMKilled"
        else:
            reason = "Completed" if self.exit_code == 0 else "Error"
        return LastState(self.exit_code, reason, self.started_at, self.finished_at)

    @property
    def left(self) -> LastState | None:
        """What the run that follows knows of its end: nothing where its sandbox was started anew while it went on."""
        return self.ended if self.state is RunState.EXITED else None


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The container that owns an instance's network namespace. Addresses are None while it does not run."""

    id: str
    running: bool
    started_at: float
    ip: str = ""
    traffic: Address | None = None
    control: Address | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """`name` is at once the pod's uid, its hostname and POD_NAME. `runs` hold every run the engine still has."""

    name: str
    service: str
    ordinal: int
    fingerprint: str
    version: int
    created_at: float
    sandbox: Sandbox
    runs: tuple[Run, ...] = ()
    gpus: tuple[str, ...] = ()
    link: SidecarState | None = None
    estranged: bool = False
    """Its sidecar refuses us, for it was made with another key than this home has now."""

    def current(self, container: str) -> Run | None:
        """The latest run of a container."""
        runs = [run for run in self.runs if run.container == container]
        return max(runs, key=lambda run: run.attempt, default=None)

    @property
    def currents(self) -> tuple[Run, ...]:
        latest: dict[str, Run] = {}
        for run in sorted(self.runs, key=lambda run: run.attempt):
            latest[run.container] = run
        return tuple(latest[name] for name in sorted(latest))

    @property
    def alive(self) -> bool:
        """Every container runs in a sandbox that runs."""
        runs = self.currents
        return self.sandbox.running and bool(runs) and all(self.serves(run) for run in runs)

    def serves(self, run: Run) -> bool:
        """Runs, and in the sandbox's present namespace: a container joined to an earlier one looks up but is unreachable."""
        joined = run.joined == self.sandbox.started_at if run.joined else run.started_at >= self.sandbox.started_at
        return run.state is RunState.RUNNING and joined

    @property
    def silent_from(self) -> float:
        """When a sidecar that has said nothing by then should have; never for one that has."""
        return self.sandbox.started_at + SILENCE if self.alive and self.link is None else inf

    @property
    def draining(self) -> bool:
        return self.link is not None and self.link.draining

    @property
    def ready(self) -> bool:
        """The sidecar's gate is open, for the very runs that run now."""
        if self.link is None or not self.alive or self.draining:
            return False
        return self.link.ready and dict(self.link.attempts) == {run.container: run.attempt for run in self.currents}

    @property
    def restarts(self) -> int:
        return sum(run.attempt for run in self.currents)

    def with_link(self, link: SidecarState | None, *, estranged: bool = False) -> "Instance":
        return replace(self, link=link, estranged=estranged)
