"""Settings of an instance's containers as the engine needs them, without an engine's words for anything."""

from dataclasses import dataclass

from eas_local.core.instance import LastState


@dataclass(frozen=True, slots=True)
class Bind:
    """A folder or file of this machine inside a container."""

    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Scratch:
    """An empty_dir: owned by the sandbox, seen at `target` in every container, gone with the instance."""

    name: str
    target: str
    memory: bool = False
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class PodIdentity:
    """What the engine is told to remember of an instance."""

    pod: str
    service: str
    ordinal: int
    fingerprint: str
    version: int
    created_at: float
    gpus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """The container that owns namespace, hostname, IPC and scratch. `config` is one line that it is told
    as it starts."""

    identity: PodIdentity
    image: str
    config: str = ""
    scratch: tuple[Scratch, ...] = ()
    shm_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """One run of one container, joined to its pod's sandbox. `gpus` are device uuids. `argv` None: the image's own."""

    identity: PodIdentity
    sandbox: str
    name: str
    attempt: int
    image: str
    argv: tuple[str, ...] | None = None
    env: tuple[tuple[str, str], ...] = ()
    binds: tuple[Bind, ...] = ()
    scratch: tuple[Scratch, ...] = ()
    cpu: float | None = None
    memory_bytes: int | None = None
    gpus: tuple[str, ...] = ()
    last: LastState | None = None
    streak: int = 0
    joined: float = 0
    """When the sandbox that it joins was started."""
