"""A row, played through one way: what came of it, held against what the row says."""

import asyncio
import re

from tests.net import PATIENCE, Wire, dial, eventually
from tests.proxy.bytes.case import CONTINUE, Case, Got, Never, Step, cut
from tests.proxy.bytes.said import Said, said_in
from tests.proxy.bytes.upstream import PROBE, PROBED
from tests.proxy.bytes.ways import Way, probe

_ASKED = re.compile(rb"([A-Z]+) [^ \r\n]+ HTTP/1")


class Client:
    """Hears answers one by one; those to HEAD have no body."""

    def __init__(self, wire: Wire, sent: bytes) -> None:
        self._wire = wire
        self._methods = [match[1] for match in _ASKED.finditer(sent)]
        self._data = b""
        self._ended = False
        self.last: Said | None = None

    async def send(self, *pieces: bytes) -> None:
        """A proxy that has closed already is noticed where its answer is read."""
        try:
            await self._wire.send(*pieces)
        except ConnectionError:
            return

    async def hear(self, want: Got) -> None:
        """The next answer, which must be as wanted; nobody needs to be told to continue who does not wait for it."""
        bodiless = self._methods[:1] == [b"HEAD"]
        answer = await self._answer(bodiless=bodiless)
        while answer and answer.status == 100 and want != CONTINUE:
            answer = await self._answer(bodiless=bodiless)
        assert answer, f"the connection ended instead of {want!r}"
        self.last = answer
        _compare(answer, want, bodiless=bodiless)

    async def ended(self) -> bool:
        """Whether nothing but the end of the connection comes."""
        while not self._ended and not self._data:
            await self._read()
        return self._data == b""

    async def _answer(self, *, bodiless: bool) -> Said | None:
        """None where the connection ends instead."""
        while (found := said_in(self._data, bodiless=bodiless, at_end=self._ended)) is None:
            if self._ended:
                return None
            await self._read()
        said, self._data = found
        if said.status >= 200:
            self._methods = self._methods[1:]
        return said

    async def _read(self) -> None:
        try:
            more = await asyncio.wait_for(self._wire.reader.read(1 << 20), PATIENCE)
        except ConnectionError:
            more = b""
        self._data += more
        self._ended = not more


def _compare(answer: Said, want: Got, *, bodiless: bool) -> None:
    match want:
        case bytes():
            wanted = _expected(want, bodiless=bodiless)
            assert answer == wanted, f"{answer} instead of {wanted}"
        case Never.WHOLE:
            assert not answer.whole or (answer.ours and answer.status in {502, 503}), answer
        case int() | frozenset():
            statuses = {want} if isinstance(want, int) else want
            assert answer.ours, f"not by the proxy: {answer}"
            assert answer.whole, answer
            assert answer.status in statuses, f"{answer} instead of {want}"


async def play(case: Case, way: Way, cuts: int = 1, upstream_cuts: int = 1) -> None:
    """What client or upstream says may be cut into so many pieces."""
    way.upstream.begin(case, upstream_cuts)
    async with dial(way.port) as wire:
        client = Client(wire, case.sent + PROBE)
        await _converse(client, case, way, cuts)
        await _looked_at(case, way)
        if case.kept:
            await client.send(way.to_client(PROBE))
            await client.hear(PROBED)
        elif case.kept is False:
            assert await client.ended(), "something came behind the last answer"
            assert client.last, "the row says no answer"
            assert not client.last.ours or b"connection: close" in client.last.hop, client.last
    await _goes_on(case, way)


async def _converse(client: Client, case: Case, way: Way, cuts: int) -> None:
    wants = iter(case.expected_gets)
    for piece in case.pieces:
        if isinstance(piece, Step):
            await client.hear(next(wants))
        else:
            await client.send(*cut(way.to_client(piece), cuts))
    for want in wants:
        await client.hear(want)


async def _looked_at(case: Case, way: Way) -> None:
    """The upstream has seen what it should, in that order, and of a refused request at most the beginning."""
    upstream = way.upstream
    wanted = [_expected(way.to_upstream(request)) for request in case.expected_seen]
    if wanted:
        await eventually(lambda: len(upstream.seen) >= len(wanted), "the upstream has seen all requests")
    seen = [request for _, request in upstream.seen]
    assert seen == wanted, f"the upstream has seen {seen} instead of {wanted}"
    assert wanted or case.begun or not upstream.touched, "the upstream has been sent something"


async def _goes_on(case: Case, way: Way) -> None:
    """The next one is served, by the same connection to the upstream where nothing is left on it, and else by another."""
    assert await probe(way) == b"still there"
    seen = way.upstream.seen
    if case.expected_seen and case.reused is not None:
        assert (way.upstream.probed_on == seen[-1][0]) == case.reused, "which connection is used again"
    await eventually(lambda: not way.upstream.half, "no request stays half sent")


def _expected(data: bytes, *, bodiless: bool = False) -> Said:
    found = said_in(data, bodiless=bodiless, at_end=True)
    assert found, f"the row says no message: {data!r}"
    return found[0]
