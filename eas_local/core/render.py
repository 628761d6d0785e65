"""From what is wanted to the settings of a pod's containers and of its sidecar."""

from dataclasses import dataclass, field
from math import ceil

from eas_local.core import restart
from eas_local.core.desired import Desired
from eas_local.core.instance import Instance
from eas_local.core.pod import Bind, ContainerSpec, PodIdentity, SandboxSpec, Scratch
from eas_local.core.service import Container, EmptyDir, Resources, Service
from eas_local.core.wire import SidecarConfig, Target

NAMESPACE = "eas-local"
REQUIREMENTS = "/eas/requirements"
_GIB = 1024**3
_MIB = 1024**2
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - the path in the container, not a temporary file of ours


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a container's start needs of this machine: the image as the engine knows it and what its environment sets,
    the local folders in place of the cloud's, and the folder with its Python requirements."""

    image: str
    environment: dict[str, str] = field(default_factory=dict)
    binds: tuple[Bind, ...] = ()
    requirements: str | None = None


def sidecar_config(want: Desired, instance: Instance | None = None, pod: str = "", secret: str = "") -> SidecarConfig:
    """What a pod's sidecar must enforce; before the instance exists, with every container at its first run."""
    attempts = {run.container: run.attempt for run in instance.currents} if instance else {}
    targets = tuple(
        Target(container.name, attempts.get(container.name, 0), container.port, container.checks)
        for container in want.service.containers
    )
    return SidecarConfig(
        pod=instance.name if instance else pod,
        service=want.name,
        secret=secret,
        targets=targets,
        tokens=(want.token,) if want.token else (),
        limits=want.service.limits,
        n=instance.link.config_n + 1 if instance and instance.link else 1,
    )


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
        env=tuple(environment(instance.name, spec, prepared).items()),
        binds=(*prepared.binds, *_requirements_bind(prepared)),
        scratch=scratch(want.service, instance.name),
        cpu=resources.cpu,
        memory_bytes=_memory_bytes(resources),
        gpus=instance.gpus,
        last=before.ended if before and before.attempt < attempt else None,
        streak=restart.streak_after(before) if before and before.attempt < attempt else 0,
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


def environment(pod: str, spec: Container, prepared: Prepared) -> dict[str, str]:
    """The platform's variables, then the user's, which win; installed requirements come first on the paths."""
    # Parity: NAMESPACE, POD_NAME, LISTENING_PORT and PAI_SERVING_PORT exist in an instance; WORKER_NAME is how code in
    # the wild detects EAS (eas-semantics 6.1).
    platform = {"NAMESPACE": NAMESPACE, "POD_NAME": pod, "WORKER_NAME": "easworker"}
    if spec.port is not None:
        platform |= {"LISTENING_PORT": str(spec.port), "PAI_SERVING_PORT": str(spec.port)}
    env = platform | dict(spec.env)
    if prepared.requirements is None:
        return env
    known = prepared.environment | env
    path = known.get("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    env["PATH"] = f"{REQUIREMENTS}/bin:{path}"
    env["PYTHONPATH"] = ":".join(filter(None, (REQUIREMENTS, known.get("PYTHONPATH"))))
    return env


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
