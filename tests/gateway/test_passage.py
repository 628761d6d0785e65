"""Requests that are passed on to another program: how long their bodies may take."""

import asyncio
from contextlib import asynccontextmanager

from eas_local.gateway.passage import Passage, no_daemon
from eas_local.proxy.deadlines import Deadlines
from eas_local.proxy.listen import listen
from eas_local.proxy.pool import Pool
from eas_local.proxy.server import Site
from tests.net import ask, dial, eventually, ok, talking

HEAD = b"POST /api/v2/services HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"


@asynccontextmanager
async def passed_on_to(program, within):
    pool, deadlines = Pool(("127.0.0.1", program.port), 60), Deadlines(within)
    site = Site(lambda request: Passage(request, pool, no_daemon, deadlines).begin())
    server = await listen(site, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await site.close(grace=0)
    pool.close()


async def test_a_body_that_does_not_come_in_time_is_a_408_and_the_program_learns_it():
    async with (
        talking(lambda wire: wire.rest()) as program,
        passed_on_to(program, within=0.05) as port,
        dial(port) as client,
    ):
        await client.send(HEAD, b"hell")
        assert (await client.message()).status == 408
        assert await client.rest() == b""
        await eventually(lambda: program.open == 0, "the program saw its connection end")


async def test_an_answer_that_has_begun_is_cut_when_its_request_does_not_come_in_time():
    async def talk(wire):
        await wire.until(b"\r\n\r\n")
        await wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        await wire.rest()

    async with talking(talk) as program, passed_on_to(program, within=0.05) as port, dial(port) as client:
        await client.send(HEAD)
        assert (await client.rest()).endswith(b"4\r\nhalf\r\n")


async def test_the_program_may_take_its_time():
    late = asyncio.Event()

    async def talk(wire):
        if (await wire.message()).body == b"hello":
            await late.wait()
        await wire.send(ok(b"done"))

    async with talking(talk) as program, passed_on_to(program, within=0.05) as port, dial(port) as client:
        await client.send(HEAD, b"hello")
        assert (await ask(port, HEAD)).status == 408
        late.set()
        assert (await client.message()).body == b"done"
