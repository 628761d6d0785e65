"""What the probes of one container say together, and in which words.

Startup holds back the others. A container without a readiness check of its own is ready when its port takes
connections, a processor when its host says so.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from eas_local.core.admission import Told
from eas_local.core.listeners import Listener, reachable
from eas_local.core.probe import ProbeState, Verdict
from eas_local.core.service import Check, CheckKind, Initialized, TcpSocket
from eas_local.core.wire import ProbeReport, Target

States = Mapping[CheckKind, ProbeState]

_STARTING = "the processor's host has not started yet"
_INITIALIZING = "the processor's initialize has not returned yet"
LOADING = frozenset({_STARTING, _INITIALIZING})
"""What is said of a processor that is on its way."""


@dataclass(frozen=True, slots=True)
class Health:
    """`failing` asks for a restart, `unready` says what readiness waits for; each a sentence, or empty. `told`:
    what a processor's host has said of itself."""

    failing: str = ""
    unready: str = ""
    told: Told | None = None

    @property
    def ready(self) -> bool:
        return not self.failing and not self.unready


def checks_of(target: Target) -> dict[CheckKind, Check]:
    """The checks to run, at most one of each kind, with the default readiness where there is a port.

    # Parity: without a readiness check the platform looks whether the port takes connections (eas-semantics 4).
    """
    checks = {check.kind: check for check in target.checks}
    if target.port is not None and has_default_readiness(target):
        checks[CheckKind.READINESS] = Check(CheckKind.READINESS, TcpSocket(target.port))
    return checks


def has_default_readiness(target: Target) -> bool:
    return not any(check.kind is CheckKind.READINESS for check in target.checks)


def host_ports(target: Target) -> frozenset[int | None]:
    """The ports of a processor's host, which are ours; empty for a container of the user's."""
    asked = {check.method.port for check in target.checks if isinstance(check.method, Initialized)}
    return frozenset({target.port, *asked}) if asked else frozenset()


def held_back(kind: CheckKind, states: States) -> bool:
    """Liveness and readiness wait for the startup check."""
    startup = states.get(CheckKind.STARTUP)
    return kind is not CheckKind.STARTUP and startup is not None and startup.verdict is not Verdict.PASSING


def health(target: Target, states: States, listeners: Collection[Listener], own_address: str) -> Health:
    told = next(filter(None, (state.told for state in states.values())), None)
    return Health(_failing(states), _unready(target, states, listeners, own_address), told)


def reports(target: Target, states: States) -> tuple[ProbeReport, ...]:
    """What each probe has seen, for somebody who wants to know why."""
    kinds = (kind for kind in CheckKind if kind in states)
    return tuple(
        ProbeReport(target.name, kind, states[kind].verdict, states[kind].history, states[kind].failure)
        for kind in kinds
    )


def _failing(states: States) -> str:
    """# Parity: "Liveness probe failed: HTTP probe failed with statuscode: 500" (eas-semantics 4)."""
    for kind in (CheckKind.STARTUP, CheckKind.LIVENESS):
        state = states.get(kind)
        if state and state.verdict is Verdict.FAILING:
            return f"{kind.capitalize()} probe failed: {state.failure}"
    return ""


def _unready(target: Target, states: States, listeners: Collection[Listener], own_address: str) -> str:
    if held_back(CheckKind.READINESS, states):
        return _waiting(CheckKind.STARTUP, states[CheckKind.STARTUP])
    state = states.get(CheckKind.READINESS)
    if state is None or state.verdict is Verdict.PASSING:
        return ""
    if target.port is not None and has_default_readiness(target):
        return _nothing_on(target.port, listeners, own_address)
    if host_ports(target):
        return state.failure or _initializing(target, listeners)
    return _waiting(CheckKind.READINESS, state)


def _waiting(kind: CheckKind, state: ProbeState) -> str:
    if state.failure:
        return f"{kind.capitalize()} probe failed: {state.failure}"
    return f"the {kind} probe has not passed yet"


def _initializing(target: Target, listeners: Collection[Listener]) -> str:
    started = any(port in host_ports(target) for _, port in listeners)
    return _INITIALIZING if started else _STARTING


def _nothing_on(port: int, listeners: Collection[Listener], own_address: str) -> str:
    if reachable(listeners, port, own_address):
        return f"port {port} does not take connections yet"
    if hosts := [host for host, there in listeners if there == port]:
        return f"port {port} is open on {hosts[0]} only; listen on 0.0.0.0"
    if listeners:
        others = ", ".join(f"{host}:{there}" for host, there in listeners)
        return f"nothing listens on port {port}; the process listens on {others}"
    return f"nothing listens on port {port}"
