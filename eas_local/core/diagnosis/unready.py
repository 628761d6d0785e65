"""Why a container that runs is not ready: it listens somewhere else, its probes fail, its disk is full. What a processor
waits for has a file of its own (`hosts`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eas_local.core.desired import Desired
from eas_local.core.diagnosis import endings, hosts
from eas_local.core.diagnosis.evidence import Evidence, judged, telling
from eas_local.core.diagnosis.report import Cause
from eas_local.core.instance import Instance, Run
from eas_local.core.listeners import Listener, reachable
from eas_local.core.planner import RESERVED
from eas_local.core.probe import Verdict
from eas_local.core.service import CheckKind, Container, Exec, HttpGet, Service, TcpSocket
from eas_local.core.wire import ProbeReport, SidecarState

_EVERYWHERE = "0.0.0.0"  # noqa: S104 - what a user's process should listen on

_CHOSEN_BY_THE_KERNEL = 32768
"""From here on it hands out ports by itself."""


def causes(want: Desired, have: Instance, run: Run, evidence: Evidence, now: float) -> Iterator[Cause]:
    """Empty as long as nothing speaks against it that the container will be ready."""
    service = want.service
    container = next(one for one in service.containers if one.name == run.container)
    link = judged(have, run)
    if link is None or container.name not in dict(link.unready):
        return
    if endings.speaks_of_a_full_disk(line.text for line in evidence.tail(telling(want, have, run))):
        yield Cause(
            "StorageFull",
            f"{container.name} writes to a disk that is full (No space left on device)",
            endings.room_for(service),
            container.name,
        )
    if container.is_host:
        yield from hosts.unready(service, container, run, link, now)
    elif place := _misplaced(service, container, link, have.sandbox.ip):
        yield _listens_elsewhere(container, place)
    else:
        yield from (_failing(container, probe) for probe in _failed(container, link))


@dataclass(frozen=True, slots=True)
class _Misplaced:
    """The port that is expected to be open, and where the process listens instead."""

    port: int
    listeners: Sequence[Listener]


def _misplaced(service: Service, container: Container, link: SidecarState, own_address: str) -> _Misplaced | None:
    others = {port for one in service.containers if one != container for port in _expected(one)}
    for port in _expected(container):
        if reachable(link.listeners, port, own_address):
            continue
        here = [listener for listener in link.listeners if listener[1] == port]
        elsewhere = [listener for listener in link.listeners if listener[1] not in others]
        if meant := here or _meant(elsewhere, container, link):
            return _Misplaced(port, meant)
    return None


def _meant(elsewhere: Sequence[Listener], container: Container, link: SidecarState) -> Sequence[Listener]:
    """Those that can be the service's own door. While a model is loaded its processes may speak with each other over
    ports of the kernel's choice; these count only when the service's own has stayed shut for long enough."""
    if _failed(container, link):
        return elsewhere
    return [listener for listener in elsewhere if listener[1] < _CHOSEN_BY_THE_KERNEL]


def _expected(container: Container) -> list[int]:
    """The ports that must be open before this container is ready."""
    gates = [check for check in container.checks if check.kind is not CheckKind.LIVENESS]
    ports = [check.method.port for check in gates if isinstance(check.method, HttpGet | TcpSocket)]
    if container.port is not None and all(check.kind is not CheckKind.READINESS for check in gates):
        ports.append(container.port)
    return list(dict.fromkeys(ports))


def _listens_elsewhere(container: Container, place: _Misplaced) -> Cause:
    """# Parity: a port in the code that is another than the service's is the FAQ's first cause of an endless Waiting."""
    where = " and ".join(f"{_host(host)}:{port}" for host, port in place.listeners)
    sentence = f"{container.name} listens on {where}; EAS expects {_EVERYWHERE}:{place.port}"
    (_, port), *_ = place.listeners
    if port == place.port:
        advice = f"let the process listen on {_EVERYWHERE} instead (for example --host {_EVERYWHERE})"
        return Cause("ListensOnLoopback", sentence, advice, container.name)
    if place.port != container.port:
        return Cause("WrongPort", sentence, _of_checks(container, place.port), container.name)
    advice = f"set {container.field}.port to {port}, or let the process listen on {_EVERYWHERE}:{place.port} (LISTENING_PORT holds the port)"
    if not any(host in {_EVERYWHERE, "::"} for host, _ in place.listeners):
        advice += f"; other hosts than {_EVERYWHERE} are not reached"
    return Cause("WrongPort", sentence, advice, container.name)


def _of_checks(container: Container, port: int) -> str:
    """What to do about a port that only checks of the file ask."""
    kinds = [one.kind for one in container.checks if not isinstance(one.method, Exec) and one.method.port == port]
    named = " and ".join(f"{container.field}.{kind}_check" for kind in kinds)
    belongs = ", which belongs to the engine inside the instance" if port in RESERVED else ""
    return f"correct the port of {named}: it is {port}{belongs}"


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _failed(container: Container, link: SidecarState) -> list[ProbeReport]:
    return [probe for probe in link.probes if probe.container == container.name and probe.verdict == Verdict.FAILING]


def _failing(container: Container, probe: ProbeReport) -> Cause:
    sentence = f"{container.name} does not pass its {probe.kind} probe ({probe.history}): {probe.failure}"
    return Cause("Unhealthy", sentence, _remedy(container, probe.kind), container.name)


def _remedy(container: Container, kind: CheckKind) -> str:
    check = next((check for check in container.checks if check.kind is kind), None)
    match check.method if check else None:
        case HttpGet(path=path, port=port):
            return f"let GET {path} on port {port} answer with 2xx or 3xx in time, or correct {kind}_check"
        case Exec(command=command):
            return f'let "{" ".join(command)}" end with 0 in time, or correct {kind}_check'
        case _:
            return f"let the process listen on {_EVERYWHERE}:{container.port}, or correct the port; its log may say why not"
