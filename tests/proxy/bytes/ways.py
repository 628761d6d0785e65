"""The ways a request can take: a relay alone, a sidecar, or gateway and sidecar, each in front of the same upstream."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from eas_local.core.routes import Backend, Endpoint, Entry
from tests.gateway.doors import a_gateway
from tests.net import dial, eventually
from tests.proxy.bytes.upstream import PROBE, Upstream, an_upstream
from tests.proxy.relay import relaying_to
from tests.sidecar.pods import a_config, a_ready_pod

PREFIX = b"/api/predict/demo/"


@dataclass
class Way:
    """`resting`: how many of its connections stay open although nobody asks anything."""

    port: int
    prefix: bytes = PREFIX
    resting: int = 0
    upstream: Upstream = field(default_factory=Upstream)
    at_start: tuple[int, int] = (0, 0)

    def to_client(self, data: bytes) -> bytes:
        """Bytes of a row as a client of this way sends them."""
        return data.replace(b"/~/", self.prefix)

    def to_upstream(self, data: bytes) -> bytes:
        """Bytes of a row as the upstream gets them."""
        return data.replace(b"/~/", b"/")

    @property
    def at_rest(self) -> bool:
        """No more is open, and no more tasks are left, than before the first request."""
        sockets, tasks = census()
        return sockets <= self.at_start[0] + 2 * self.resting and tasks <= self.at_start[1]


def census() -> tuple[int, int]:
    """TCP sockets that this process has open, and unfinished tasks of this loop."""
    tcp = {line.split()[9] for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]}
    return sum(_inode(descriptor) in tcp for descriptor in Path("/proc/self/fd").iterdir()), len(asyncio.all_tasks())


def _inode(descriptor: Path) -> str:
    """Empty for what is no socket, or has been closed meanwhile."""
    try:
        return str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]")
    except FileNotFoundError:
        return ""


@asynccontextmanager
async def a_relay(port: int) -> AsyncIterator[Way]:
    async with relaying_to(port) as relay:
        yield Way(relay.port, prefix=b"/")


@asynccontextmanager
async def a_sidecar(port: int) -> AsyncIterator[Way]:
    with tempfile.TemporaryDirectory() as folder:
        async with a_ready_pod(a_config(port), Path(folder)) as pod:
            yield Way(pod.traffic)


@asynccontextmanager
async def the_whole_way(port: int) -> AsyncIterator[Way]:
    async with a_sidecar(port) as sidecar:
        entry = Entry("demo", (Backend(100, "demo", (Endpoint("demo-1", "127.0.0.1", sidecar.port),)),))
        async with a_gateway(entry) as door:
            yield Way(door.port, resting=2)


WAYS: dict[str, Callable[[int], AbstractAsyncContextManager[Way]]] = {
    "relay": a_relay,
    "sidecar": a_sidecar,
    "gateway and sidecar": the_whole_way,
}


@asynccontextmanager
async def going(name: str) -> AsyncIterator[Way]:
    """A way from its start to its end; when all is over, nothing of it is left."""
    before = census()
    async with an_upstream() as upstream, WAYS[name](upstream.port) as way:
        way.upstream = upstream
        way.at_start = census()
        yield way
    await eventually(lambda: census() <= before, f"nothing of {name} is left: {before}")


async def probe(way: Way) -> bytes:
    """What a client with a connection of its own is answered."""
    async with dial(way.port) as client:
        await client.send(way.to_client(PROBE))
        return (await client.message()).body
