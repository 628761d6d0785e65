"""The gateway as the daemon knows it: a file that it loads at its start, and somebody who takes tables of routes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from eas_local.core.routes import RouteTable

TELLS = 0.003


@dataclass
class Gateway:
    """`routes` is what it goes by, `file` what the next one would begin with. `seen` is called with each new table."""

    seen: Callable[[], None]
    routes: RouteTable = field(default_factory=RouteTable)
    file: RouteTable = field(default_factory=RouteTable)
    up: bool = True

    def write(self, path: Path, content: bytes) -> None:
        self.file = RouteTable.from_json(content)

    @asynccontextmanager
    async def put(self, address: str, data: bytes) -> AsyncIterator[SimpleNamespace]:
        await asyncio.sleep(TELLS)
        if not self.up:
            raise ConnectionRefusedError(address)
        self.routes = RouteTable.from_json(data)
        self.seen()
        await asyncio.sleep(TELLS)
        yield SimpleNamespace(status=200)

    def dies(self) -> None:
        self.up = False

    def starts(self) -> None:
        self.routes, self.up = self.file, True
        self.seen()

    def taken(self, service: str) -> list[str]:
        """The instances of a service that get its requests."""
        backends = (backend for entry in self.routes.entries for backend in entry.backends)
        return sorted({end.uid for backend in backends if backend.service == service for end in backend.instances})
