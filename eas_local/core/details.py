"""What a look at a service tells beside the vendor's words: its probes, what they are and what they have seen, in one line
each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from eas_local.core import health
from eas_local.core.instance import Instance
from eas_local.core.service import Check, CheckKind, Exec, HttpGet, Initialized, Service, TcpSocket
from eas_local.core.wire import Target


@dataclass(frozen=True, slots=True)
class Seen:
    """What one instance's sidecar says of a probe; `history` oldest first, + or - for each outcome."""

    instance: str
    verdict: str
    history: str
    failure: str


@dataclass(frozen=True, slots=True)
class Probe:
    container: str
    kind: CheckKind
    check: str
    seen: tuple[Seen, ...]


def probes(service: Service, have: Iterable[Instance]) -> Iterator[Probe]:
    """Those of the file, and the readiness that the platform adds."""
    instances = list(have)
    for container in service.containers:
        target = Target(container.name, port=container.port, checks=container.checks)
        for kind, check in sorted(health.checks_of(target).items()):
            yield Probe(container.name, kind, text(check), tuple(_seen(container.name, kind, instances)))


def _seen(container: str, kind: CheckKind, have: Iterable[Instance]) -> Iterator[Seen]:
    for instance in have:
        for report in instance.link.probes if instance.link else ():
            if (report.container, report.kind) == (container, kind):
                yield Seen(instance.name, report.verdict, report.history, report.failure)


def text(check: Check) -> str:
    if isinstance(check.method, Initialized):
        return "initialize has returned"
    # Parity: laid out as in `kubectl describe pod`, which EAS's users know.
    after = f"delay={check.initial_delay:g}s timeout={check.timeout:g}s period={check.period:g}s"
    return f"{_method(check.method)} {after} #success={check.success_threshold} #failure={check.failure_threshold}"


def _method(method: HttpGet | TcpSocket | Exec) -> str:
    match method:
        case HttpGet(path, port, scheme):
            return f"http-get {scheme.lower()}://:{port}{path}"
        case TcpSocket(port):
            return f"tcp-socket :{port}"
        case Exec(command):
            return f"exec [{' '.join(command)}]"
