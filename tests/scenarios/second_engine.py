"""A Docker engine of the scenarios' own: one may be stopped, filled and given a stub for the NVIDIA runtime; the machine's
engine may not.

It has its own data, socket and containerd. Firewall rules it must not touch, for they are one set per machine and belong
to the first engine; so its bridge is made as a network of that one.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker

from tests.scenarios.engine import connected
from tests.scenarios.eventually import eventually

NETWORKS = "eas-scenarios-"
BRIDGE = f"eas{os.getpid()}"
HOOK = "nvidia-container-runtime-hook"
PLACE = "eas-engine-"
BASE = "eas-local/base:bookworm"


class SecondEngine:
    def __init__(self, place: Path) -> None:
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"unix://{self._place}/docker.sock"

    @property
    def downloads(self) -> Path:
        """Where it keeps what it pulls until that is unpacked."""
        return self._place / "data" / "tmp"

    def start(self) -> None:
        """Up, and answering."""
        with (self._place / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command(), env=self._environment(), stdout=log, stderr=log)
        eventually(self._answers, within=30, what="the second engine")

    def stop(self) -> None:
        """Down, with all its containers."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)
            self._process = None

    def lose_containers(self) -> None:
        """While it is stopped: none of them is there any more when it starts."""
        assert self._process is None
        for folder in (self._place / "data" / "containers").iterdir():
            shutil.rmtree(folder)

    def killed(self) -> None:
        """Somebody has killed it: its containers run on, and it may be started again. Its containerd has died with it, but
        the next one would take that for alive where nobody takes note of dead processes."""
        assert self._process is not None
        self._process.wait(10)
        self._process = None
        (self._place / "exec/containerd/containerd.pid").unlink(missing_ok=True)

    def add_hook(self) -> None:
        """A program of that name on its PATH is all an engine asks for to hand out GPUs."""
        hook = self._place / "bin" / HOOK
        hook.parent.mkdir()
        hook.write_text("#!/bin/sh\nexit 0\n")
        hook.chmod(0o755)

    def load(self, first: docker.DockerClient) -> None:
        """The base image, where the first engine has it: making it again takes a minute."""
        if any(BASE in image.tags for image in first.images.list()):
            with connected(self.address) as own:
                own.images.load(first.images.get(BASE).save(named=True))

    def _command(self) -> list[str]:
        place = self._place
        return [
            "dockerd",
            f"--host={self.address}",
            f"--data-root={place}/data",
            f"--exec-root={place}/exec",
            f"--pidfile={place}/pid",
            f"--bridge={BRIDGE}",
            "--iptables=false",
            "--ip-masq=false",
            "--ip-forward=false",  # and no --default-address-pool: with one, a restart removes the first engine's docker0
        ]

    def _environment(self) -> dict[str, str]:
        here = dict(os.environ)  # noqa: TID251 - an engine needs its PATH, with the hook's folder first
        return {**here, "PATH": f"{self._place}/bin:/usr/sbin:/sbin:{here['PATH']}"}

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as door:  # the SDK leaves its own socket open where nobody listens yet
            door.connect(str(self._place / "docker.sock"))
        with connected(self.address) as client:
            return bool(client.ping())


def obstacle() -> str | None:
    """Why there can be no second engine here."""
    if os.geteuid() != 0:
        return "a second Docker engine needs root"
    return None if shutil.which("dockerd") else "a second Docker engine needs dockerd on this machine"


@contextmanager
def a_second_engine(first: docker.DockerClient) -> Iterator[SecondEngine]:
    for network in first.networks.list(names=[NETWORKS]):
        if not Path("/proc", network.name.removeprefix(NETWORKS)).exists():
            network.remove()  # a killed run has left it
    options = {"com.docker.network.bridge.name": BRIDGE}
    network = first.networks.create(f"{NETWORKS}{os.getpid()}", options=options)
    bridges = _bridges()
    try:
        with tempfile.TemporaryDirectory(prefix=PLACE, dir="/tmp") as place:
            engine = SecondEngine(Path(place))
            engine.add_hook()
            try:
                engine.start()
                engine.load(first)
                yield engine
            finally:
                engine.stop()
                _unmount_below(place)
        assert bridges == _bridges(), "the second engine has touched the bridge of the first"
    finally:
        network.remove()


def _unmount_below(place: str) -> None:
    """An engine that was killed has left what its containers had mounted; the innermost goes first."""
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((path for path in mounted if path.startswith(f"{place}/")), reverse=True):
        subprocess.run(["umount", "--lazy", mount], check=True)


def _bridges() -> set[str]:
    return {name for name in ("docker0", BRIDGE) if Path("/sys/class/net", name).exists()}
