"""A sidecar in this process, in front of whatever listens on a port of this machine."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from eas_local.core.service import Limits
from eas_local.core.wire import SidecarConfig, SidecarState, Target
from eas_local.sidecar import config_file, pod
from eas_local.sidecar.main import Options, Sidecar
from tests.net import PATIENCE, Message, Wire, ask, dial

SECRET = "s3cret"
GET = b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\n\r\n"


def a_config(port: int, **changed: object) -> SidecarConfig:
    fields = {"pod": "demo-1", "service": "demo", "secret": SECRET, "targets": (Target("worker0", 0, port),)}
    return SidecarConfig(**{**fields, **changed})


def limited(port: int, **limits: float) -> SidecarConfig:
    return a_config(port, limits=Limits(**limits))


@dataclass
class Pod:
    """`traffic` and `control` are ports; `out` is the access log so far."""

    host: str
    traffic: int
    control: int
    path: Path
    out: io.StringIO

    async def ask(
        self, target: str = "/api/predict/demo", *headers: str, method: str = "GET", body: bytes = b""
    ) -> Message:
        lines = [f"{method} {target} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
        return await ask(self.traffic, "\r\n".join([*lines, "", ""]).encode() + body)

    async def control_(self, what: str, *headers: str, body: bytes = b"", secret: str = SECRET) -> Message:
        lines = [f"{what} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
        if secret:
            lines.append(f"Authorization: Bearer {secret}")
        return await ask(self.control, "\r\n".join([*lines, "", ""]).encode() + body, host=self.host)

    async def state(self, after: str = "", wait: float = 5) -> SidecarState:
        answer = await self.control_(f"GET /v1/state?after={after}&wait={wait}")
        assert answer.status == 200
        return SidecarState.from_json(answer.body)

    async def put(self, config: SidecarConfig) -> Message:
        return await self.control_("PUT /v1/config", body=config.to_json().encode())

    async def until(self, check) -> SidecarState:
        """The first state that is as wished."""
        state = await self.state()
        while not check(state):
            state = await self.state(after=state.version)
        return state

    async def ready(self) -> SidecarState:
        return await self.until(lambda state: state.ready)

    async def counts(self, in_flight: int, waiting: int = 0) -> SidecarState:
        """The state when so many requests run and wait; that is no news, so it is asked for until it is so."""
        async with asyncio.timeout(PATIENCE):
            while True:
                state = await self.state(wait=0)
                if (state.in_flight, state.waiting) == (in_flight, waiting):
                    return state


@asynccontextmanager
async def a_pod(config: SidecarConfig, folder: Path, host: str = "127.0.0.1") -> AsyncIterator[Pod]:
    """The sidecar of a pod, just started."""
    path = folder / "config.json"
    config_file.save(path, config)
    async with respawned(path, host) as pod:
        yield pod


@asynccontextmanager
async def respawned(path: Path, host: str = "127.0.0.1") -> AsyncIterator[Pod]:
    """A sidecar with what an earlier one has left. Of this machine's listeners it sees those on its targets' ports."""
    ports = {target.port for target in config_file.load(path).targets}
    out = io.StringIO()
    sidecar = Sidecar(
        Options(path, host, traffic_port=0, control_port=0),
        out,
        lambda hidden: tuple(one for one in pod.listeners(hidden) if one[1] in ports),
    )
    traffic, control = await sidecar.start()
    try:
        yield Pod(host, traffic, control, path, out)
    finally:
        await sidecar.stop()


@asynccontextmanager
async def a_ready_pod(config: SidecarConfig, folder: Path) -> AsyncIterator[Pod]:
    async with a_pod(config, folder) as pod:
        await pod.ready()
        yield pod


async def queued(pod: Pod, stack: AsyncExitStack, number: int) -> Wire:
    """A client whose request is in line behind one that runs and so many that wait; the sidecar has seen it."""
    client = await stack.enter_async_context(dial(pod.traffic))
    await client.send(GET.replace(b"demo", b"demo/%d" % number))
    await pod.counts(in_flight=1, waiting=number)
    return client
