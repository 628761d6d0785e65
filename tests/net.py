"""Clients and servers that speak raw bytes on loopback, so that tests see what really travels."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PATIENCE = 5


@dataclass
class Message:
    """A request or an answer, taken apart. `raw` is everything it was read from."""

    start: str
    headers: dict[str, str]
    body: bytes = b""
    trailers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""

    @property
    def status(self) -> int:
        return int(self.start.split()[1])

    @property
    def method(self) -> str:
        return self.start.split()[0]

    @property
    def target(self) -> str:
        return self.start.split()[1]


class Wire:
    """One end of a connection; every wait is bounded."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *pieces: bytes) -> None:
        """Each piece reaches the other side before the next is sent, as far as a loopback lets one say that."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def read(self, count: int) -> bytes:
        return await asyncio.wait_for(self.reader.readexactly(count), PATIENCE)

    async def until(self, end: bytes) -> bytes:
        return await asyncio.wait_for(self.reader.readuntil(end), PATIENCE)

    async def rest(self) -> bytes:
        """Everything until the other side ends the connection."""
        return await asyncio.wait_for(self.reader.read(), PATIENCE)

    async def message(self, *, bodiless: bool = False) -> Message:
        """The next whole message; an answer to HEAD is `bodiless`."""
        head = await self.until(b"\r\n\r\n")
        start, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        message = Message(start, _fields(lines), raw=head)
        status = message.start.split()[1] if message.start.startswith("HTTP/") else ""
        if bodiless or status in {"204", "304"} or status.startswith("1"):
            return message
        if message.headers.get("transfer-encoding") == "chunked":
            await self._chunks(message)
        elif "content-length" in message.headers:
            message.body = await self.read(int(message.headers["content-length"]))
        elif status:
            message.body = await self.rest()
        return message

    async def _chunks(self, message: Message) -> None:
        while True:
            size = int((await self.until(b"\r\n")).split(b";")[0], 16)
            if size == 0:
                break
            message.body += await self.read(size)
            assert await self.read(2) == b"\r\n"
        lines = []
        while (line := await self.until(b"\r\n")) != b"\r\n":
            lines.append(line.decode("latin-1").rstrip())
        message.trailers = _fields(lines)

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        self.writer.transport.abort()


def _fields(lines: list[str]) -> dict[str, str]:
    return {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


@asynccontextmanager
async def dial(port: int, host: str = "127.0.0.1") -> AsyncIterator[Wire]:
    wire = Wire(*await asyncio.open_connection(host, port))
    try:
        yield wire
    finally:
        wire.close()


async def ask(port: int, *pieces: bytes, host: str = "127.0.0.1") -> Message:
    """One request on a connection of its own."""
    async with dial(port, host) as wire:
        await wire.send(*pieces)
        return await wire.message(bodiless=pieces[0].startswith(b"HEAD "))


@dataclass
class Server:
    """A server on loopback. `requests` are those that were read whole, `connections` how many were opened."""

    port: int = 0
    connections: int = 0
    open: int = 0
    requests: list[Message] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)


Talk = Callable[[Wire], Awaitable[None]]


@asynccontextmanager
async def talking(talk: Talk, port: int = 0) -> AsyncIterator[Server]:
    """A server that does with each connection what it is told, and closes it then."""
    server = Server()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        server.open += 1
        server.changed.set()
        try:
            await talk(Wire(reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            server.open -= 1
            server.changed.set()
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", port)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()


@asynccontextmanager
async def answering(answer: Callable[[Message], bytes], port: int = 0) -> AsyncIterator[Server]:
    """A server that keeps connections and answers each whole request with bytes; with none, it closes."""

    async def talk(wire: Wire) -> None:
        while True:
            request = await wire.message()
            server.requests.append(request)
            data = answer(request)
            if not data:
                return
            await wire.send(data)

    async with talking(talk, port) as server:
        yield server


def ok(body: bytes = b"", *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def echo(request: Message) -> bytes:
    """Answers with the body it was sent, and tells what it was asked for."""
    return ok(request.body, f"X-Asked: {request.method} {request.target}")


async def eventually(check: Callable[[], bool], what: str) -> None:
    """Wait for something on the other side of a socket."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not check():  # noqa: ASYNC110 - the other side has no event to set
                await asyncio.sleep(0.002)
    except TimeoutError:
        raise AssertionError(f"never happened: {what}") from None
