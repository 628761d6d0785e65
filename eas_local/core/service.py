"""A service as its author meant it: what `spec.parse` makes of a service.json. Values only.

Defaults stand in `spec`; whoever holds a `Service` never asks again whether a field was there.
Seconds are floats; memory says its unit.
"""

from dataclasses import dataclass
from enum import StrEnum

from eas_local.core.processor import Processor


class CheckKind(StrEnum):
    """The three probes of Kubernetes, which EAS uses as they are (health-check document)."""

    STARTUP = "startup"
    LIVENESS = "liveness"
    READINESS = "readiness"


@dataclass(frozen=True, slots=True)
class HttpGet:
    path: str
    port: int
    scheme: str = "HTTP"


@dataclass(frozen=True, slots=True)
class TcpSocket:
    port: int


@dataclass(frozen=True, slots=True)
class Exec:
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Initialized:
    """A processor's `initialize` has returned: its host says so on this port, once and for all of its run."""

    port: int


@dataclass(frozen=True, slots=True)
class Check:
    """One probe of one container."""

    kind: CheckKind
    method: HttpGet | TcpSocket | Exec | Initialized
    initial_delay: float = 0
    period: float = 10
    timeout: float = 1
    success_threshold: int = 1
    failure_threshold: int = 3


@dataclass(frozen=True, slots=True)
class Container:
    """One entry of `containers[]`, or a processor's host. `argv` is None where the image's own entry point and command run."""

    name: str
    image: str
    argv: tuple[str, ...] | None = None
    env: tuple[tuple[str, str], ...] = ()
    port: int | None = None
    checks: tuple[Check, ...] = ()
    requirements: tuple[str, ...] = ()
    requirements_path: str | None = None

    @property
    def is_host(self) -> bool:
        """Whether it runs a processor, of which only its host can say that it is ready."""
        return any(isinstance(check.method, Initialized) for check in self.checks)

    @property
    def field(self) -> str:
        """Its place in the service.json."""
        return "processor_path" if self.is_host else f"containers[{self.name.removeprefix('worker')}]"


@dataclass(frozen=True, slots=True)
class CloudMount:
    """A folder of the cloud under `mount_path`; `address` is canonical: oss://, nfs://, dataset://, code://, model://."""

    mount_path: str
    address: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class EmptyDir:
    """Scratch space of one instance, shared by its containers; `memory` means tmpfs. Size in GiB, None for no limit."""

    mount_path: str
    memory: bool = False
    size_gib: float | None = None


Volume = CloudMount | EmptyDir


@dataclass(frozen=True, slots=True)
class Resources:
    """Per instance. None means no limit was asked for."""

    cpu: float | None = None
    memory_mib: int | None = None
    gpu: int = 0
    shm_gib: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What the sidecar enforces for each instance. `worker_threads` None: as many at once as come, or as a processor's
    host says it has.

    `workers_finish`: a worker is busy with a call until the container has answered it, though nobody may wait any more.
    """

    worker_threads: int | None = None
    workers_finish: bool = False
    max_queue_size: int = 64
    keepalive: float = 600
    rate_limit: float = 0


@dataclass(frozen=True, slots=True)
class GatewayPolicy:
    """What the gateway enforces for the service as a whole. None: no limit."""

    rate_limit: float | None = None
    concurrency_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """`3` or `"20%"` of the instances."""

    amount: int
    percent: bool = False

    def of(self, total: int, *, at_least: int = 0) -> int:
        """The number of instances it stands for; a percentage is rounded down, then raised to `at_least`."""
        count = total * self.amount // 100 if self.percent else self.amount
        return max(count, at_least)


@dataclass(frozen=True, slots=True)
class Rolling:
    max_surge: Share = Share(1)
    max_unavailable: Share = Share(0)


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    replicas: int
    containers: tuple[Container, ...]
    volumes: tuple[Volume, ...] = ()
    resources: Resources = Resources()
    limits: Limits = Limits()
    policy: GatewayPolicy = GatewayPolicy()
    rolling: Rolling = Rolling()
    grace: float = 30
    enable_sigterm: bool = False
    crash_block: bool = False
    token: str | None = None
    """None: one is generated. Empty: open to everybody."""
    registry_auth: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    workspace_id: str = ""
    processor: Processor | None = None
    """With one `containers` is its host alone."""

    @property
    def port(self) -> int | None:
        """Where the public container listens."""
        return self.containers[0].port
