"""The programs under test, as processes: started, killed, asked for their numbers. For Linux."""

import asyncio
import re
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from eas_local.adapters import settings
from eas_local.core.routes import Entry, RouteTable
from eas_local.core.wire import SidecarConfig
from tests.net import Message, Wire, ask
from tests.soak import trimmed

READY_WITHIN = 15
_GAUGES = re.compile(r"^eas\S*_(?:in_flight|waiting|held)(?:\{[^}]*\})? (\S+)$", re.MULTILINE)
_READY = re.compile(r"^eas_instance_ready\S* 1$", re.MULTILINE)
_OPEN_STATES = {"01", "02", "03", "04", "05", "08", "09", "0B"}


@dataclass
class Program:
    """One process, or the next one after a kill. `log` is everything that any of them wrote.

    `trims`: it gives free memory back when it is told to.
    """

    name: str
    command: Sequence[str]
    log: Path
    environ: dict[str, str] | None = None
    trims: bool = False
    starts: int = 0
    warm: float = 0
    calm: float = 0
    idle_files: int = 0
    process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, env=self.environ
            )
        self.starts += 1

    async def end(self, how: signal.Signals) -> int:
        """Its exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), READY_WITHIN)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.returncode is None

    @property
    def pids(self) -> list[int]:
        """Its own and those of its workers."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    async def memory(self) -> float:
        """MiB in use."""
        assert self.process is not None
        if self.trims:
            self.process.send_signal(trimmed.SIGNAL)
            await asyncio.sleep(0.9)
        return self._of_status("VmRSS")

    @property
    def peak(self) -> float:
        """MiB that it has ever had."""
        return self._of_status("VmHWM")

    def _of_status(self, name: str) -> float:
        texts = [Path(f"/proc/{pid}/status").read_text() for pid in self.pids]
        return sum(int(text.partition(f"{name}:")[2].split()[0]) for text in texts) / 1024

    @property
    def files(self) -> int:
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.pids)

    @property
    def complaints(self) -> list[str]:
        """Lines of its log that no program of ours should ever write."""
        text = self.log.read_text(errors="replace")
        return [line for line in text.splitlines() if line.startswith(("Traceback", "Exception", "Task ", "Fatal"))]


@dataclass
class Sidecar:
    """One instance: its program, its ports, and the configuration it was given last."""

    program: Program
    config: SidecarConfig
    traffic: int
    control: int

    async def ready(self) -> None:
        """Raises TimeoutError where it does not become so."""
        await settled(self._is_ready, READY_WITHIN)

    async def _is_ready(self) -> bool:
        return _READY.search(await self.metrics()) is not None

    async def put(self, **changed: object) -> int:
        self.config = replace(self.config, n=self.config.n + 1, **changed)
        return (await self._ask("PUT /v1/config", self.config.to_json().encode())).status

    async def metrics(self) -> str:
        """Empty where nobody answers."""
        try:
            return (await self._ask("GET /metrics")).body.decode()
        except (ConnectionError, asyncio.IncompleteReadError):
            return ""

    async def busy(self) -> list[float]:
        return gauges(await self.metrics())

    async def _ask(self, what: str, body: bytes = b"") -> Message:
        return await ask(self.control, request(what, body, f"Authorization: Bearer {self.config.secret}"))


@dataclass
class Gateway:
    """The gateway: its program, its port, and how often it was given routes."""

    program: Program
    options: settings.Settings
    published: int = 0

    async def ready(self) -> None:
        await settled(self._listens, READY_WITHIN)

    async def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.options.gateway_socket)) == 0

    async def publish(self, *entries: Entry) -> int:
        self.published += 1
        table = RouteTable("soak", self.published, entries)
        return (await self._ask("PUT /v1/routes", table.to_json().encode())).status

    async def busy(self) -> list[float]:
        return gauges((await self._ask("GET /metrics")).body.decode())

    async def _ask(self, what: str, body: bytes = b"") -> Message:
        wire = Wire(*await asyncio.open_unix_connection(str(self.options.gateway_socket)))
        try:
            await wire.send(request(what, body))
            return await wire.message()
        finally:
            wire.close()


def a_sidecar(folder: Path, config: SidecarConfig) -> Sidecar:
    traffic, control = free_ports(2)
    path = folder / f"{config.pod}.json"
    path.write_text(config.to_json())
    ports = ("--traffic-port", str(traffic), "--control-port", str(control))
    module = ("-m", "tests.soak.trimmed", "eas_local.sidecar")
    command = (sys.executable, *module, "--config", str(path), "--host", "127.0.0.1", *ports)
    return Sidecar(Program(config.pod, command, folder / f"{config.pod}.log", trims=True), config, traffic, control)


def a_gateway(folder: Path, workers: int) -> Gateway:
    (port,) = free_ports(1)
    environ = {
        "EAS_LOCAL_HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "EAS_LOCAL_ADDRESS": f"127.0.0.1:{port}",
        "EAS_LOCAL_GATEWAY_WORKERS": str(workers),
    }
    program = Program("gateway", (sys.executable, "-m", "eas_local.gateway"), folder / "gateway.log", environ)
    return Gateway(program, settings.load(environ))


async def settled(check: Callable[[], Awaitable[bool]], within: float) -> None:
    """Wait for what a program tells only who asks. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while not await check():  # noqa: ASYNC110 - another process has no event to set
            await asyncio.sleep(0.05)


def gauges(text: str) -> list[float]:
    """Everything that must be 0 where nothing is going on."""
    return [float(value) for value in _GAUGES.findall(text)]


def connections(ports: set[int]) -> int:
    """Those of the machine that are open at one of these ports."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[1].rpartition(":")[2], 16) in ports and row[3] in _OPEN_STATES for row in rows)


def request(what: str, body: bytes, *headers: str) -> bytes:
    lines = [f"{what} HTTP/1.1", "Host: soak", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def free_ports(count: int) -> list[int]:
    """Of this machine, a moment ago; a sidecar that is started again needs its own ones again."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
