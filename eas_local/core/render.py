"""From what is wanted to the settings of a pod's containers and of its sidecar."""

from dataclasses import dataclass, field, replace
from math import ceil

from eas_local.core import restart
from eas_local.core.desired import Desired
from eas_local.core.instance import Instance, RunState
from eas_local.core.pod import Bind, ContainerSpec, PodIdentity, SandboxSpec, Scratch
from eas_local.core.service import Container, EmptyDir, Resources, Service
from eas_local.core.wire import NOT_STARTED, SidecarConfig, Target

NAMESPACE = "eas-local"
REQUIREMENTS = "/eas/requirements"
_GIB = 1024**3
_MIB = 1024**2
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - the path in the container, not a temporary file of ours


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a container's start needs of this machine: the image as the engine knows it and what its environment sets,
    the local folders in place of the cloud's, the folder with its Python requirements, and variables of its own."""

    image: str
    environment: dict[str, str] = field(default_factory=dict)
    binds: tuple[Bind, ...] = ()
    requirements: str | None = None
    variables: tuple[tuple[str, str], ...] = ()


def sidecar_config(want: Desired, instance: Instance | None = None, pod: str = "", secret: str = "") -> SidecarConfig:
    """What a pod's sidecar must enforce; without an instance, what it is told before there is one."""
    begun = _begun(instance) if instance else {}
    targets = tuple(
        Target(item.name, begun.get(item.name, _first(item)), item.port, item.checks)
        for item in want.service.containers
    )
    return SidecarConfig(
        pod=instance.name if instance else pod,
        service=want.name,
        secret=secret,
        targets=targets,
        tokens=tokens(want),
        limits=want.service.limits,
        n=instance.link.config_n + 1 if instance and instance.link else 1,
    ).digested()


def _begun(instance: Instance) -> dict[str, int]:
    """The latest run of each container that has been started."""
    runs = sorted(instance.runs, key=lambda run: run.attempt)
    return {run.container: run.attempt for run in runs if run.state is not RunState.CREATED}


def _first(container: Container) -> int:
    """What the sidecar watches before a container has been started. A default readiness may look from the beginning, and
    so may the one that waits for a processor's host; checks of the file wait until there is a run, so that none fails for a
    container that is not there yet."""
    return NOT_STARTED if container.checks and not container.is_host else 0


def tokens(want: Desired) -> tuple[str, ...]:
    """Its own, and the one that callers of the endpoint know which it may come to share; none where either is open."""
    known = (want.token, want.release.token) if want.release else (want.token,)
    return tuple(dict.fromkeys(known)) if all(known) else ()


def is_told(want: Desired, instance: Instance) -> bool:
    """Whether the configuration in force in an instance's sidecar is the one that is wanted."""
    return instance.link is not None and instance.link.config_digest == sidecar_config(want, instance).digest


def is_kept(want: Desired, instance: Instance) -> bool:
    """Whether the sidecar of an earlier revision's instance watches the runs that have begun, by the service's terms."""
    link = instance.link
    if link is None or not _begun(instance).items() <= dict(link.attempts).items():
        return False
    return link.config_terms in {"", sidecar_config(want).terms}


def kept(known: SidecarConfig, want: Desired, instance: Instance) -> SidecarConfig:
    """An earlier revision's configuration, for the runs that there are now, and with the service's token and limits."""
    begun = _begun(instance)
    targets = tuple(replace(target, attempt=begun.get(target.name, target.attempt)) for target in known.targets)
    terms = replace(known, tokens=tokens(want), limits=want.service.limits)
    return replace(terms, targets=targets, n=known.n + 1).digested()


def sandbox(want: Desired, identity: PodIdentity, image: str, config: SidecarConfig) -> SandboxSpec:
    """The container that owns the pod; the sidecar's configuration is told to it, so no token is in labels or env."""
    return SandboxSpec(
        identity=identity,
        image=image,
        config=config.to_json(),
        scratch=scratch(want.service, identity.pod),
        shm_bytes=_shm_bytes(want.service),
    )


def container(want: Desired, instance: Instance, name: str, attempt: int, prepared: Prepared) -> ContainerSpec:
    """One run of one container. Limits are for each container: a pod has no limit of its own on this engine."""
    spec = next(container for container in want.service.containers if container.name == name)
    before = instance.current(name)
    resources = want.service.resources
    return ContainerSpec(
        identity=identity_of(instance),
        sandbox=instance.sandbox.id,
        name=name,
        attempt=attempt,
        image=prepared.image,
        argv=spec.argv,
        env=tuple(environment(want, instance.name, spec, prepared).items()),
        binds=(*prepared.binds, *_requirements_bind(prepared)),
        scratch=scratch(want.service, instance.name),
        cpu=resources.cpu,
        memory_bytes=_memory_bytes(resources),
        gpus=instance.gpus,
        last=before.left if before and before.attempt < attempt else None,
        streak=restart.streak_after(before) if before and before.attempt < attempt else 0,
        joined=instance.sandbox.started_at,
    )


def identity_of(instance: Instance) -> PodIdentity:
    return PodIdentity(
        instance.name,
        instance.service,
        instance.ordinal,
        instance.fingerprint,
        instance.version,
        instance.created_at,
        instance.gpus,
    )


def environment(want: Desired, pod: str, spec: Container, prepared: Prepared) -> dict[str, str]:
    """The platform's variables, what was prepared, then the user's, which win; installed requirements come first on the
    paths."""
    env = _platform(want, pod, spec) | dict(prepared.variables) | dict(spec.env)
    if prepared.requirements is None:
        return env
    known = prepared.environment | env
    path = known.get("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    env["PATH"] = f"{REQUIREMENTS}/bin:{path}"
    env["PYTHONPATH"] = ":".join(filter(None, (REQUIREMENTS, known.get("PYTHONPATH"))))
    return env


def _platform(want: Desired, pod: str, spec: Container) -> dict[str, str]:
    # Parity: NAMESPACE, POD_NAME, LISTENING_PORT and PAI_SERVING_PORT exist in an instance; WORKER_NAME is how code in
    # the wild detects EAS (eas-semantics 6.1).
    common = {"NAMESPACE": NAMESPACE, "POD_NAME": pod, "WORKER_NAME": "easworker"}
    if spec.is_host:
        return common | {"EAS_HOST_MAX_QUEUE_SIZE": str(want.service.limits.max_queue_size)}
    if spec.port is not None:
        return common | {"LISTENING_PORT": str(spec.port), "PAI_SERVING_PORT": str(spec.port)}
    return common


def scratch(service: Service, pod: str) -> tuple[Scratch, ...]:
    """Every empty_dir but the one that is the pod's shared memory."""
    folders = [volume for volume in service.volumes if isinstance(volume, EmptyDir) and not _is_shm(volume)]
    return tuple(
        Scratch(f"{pod}-{number}", folder.mount_path, folder.memory, _bytes(folder.size_gib))
        for number, folder in enumerate(folders)
    )


def _is_shm(volume: EmptyDir) -> bool:
    return volume.memory and volume.mount_path.rstrip("/") == _SHARED_MEMORY


def _shm_bytes(service: Service) -> int | None:
    mounts = [volume.size_gib for volume in service.volumes if isinstance(volume, EmptyDir) and _is_shm(volume)]
    return _bytes(mounts[0] if mounts else service.resources.shm_gib)


def _memory_bytes(resources: Resources) -> int | None:
    return None if resources.memory_mib is None else resources.memory_mib * _MIB


def _bytes(gib: float | None) -> int | None:
    return None if gib is None else ceil(gib * _GIB)


def _requirements_bind(prepared: Prepared) -> tuple[Bind, ...]:
    return () if prepared.requirements is None else (Bind(prepared.requirements, REQUIREMENTS, read_only=True),)
