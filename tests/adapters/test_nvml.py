"""The GPUs of a machine: NVML as pynvml meets it, with a small library of our own in the driver's place."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from eas_local.core.gpus import Gpu

TWO_GPUS = """
#include <stdio.h>
#include <string.h>
typedef struct { unsigned long long total, free, used; } memory;
static long devices[2] = {0, 1};
int nvmlInitWithFlags(unsigned flags) { return 0; }
int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = 3; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    if (index > 1) return 15;  /* fallen off the bus */
    *device = &devices[index];
    return 0;
}
int nvmlDeviceGetUUID(long *device, char *uuid, unsigned size) { snprintf(uuid, size, "GPU-%ld", *device); return 0; }
int nvmlDeviceGetName(long *device, char *name, unsigned size) { snprintf(name, size, "NVIDIA Test %ld", *device); return 0; }
int nvmlDeviceGetMemoryInfo(long *device, memory *info) {
    info->total = 16ULL << 30;
    info->free = (8ULL + *device) << 30;
    info->used = info->total - info->free;
    return 0;
}
"""
LOOK = "from eas_local.adapters.nvml import NvmlGpus; print(NvmlGpus().inventory()); print(NvmlGpus().inventory())"


def looked(folder: Path) -> list[str]:
    """What a fresh program finds, twice, with the libraries of a folder before its eyes."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOOK],
        env={"LD_LIBRARY_PATH": str(folder)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def compiled(source: str, library: Path) -> None:
    (library.parent / "stub.c").write_text(source)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, library.parent / "stub.c"], check=True, timeout=10)


@pytest.mark.docker  # where an engine is installed a compiler may be asked for, too; a plain check needs neither
def test_every_gpu_that_answers_is_found_with_its_memory(tmp_path):
    assert shutil.which("gcc"), "this test compiles a library; install gcc"
    compiled(TWO_GPUS, tmp_path / "libnvidia-ml.so.1")

    first = Gpu("GPU-0", 0, "NVIDIA Test 0", 16384, 8192)
    second = Gpu("GPU-1", 1, "NVIDIA Test 1", 16384, 9216)
    assert looked(tmp_path) == [str((first, second))] * 2


@pytest.mark.docker
def test_a_driver_that_fails_counts_as_none(tmp_path):
    compiled("int nvmlInitWithFlags(unsigned flags) { return 9; }", tmp_path / "libnvidia-ml.so.1")

    assert looked(tmp_path) == ["()", "()"]
