"""A container that does as it is told: the path of a request says how to answer it, or how to fail."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import h11

BLOCK = b"0123456789abcdef" * 64
BIG = 1024
STALL = 12
_RESET = struct.pack("ii", 1, 0)


class Gone(Exception):
    """The other side has left in the middle of a request."""


@dataclass
class Container:
    """`malformed`: what the sidecar has sent that is no HTTP, or not one request at a time."""

    port: int = 0
    malformed: list[str] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        call = Call(reader, writer)
        try:
            while await call.next():
                await ANSWERS.get(call.what, echo)(call)
        except h11.RemoteProtocolError as error:
            self.malformed.append(str(error))
        except (Gone, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()


class Call:
    """One connection, and the request that is being answered on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.what = ""
        self._connection = h11.Connection(h11.SERVER)

    async def next(self) -> bool:
        """Read the next request's head; False where the connection ends first."""
        if self._connection.our_state is h11.DONE and self._connection.their_state is h11.DONE:
            self._connection.start_next_cycle()
        if self._connection.states != {h11.CLIENT: h11.IDLE, h11.SERVER: h11.IDLE}:
            return False
        event = await self._event()
        if not isinstance(event, h11.Request):
            return False
        self.what = event.target.decode("latin-1").partition("?")[0].strip("/").partition("/")[0]
        return True

    async def pieces(self) -> AsyncIterator[bytes]:
        """The request's body as it comes."""
        while True:
            match await self._event():
                case h11.Data() as piece:
                    yield bytes(piece.data)
                case h11.EndOfMessage():
                    return
                case _:
                    raise Gone

    async def body(self) -> bytes:
        return b"".join([piece async for piece in self.pieces()])

    async def say(self, *events: h11.Event) -> None:
        for event in events:
            self.writer.write(self._connection.send(event) or b"")
        await self.writer.drain()

    async def say_raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, body: bytes, *fields: tuple[str, str]) -> None:
        await self.say(h11.Response(status_code=200, headers=[("Content-Length", str(len(body))), *fields]))
        await self.say(h11.Data(data=body), h11.EndOfMessage())

    def reset(self) -> None:
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.writer.transport.abort()

    async def _event(self) -> h11.Event | type:
        while (event := self._connection.next_event()) is h11.NEED_DATA:
            try:
                self._connection.receive_data(await self.reader.read(64 * 1024))
            except h11.RemoteProtocolError as error:  # it ended in the middle of a body
                raise Gone from error
            if self.reader.at_eof() and self._connection.their_state is h11.SEND_BODY:
                raise Gone
        return event


# -- answers that are right -----------------------------------------------------------------------------------------


async def echo(call: Call) -> None:
    await call.answer(await call.body())


async def slow(call: Call) -> None:
    body = await call.body()
    await asyncio.sleep(0.3)
    await call.answer(body)


async def chunks(call: Call) -> None:
    """Each piece goes back as it comes."""
    await call.say(h11.Response(status_code=200, headers=[("Transfer-Encoding", "chunked")]))
    async for piece in call.pieces():
        await call.say(h11.Data(data=piece))
    await call.say(h11.EndOfMessage(headers=[("X-Sum", "1")]))


async def until_close(call: Call) -> None:
    body = await call.body()
    await call.say_raw(b"HTTP/1.1 200 OK\r\n\r\n" + body)
    raise Gone


async def trickle(call: Call) -> None:
    body = await call.body()
    await call.say(h11.Response(status_code=200, headers=[("Content-Length", str(len(body)))]))
    step = 1 + len(body) // 20
    for at in range(0, len(body), step):
        await call.say(h11.Data(data=body[at : at + step]))
        await asyncio.sleep(0.01)
    await call.say(h11.EndOfMessage())


async def big(call: Call) -> None:
    await call.body()
    await call.say(h11.Response(status_code=200, headers=[("Content-Length", str(BIG * len(BLOCK)))]))
    for _ in range(BIG):
        await call.say(h11.Data(data=BLOCK))
    await call.say(h11.EndOfMessage())


async def surplus(call: Call) -> None:
    """An answer, and something that nobody asked for."""
    body = await call.body()
    await call.say_raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%bHTTP/1.1 200 OK\r\n\r\nwrong" % (len(body), body)
    )
    raise Gone


async def interim(call: Call) -> None:
    await call.say(h11.InformationalResponse(status_code=103, headers=[("Link", "</x>")]))
    await call.answer(await call.body())


async def tunnel(call: Call) -> None:
    """Says everything back until the other side ends."""
    await call.body()
    await call.say_raw(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    while data := await call.reader.read(4096):
        await call.say_raw(data)
    raise Gone


# -- failures -------------------------------------------------------------------------------------------------------


async def close(call: Call) -> None:
    await call.body()
    raise Gone


async def reset(call: Call) -> None:
    await call.body()
    call.reset()
    raise Gone


async def reset_early(call: Call) -> None:
    call.reset()
    raise Gone


async def half(call: Call) -> None:
    await call.body()
    await call.say_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
    raise Gone


async def half_chunks(call: Call) -> None:
    await call.body()
    await call.say_raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf \r\n")
    await asyncio.sleep(0.01)
    call.reset()
    raise Gone


async def bad_chunks(call: Call) -> None:
    await call.body()
    await call.say_raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf \r\n")
    await asyncio.sleep(0.01)
    await call.say_raw(b"zz\r\n")
    await call.reader.read()
    raise Gone


async def garbage(call: Call) -> None:
    await call.body()
    await call.say_raw(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
    await call.reader.read()
    raise Gone


async def bare_line_feeds(call: Call) -> None:
    await call.body()
    await call.say_raw(b"HTTP/1.1 200 OK\nContent-Length: 0\n\n")
    await call.reader.read()
    raise Gone


async def ambiguous(call: Call) -> None:
    await call.body()
    await call.say_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    await call.reader.read()
    raise Gone


async def stall(call: Call) -> None:
    """Longer than anybody waits, yet not for ever: a worker may be kept until the container has done."""
    await call.body()
    with suppress(TimeoutError):
        await asyncio.wait_for(call.reader.read(), STALL)
    raise Gone


Answering = Callable[[Call], Awaitable[None]]
RIGHT: tuple[Answering, ...] = (echo, slow, chunks, until_close, trickle, surplus, interim)
FAILING: dict[Answering, set[str]] = {
    close: {"503"},
    reset: {"503"},
    reset_early: {"503"},
    half: {"cut"},
    half_chunks: {"cut", "503"},  # a reset may overtake what was sent before it
    bad_chunks: {"cut", "502"},  # so may what is wrong be there before the rest is passed on
    garbage: {"502"},
    bare_line_feeds: {"502"},
    ambiguous: {"502"},
    stall: {"408"},
}
"""What a client may see of each."""
ANSWERS: dict[str, Answering] = {one.__name__: one for one in (*RIGHT, *FAILING, big, tunnel)}
