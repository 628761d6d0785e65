"""An upstream that does what the row of the moment says, and remembers every byte that it was sent."""

import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.net import Wire, ok, talking
from tests.proxy.bytes.case import Case, End, cut
from tests.proxy.bytes.said import Said, head_in, said_in

PROBE = b"GET /~/probe HTTP/1.1\r\nHost: x\r\n\r\n"
PROBED = ok(b"still there")
RESET = struct.pack("ii", 1, 0)


@dataclass
class Upstream:
    """`seen` are the whole requests of this row, each with the number of its connection; `touched`: bytes have come.

    `half` are the connections on which a part of a request has come. A `PROBE` is answered whatever the row says.
    """

    port: int = 0
    alive: set[int] = field(default_factory=set)
    half: set[int] = field(default_factory=set)
    seen: list[tuple[int, Said]] = field(default_factory=list)
    touched: bool = False
    probed_on: int = 0
    _case: Case = Case("none", b"")  # noqa: RUF009 - frozen
    _cuts: int = 1
    _said: int = 0
    _connections: int = 0

    def begin(self, case: Case, cuts: int = 1) -> None:
        """What it says is cut into so many pieces, or bytes."""
        self._case = case
        self._cuts = cuts
        self._said = 0
        self.seen.clear()
        self.touched = False

    async def talk(self, wire: Wire) -> None:
        self._connections += 1
        number = self._connections
        self.alive.add(number)
        try:
            await self._listen(wire, number)
        finally:
            self.alive.discard(number)
            self.half.discard(number)

    async def _listen(self, wire: Wire, number: int) -> None:
        """Until either side ends the connection."""
        data, spoken = b"", False
        while more := await wire.reader.read(65536):
            self.touched = True
            data += more
            if self._case.early and not spoken and self._concerns_row(data):
                spoken = True
                if not await self._speak(wire):
                    return
            while found := said_in(data):
                request, data = found
                if not await self._take(wire, number, request, spoken=spoken):
                    return
                spoken = False
            (self.half.add if data else self.half.discard)(number)

    def _concerns_row(self, data: bytes) -> bool:
        found = head_in(data)
        return found is not None and found[0].target != b"/probe"

    async def _take(self, wire: Wire, number: int, request: Said, *, spoken: bool) -> bool:
        """A whole request; False where the connection ends with its answer."""
        if request.target == b"/probe":
            self.probed_on = number
            await wire.send(PROBED)
            return True
        self.seen.append((number, request))
        return spoken or await self._speak(wire)

    async def _speak(self, wire: Wire) -> bool:
        says = self._case.says
        self._said += 1
        await wire.send(*cut(says[min(self._said, len(says)) - 1], self._cuts))
        match self._case.ends:
            case End.RESET:
                wire.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            case End.HALF:
                wire.writer.write_eof()
        return self._case.ends in {None, End.HALF}


@asynccontextmanager
async def an_upstream() -> AsyncIterator[Upstream]:
    upstream = Upstream()
    async with talking(upstream.talk) as server:
        upstream.port = server.port
        yield upstream
