"""A gateway in this process, with routes to whatever listens on ports of this machine."""

import asyncio
import io
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from eas_local.adapters.settings import Settings, load
from eas_local.core.routes import Backend, Endpoint, Entry, RouteTable
from eas_local.core.service import GatewayPolicy
from eas_local.gateway.main import Gateway
from tests.net import Message, Wire, answering, ask, echo

REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nx-eas-refused: gate\r\nContent-Length: 19\r\n\r\nno healthy upstream"


def an_entry(*ports: int, name: str = "demo", hold: float = 0, **policy: float) -> Entry:
    """A service with an instance on each port; the instance on port 1234 is `demo-1234`."""
    return Entry(name, (a_backend(*ports, name=name),), policy=GatewayPolicy(**policy), hold=hold)


def a_backend(*ports: int, name: str = "demo", weight: int = 100) -> Backend:
    return Backend(weight, name, tuple(Endpoint(f"{name}-{port}", "127.0.0.1", port) for port in ports))


async def a_closed_port() -> int:
    async with answering(echo) as server:
        return server.port


def a_table(*entries: Entry, n: int = 1, epoch: str = "e") -> RouteTable:
    return RouteTable(epoch, n, entries)


@dataclass
class Doors:
    """Both of a gateway: the public one and its control socket."""

    port: int
    settings: Settings

    async def ask(
        self, target: str = "/api/predict/demo", *headers: str, method: str = "GET", body: bytes = b""
    ) -> Message:
        lines = [f"{method} {target} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
        return await ask(self.port, "\r\n".join([*lines, "", ""]).encode() + body)

    async def control(self, what: str, body: bytes = b"") -> Message:
        wire = Wire(*await asyncio.open_unix_connection(str(self.settings.gateway_socket)))
        await wire.send(f"{what} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = await wire.message()
        wire.close()
        return answer

    async def publish(self, *entries: Entry, n: int = 1, epoch: str = "e") -> Message:
        return await self.control("PUT /v1/routes", a_table(*entries, n=n, epoch=epoch).to_json().encode())

    async def metric(self, name: str, **labels: str) -> float:
        """The sum of its samples that have these labels, and others perhaps."""
        return value_in((await self.ask("/metrics")).body.decode(), name, **labels)


@dataclass
class Door(Doors):
    """With the gateway behind them, which is in this process."""

    gateway: Gateway
    out: io.StringIO


@asynccontextmanager
async def a_gateway(*entries: Entry, home: Path | None = None, **variables: str) -> AsyncIterator[Door]:
    """A gateway that has been given these routes; sockets are in a folder short enough for their names."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "EAS_LOCAL_HOME": str(home or folder),
            "XDG_RUNTIME_DIR": folder,
            "EAS_LOCAL_ADDRESS": "127.0.0.1:0",
            **variables,
        }
        settings, out = load(environment), io.StringIO()
        gateway = Gateway(settings, out)
        door = Door(await gateway.start(), settings, gateway, out)
        try:
            if entries:
                assert (await door.publish(*entries)).status == 200
            yield door
        finally:
            await gateway.stop(grace=0)


def read(message: Message) -> dict:
    return json.loads(message.body)


def value_in(exposition: str, name: str, **labels: str) -> float:
    wanted = {f'{label}="{text}"' for label, text in labels.items()}
    lines = (line.rpartition(" ") for line in exposition.splitlines() if line.startswith((f"{name}{{", f"{name} ")))
    return sum(float(value) for sample, _, value in lines if wanted <= set(sample[len(name) + 1 : -1].split(",")))
