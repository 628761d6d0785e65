"""What daemon and sidecar say to each other: one value each way, as JSON.

`PUT /v1/config` carries a `SidecarConfig`: idempotent, an older `n` is refused. `GET /v1/state?after=<version>` answers with
a `SidecarState` as soon as its version differs. `POST /v1/reports` carries the report on one of the state's errands. Read
tolerantly (unknown keys are dropped, missing ones take the default): daemon and sidecar may be one release apart.
"""

import json
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from typing import Any

from eas_local.core.errands import Errand
from eas_local.core.log_format import LogFormat
from eas_local.core.service import Check, CheckKind, Exec, HttpGet, Initialized, Limits, TcpSocket

PROTOCOL = 1
# Parity: 8080 and 9090 belong to the engine inside the instance (JSON deployment document; health-check document).
TRAFFIC_PORT = 8080
CONTROL_PORT = 9090
NOT_STARTED = -1
"""The `attempt` of a container with checks of its own that has not been started yet."""


@dataclass(frozen=True, slots=True)
class Target:
    """One container as the sidecar watches it. A new `attempt` begins its probes anew; before the first has begun none
    of its own checks can fail."""

    name: str
    attempt: int = 0
    port: int | None = None
    checks: tuple[Check, ...] = ()

    @property
    def started(self) -> bool:
        return self.attempt != NOT_STARTED


@dataclass(frozen=True, slots=True)
class SidecarConfig:
    """Everything a sidecar needs. `targets[0]` is the public container. `tokens` empty: open to everybody.

    `secret` guards the control port. `draining_since` is in seconds since the epoch, 0 while serving. `digest`, of all that
    is asked, and `terms`, of what an instance of any revision is told, are the daemon's alone: the sidecar says them back,
    so that both need not understand the same fields.
    """

    pod: str
    service: str
    secret: str
    targets: tuple[Target, ...]
    tokens: tuple[str, ...] = ()
    limits: Limits = Limits()
    draining_since: float = 0
    log_format: LogFormat = LogFormat.TEXT
    n: int = 1
    digest: str = ""
    terms: str = ""
    protocol: int = PROTOCOL

    def digested(self) -> "SidecarConfig":
        """With digests, equal for those that ask for the same of the service; number, secret, log and draining take no
        part."""
        asked = replace(self, n=0, secret="", log_format=LogFormat.TEXT, draining_since=0, digest="", terms="")
        return replace(self, digest=_digest(asked.to_json()), terms=_digest(repr((self.tokens, self.limits))))

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "targets": [_target_to_dict(target) for target in self.targets]})

    @classmethod
    def from_json(cls, text: str | bytes) -> "SidecarConfig":
        """Raises ValueError where the text is no configuration."""
        try:
            data = _known(cls, json.loads(text))
            data["targets"] = tuple(_target_from_dict(item) for item in data["targets"])
            data["tokens"] = tuple(data.get("tokens", ()))
            data["limits"] = Limits(**_known(Limits, data.get("limits", {})))
            data["log_format"] = LogFormat(data.get("log_format", LogFormat.TEXT))
            config = cls(**data)
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not a sidecar configuration: {error}") from error
        if not config.targets:
            raise ValueError("not a sidecar configuration: targets is empty")
        return config


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """One probe of a container's present run. `history` has a mark for each of its latest outcomes, oldest first, + or -;
    `failure` says why the last of them failed."""

    container: str
    kind: CheckKind
    verdict: str
    history: str
    failure: str


@dataclass(frozen=True, slots=True)
class SidecarState:
    """What a sidecar knows. `version` is opaque: it differs whenever `news` does.

    `config_n`, `config_digest` and `config_terms` name the configuration in force. `ready`: the gate is open. `attempts`:
    which run of each container the verdicts are about. `failing`: container name to the sentence of the liveness or startup
    probe that asks for a restart. `unready`: container name to what its readiness waits for. `worker_threads`: how many
    requests run at once, None for as many as come. `listeners`: addresses that the user's processes listen on. `errands`:
    commands it needs to have run.
    """

    pod: str
    version: str
    config_n: int
    config_digest: str = ""
    config_terms: str = ""
    ready: bool = False
    attempts: tuple[tuple[str, int], ...] = ()
    failing: tuple[tuple[str, str], ...] = ()
    unready: tuple[tuple[str, str], ...] = ()
    draining: bool = False
    draining_since: float = 0
    in_flight: int = 0
    waiting: int = 0
    worker_threads: int | None = None
    listeners: tuple[tuple[str, int], ...] = ()
    probes: tuple[ProbeReport, ...] = ()
    errands: tuple[Errand, ...] = ()
    protocol: int = PROTOCOL

    @property
    def news(self) -> tuple[object, ...]:
        """What is worth telling: counts alone are not, the end of draining is; a longer history alone is not."""
        drained = self.draining and not self.in_flight and not self.waiting
        probes = tuple(replace(probe, history="") for probe in self.probes)
        return replace(self, version="", in_flight=0, waiting=0, probes=probes), drained

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> "SidecarState":
        """Raises ValueError where the text is no state."""
        try:
            data = _known(cls, json.loads(text))
            for name in ("attempts", "failing", "unready", "listeners"):
                data[name] = tuple((key, value) for key, value in data.get(name, ()))
            data["probes"] = tuple(map(_probe_from_dict, data.get("probes", ())))
            data["errands"] = tuple(map(_errand_from_dict, data.get("errands", ())))
            return cls(**data)
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not a sidecar state: {error}") from error


_METHODS: dict[str, type[HttpGet | TcpSocket | Exec | Initialized]] = {
    "http_get": HttpGet,
    "tcp_socket": TcpSocket,
    "exec": Exec,
    "initialized": Initialized,
}


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _target_to_dict(target: Target) -> dict[str, Any]:
    return {**asdict(target), "checks": [_check_to_dict(check) for check in target.checks]}


def _target_from_dict(data: dict[str, Any]) -> Target:
    checks = tuple(_check_from_dict(item) for item in data.get("checks", ()))
    return Target(**{**_known(Target, data), "checks": checks})


def _check_to_dict(check: Check) -> dict[str, Any]:
    method = next(name for name, kind in _METHODS.items() if isinstance(check.method, kind))
    return {**asdict(check), "method": method, "of": asdict(check.method)}


def _check_from_dict(data: dict[str, Any]) -> Check:
    kind = _METHODS[data["method"]]
    of = _known(kind, data["of"])
    if "command" in of:
        of["command"] = tuple(of["command"])
    return Check(**{**_known(Check, data), "kind": CheckKind(data["kind"]), "method": kind(**of)})


def _probe_from_dict(data: dict[str, Any]) -> ProbeReport:
    return ProbeReport(**{**_known(ProbeReport, data), "kind": CheckKind(data["kind"])})


def _errand_from_dict(data: dict[str, Any]) -> Errand:
    return Errand(**{**_known(Errand, data), "command": tuple(data["command"])})


def _known(kind: type[Any], data: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {key: value for key, value in data.items() if key in names}
