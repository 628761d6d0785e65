"""The NVIDIA GPUs of this machine, as their driver's library tells."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pynvml

from eas_local.core.gpus import Gpu

_MIB = 1024 * 1024


class NvmlGpus:
    """Fulfils `daemon.ports.Gpus`. The library is opened for each look: a driver may come, go or be reset in between."""

    def inventory(self) -> tuple[Gpu, ...]:
        with suppress(pynvml.NVMLError), _opened():
            return tuple(_found())
        return ()


@contextmanager
def _opened() -> Iterator[None]:
    pynvml.nvmlInit()
    try:
        yield
    finally:
        pynvml.nvmlShutdown()


def _found() -> Iterator[Gpu]:
    for index in range(pynvml.nvmlDeviceGetCount()):
        with suppress(pynvml.NVMLError):  # a device that has fallen off the bus; the others still serve
            yield _gpu(index)


def _gpu(index: int) -> Gpu:
    device = pynvml.nvmlDeviceGetHandleByIndex(index)
    memory = pynvml.nvmlDeviceGetMemoryInfo(device)
    return Gpu(
        uuid=pynvml.nvmlDeviceGetUUID(device),
        index=index,
        name=pynvml.nvmlDeviceGetName(device),
        memory_mib=memory.total // _MIB,
        free_mib=memory.free // _MIB,
    )
