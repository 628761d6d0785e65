"""A way to the real engine that a test can cut, as when the engine is stopped in the middle of everything."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path


class Relay:
    """Passes bytes between a socket of its own and the engine's."""

    def __init__(self, path: Path, engine: Path) -> None:
        self.address = f"unix://{path}"
        self._path = path
        self._engine = engine
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._passed, self._path)

    async def cut(self) -> None:
        """Nobody listens any more, and every conversation is over."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        self._path.unlink(missing_ok=True)

    async def _passed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, mine = await asyncio.open_unix_connection(self._engine)
        self._writers |= {writer, mine}
        await asyncio.gather(_copy(reader, mine), _copy(theirs, writer))
        self._writers -= {writer, mine}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def relayed(engine: Path) -> AsyncIterator[Relay]:
    with tempfile.TemporaryDirectory(prefix="eas-") as folder:  # a socket's path is short
        relay = Relay(Path(folder) / "docker.sock", engine)
        await relay.open()
        try:
            yield relay
        finally:
            await relay.cut()
