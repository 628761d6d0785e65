"""Which GPUs an instance gets: particular devices, the emptiest first, none given twice."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from eas_local.core.errors import NoRoom


@dataclass(frozen=True, slots=True)
class Gpu:
    """One device of this machine. Memory in MiB."""

    uuid: str
    index: int
    name: str
    memory_mib: int
    free_mib: int


def assign(
    wanted: int, inventory: Sequence[Gpu], taken: Collection[str], lent: Collection[str] = ()
) -> tuple[str, ...]:
    """The uuids of `wanted` free devices; those that are `lent` are taken after all others. Raises NoRoom, naming what is
    missing."""
    if wanted and not inventory:
        raise NoRoom(
            f"the service needs {wanted} GPU{'s' * (wanted != 1)}, and this machine has none that can be used; remove "
            "metadata.gpu, or install NVIDIA's driver where there is one (nvidia-smi shows it then)"
        )
    free = [gpu for gpu in inventory if gpu.uuid not in taken]
    if len(free) < wanted:
        raise NoRoom(
            f"the service needs {wanted} GPU{'s' * (wanted != 1)}, {len(free)} of this machine's {len(inventory)} "
            f"{'is' if len(free) == 1 else 'are'} free; stop a service that holds one, or set metadata.gpu to {len(free)}"
        )
    emptiest = sorted(free, key=lambda gpu: (gpu.uuid in lent, -gpu.free_mib, gpu.index))
    return tuple(gpu.uuid for gpu in emptiest[:wanted])
