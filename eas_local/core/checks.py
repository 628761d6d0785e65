"""The probes of a container: `liveness_check`, `readiness_check`, `startup_check`, in Kubernetes' meaning.

The older `health_check` has become a readiness check in `aliases`. When probes run and what they decide is left to `probe`.
"""

import re

from eas_local.core.container_shape import CheckShape, ContainerShape, ExecShape, HttpGetShape, TcpSocketShape
from eas_local.core.findings import Findings
from eas_local.core.service import Check, CheckKind, Exec, HttpGet, TcpSocket

_REQUEST_PATH = re.compile(r"/[\x21-\x7e]*")


def checks(where: str, container: ContainerShape, port: int | None, findings: Findings) -> tuple[Check, ...]:
    """Every probe the container has, each kind at most once."""
    shapes = {
        CheckKind.STARTUP: container.startup_check,
        CheckKind.LIVENESS: container.liveness_check,
        CheckKind.READINESS: container.readiness_check,
    }
    found = (_check(f"{where}.{kind}_check", kind, shape, port, findings) for kind, shape in shapes.items() if shape)
    return tuple(check for check in found if check)


def _check(where: str, kind: CheckKind, shape: CheckShape, port: int | None, findings: Findings) -> Check | None:
    method = _method(where, shape, port, findings)
    if method is None:
        return None
    return Check(
        kind,
        method,
        initial_delay=shape.initial_delay_seconds,
        period=shape.period_seconds,
        timeout=shape.timeout_seconds,
        success_threshold=_success_threshold(where, kind, shape, findings),
        failure_threshold=shape.failure_threshold,
    )


def _method(where: str, shape: CheckShape, port: int | None, findings: Findings) -> HttpGet | TcpSocket | Exec | None:
    given = [method for method in (shape.http_get, shape.tcp_socket, shape.exec) if method is not None]
    if len(given) != 1:
        count = "none" if not given else "several"
        findings.problem(where, f"must have exactly one of http_get, tcp_socket and exec; it has {count}")
        return None
    match given[0]:
        case HttpGetShape() as http:
            return _http_get(f"{where}.http_get", http, port, findings)
        case TcpSocketShape() as tcp:
            listens = _port(f"{where}.tcp_socket", tcp.port, port, findings)
            return TcpSocket(listens) if listens else None
        case ExecShape() as command:
            return _exec(f"{where}.exec", command, findings)


def _http_get(where: str, shape: HttpGetShape, port: int | None, findings: Findings) -> HttpGet | None:
    listens = _port(where, shape.port, port, findings)
    # Parity: the path is a suffix of http://localhost, "/" where none is given (health-check document).
    path = shape.path if shape.path.startswith("/") else f"/{shape.path}"
    if not _REQUEST_PATH.fullmatch(path):
        findings.problem(f"{where}.path", "must not contain spaces or anything but ASCII; percent-encode them")
        return None
    return HttpGet(path, listens, shape.scheme or "HTTP") if listens else None


def _exec(where: str, shape: ExecShape, findings: Findings) -> Exec | None:
    if not shape.command:
        findings.problem(f"{where}.command", 'is missing; it is a list such as ["cat", "/tmp/ready"]')
        return None
    return Exec(shape.command)


def _port(where: str, own: int | None, container: int | None, findings: Findings) -> int | None:
    if own is None and container is None:
        findings.problem(f"{where}.port", "is missing, and the container has no port either")
    return own or container


def _success_threshold(where: str, kind: CheckKind, shape: CheckShape, findings: Findings) -> int:
    # Parity: Kubernetes takes only 1 for liveness and startup, while the vendor's own sample says 2 and must deploy
    # (health-check document; eas-semantics 4, X3).
    if kind is CheckKind.READINESS or shape.success_threshold == 1:
        return shape.success_threshold
    findings.warn(f"{where}.success_threshold", f"{shape.success_threshold} runs as 1, the only value {kind} can have")
    return 1
