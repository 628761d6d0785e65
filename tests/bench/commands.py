"""How each of those who are compared is started, and told the same job.

The job is the sidecar's: check a token, let a bounded number in, end what takes too long, take the prefix off the path,
count, and write a line to an access log. The `lean` ones only pass on, so that one sees what the job costs.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from string import Template

from eas_local.core.service import Limits
from eas_local.core.wire import SidecarConfig, Target
from tests.bench.processes import envoy, installed, python
from tests.scenarios.calling import HOST, free_port

PEERS = Path(__file__).parent / "peers"
TOKEN = "a-token-of-32-characters-as-usual"
OURS, ENVOY, NGINX = "eas_local", "envoy", "nginx"
ENVOY_LEAN, NGINX_LEAN = LEAN = ("envoy lean", "nginx lean")
AT_ONCE = 1024
LONG = 600.0
"""The last two stand in the peers' files, too."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contestant listens (`host`, `port`), and where the origin does (`upstream`, `origin`)."""

    name: str
    folder: Path
    port: int
    origin: int
    host: str = HOST
    upstream: str = HOST

    def configured(self, file: str) -> Path:
        """The peer's configuration with everything put in that only this run knows."""
        path = self.folder / f"{self.name}-{file}"
        log = self.folder / f"{self.name}.log"
        path.write_text(_Config((PEERS / file).read_text()).substitute(asdict(self), log=log, token=TOKEN))
        return path


class _Config(Template):
    """The peers' own languages have a use for every single sign."""

    delimiter = "@@"


def envoy_with(file: str, at: Place) -> list[object]:
    return [envoy(), "--concurrency", 1, "--disable-hot-restart", "--log-level", "error", "-c", at.configured(file)]


def _nginx(file: str, at: Place) -> list[object]:
    return [installed("nginx"), "-e", "stderr", "-c", at.configured(file)]


def _haproxy(at: Place) -> list[object]:
    return [installed("haproxy"), "-db", "-f", at.configured("haproxy.cfg")]


def _aiohttp(at: Place) -> list[object]:
    return [*python(), PEERS / "aiohttp_proxy.py", at.port, at.origin, TOKEN]


def _ours(at: Place) -> list[object]:
    limits = Limits(worker_threads=AT_ONCE, keepalive=LONG)
    config = SidecarConfig("demo-1", "demo", "secret", (Target("worker0", 0, at.origin),), (TOKEN,), limits)
    path = at.folder / "sidecar.json"
    path.write_text(config.to_json())
    ports = ("--traffic-port", at.port, "--control-port", free_port())
    return [*python(), "-m", "eas_local.sidecar", "--config", path, "--host", at.host, *ports]


COMMANDS: dict[str, Callable[[Place], list[object]]] = {
    OURS: _ours,
    ENVOY: partial(envoy_with, "envoy.yaml"),
    NGINX: partial(_nginx, "nginx.conf"),
    "haproxy": _haproxy,
    "aiohttp": _aiohttp,
    ENVOY_LEAN: partial(envoy_with, "envoy-lean.yaml"),
    NGINX_LEAN: partial(_nginx, "nginx-lean.conf"),
}
