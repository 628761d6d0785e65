"""A client that behaves: one request after the other on a connection, read by an independent parser (h11)."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import h11

PATIENCE = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """`said`: the status of a whole answer, `cut` of one that broke off, or what else a client may see.

    `none`: the connection ended without an answer; `late`: nothing for a long time; `garbled`: no HTTP.
    """

    said: str
    body: bytes = b""


class Line:
    """A connection. `usable`: it may carry another request."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._connection = h11.Connection(h11.CLIENT)
        self.usable = True

    @classmethod
    async def to(cls, port: int) -> "Line":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: Sequence[bytes] = ()
    ) -> Outcome:
        """`body` in pieces: chunked where the headers say so."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._send(h11.Request(method=method, target=target, headers=[("Host", "soak"), *headers]))
                for piece in body:
                    await self._send(h11.Data(data=piece))
                    await asyncio.sleep(0)
                await self._send(h11.EndOfMessage())
                return await self._answer()
        except TimeoutError:
            self.usable = False
            return Outcome("late")
        except h11.RemoteProtocolError as error:
            self.usable = False
            return Outcome("garbled", str(error).encode())

    async def _send(self, event: h11.Event) -> None:
        """Who does not take the rest of a request may have answered it already."""
        data = self._connection.send(event) or b""
        with suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()

    async def _answer(self) -> Outcome:
        status, body = "", bytearray()
        while True:
            match await self._event():
                case h11.Response() as response:
                    status = str(response.status_code)
                case h11.Data() as piece:
                    body += piece.data
                case h11.EndOfMessage():
                    self._next()
                    return Outcome(status, bytes(body))
                case None:
                    self.usable = False
                    return Outcome("cut" if status else "none", bytes(body))

    async def _event(self) -> h11.Event | type | None:
        """None where the connection has ended in the middle of something."""
        while (event := self._connection.next_event()) is h11.NEED_DATA:
            try:
                data = await self.reader.read(64 * 1024)
            except ConnectionError:
                return None
            ends_with_connection = not data and self._connection.their_state is h11.SEND_BODY
            self._connection.receive_data(data)
            if not data and not ends_with_connection:
                return None
            if ends_with_connection:
                with suppress(h11.RemoteProtocolError):
                    return self._connection.next_event()
                return None
        return event

    def _next(self) -> None:
        if self._connection.our_state is h11.DONE and self._connection.their_state is h11.DONE:
            self._connection.start_next_cycle()
        else:
            self.usable = False

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        self.writer.transport.abort()
