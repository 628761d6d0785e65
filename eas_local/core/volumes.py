"""What `storage[]` mounts: folders of the cloud by their canonical address, and scratch space.

Where a folder of the cloud lies on this machine is left to `mounts`; kinds that are refused (`support`) become nothing here.
"""

from collections.abc import Sequence

from eas_local.core import addresses
from eas_local.core.field_types import Shape
from eas_local.core.findings import Findings
from eas_local.core.service import CloudMount, EmptyDir, Volume
from eas_local.core.storage_shape import (
    CacheShape,
    CodeShape,
    DatasetShape,
    GitShape,
    ImageShape,
    NfsShape,
    OssShape,
    StorageShape,
)

KINDS = ("oss", "nfs", "cpfs", "dataset", "code", "git", "image", "empty_dir", "cache")
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a place in the container
_SYSTEM = {"/", "/bin", "/boot", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/sbin", "/usr", "/var", "/run"}
_SYSTEM_TREES = ("/proc", "/sys", "/dev", "/eas/sidecar", "/eas/requirements")


def volumes(shapes: Sequence[StorageShape], findings: Findings) -> tuple[Volume, ...]:
    """In the order of the file; of several at one mount path the last."""
    # Parity: the vendor's complete example mounts three things at /mnt/data/ (storage document; eas-semantics X11).
    last: dict[str, tuple[int, Volume | None]] = {}
    for index, shape in enumerate(shapes):
        where = f"storage[{index}]"
        mount_path = findings.attempt(f"{where}.mount_path", _mount_path, shape.mount_path)
        volume = _volume(where, shape, mount_path or "", findings)
        if mount_path in last:
            findings.warn(
                f"storage[{last[mount_path][0]}].mount_path", f"{mount_path} is mounted again by {where}, which wins"
            )
        if mount_path:
            last[mount_path] = (index, volume)
    return tuple(volume for _, volume in last.values() if volume)


def _mount_path(text: str) -> str:
    names = addresses.segments(text)
    path = "/" + "/".join(names)
    if not text:
        raise ValueError("is missing; it is the folder in the container, for example /mnt/data")
    if not text.startswith("/") or ".." in names:
        raise ValueError(f'must be an absolute path without "..", not "{text}"')
    if path in _SYSTEM or (path != SHARED_MEMORY and _inside_system(path)):
        raise ValueError(f"{path} is the system's own; mount somewhere else, for example at /mnt/data")
    return path


def _inside_system(path: str) -> bool:
    return any(path == tree or path.startswith(f"{tree}/") for tree in _SYSTEM_TREES)


def _volume(where: str, shape: StorageShape, mount_path: str, findings: Findings) -> Volume | None:
    given = [kind for kind in KINDS if getattr(shape, kind) is not None]
    if len(given) != 1:
        found = "none" if not given else ", ".join(given)
        findings.problem(where, f"must have exactly one of {', '.join(KINDS)}; it has {found}")
        return None
    if shape.empty_dir is not None:
        return EmptyDir(mount_path, shape.empty_dir.medium == "memory", shape.empty_dir.size_limit or None)
    address = _address(f"{where}.{given[0]}", getattr(shape, given[0]), findings)
    return CloudMount(mount_path, address, _read_only(shape)) if address else None


def _address(where: str, shape: Shape, findings: Findings) -> str | None:
    match shape:
        case OssShape():
            return findings.attempt(f"{where}.path", addresses.oss, shape.path)
        case NfsShape():
            return findings.attempt(where, addresses.nfs, shape.server, shape.path)
        case DatasetShape():
            return findings.attempt(where, addresses.dataset, shape.id, shape.version)
        case CodeShape():
            return findings.attempt(f"{where}.id", addresses.code, shape.id)
    _check_refused(where, shape, findings)
    return None


def _check_refused(where: str, shape: Shape, findings: Findings) -> None:
    """Complete or not, it is nothing this machine mounts; its author still hears of what is missing."""
    match shape:
        case GitShape(repo=""):
            findings.problem(f"{where}.repo", "is missing; it is the https address of a repository")
        case ImageShape(image=""):
            findings.problem(f"{where}.image", "is missing; it is the address of an image")
        case CacheShape(path=""):
            findings.problem(f"{where}.path", "is missing; it is the mounted folder to cache")


def _read_only(shape: StorageShape) -> bool:
    if shape.oss is not None:
        # Parity: registered models are OSS folders with resource_type "model", mounted read-only (storage document).
        model = shape.properties.resource_type == "model"
        return model if shape.oss.read_only is None else shape.oss.read_only
    # Parity: so is registered code.
    return shape.code is not None or any(
        kind.read_only for kind in (shape.nfs, shape.cpfs, shape.dataset) if kind is not None
    )
