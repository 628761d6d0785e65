"""One gateway follows another: no client of either notices."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from eas_local.adapters.heritage import claim
from eas_local.adapters.locks import holder, lives
from tests.gateway.doors import a_table, an_entry, read
from tests.gateway.teams import Team, a_team
from tests.net import Message, Wire, dial, eventually, ok, talking

REQUEST = b"GET /api/predict/demo%s HTTP/1.1\r\nHost: x\r\n\r\n"


class Slow:
    """A server that answers at once, or where it is asked for /long, when it is told to."""

    def __init__(self) -> None:
        self.now = asyncio.Event()
        self.asked = asyncio.Event()

    async def talk(self, wire: Wire) -> None:
        while True:
            request = await wire.message()
            if request.target.endswith("/long"):
                self.asked.set()
                await self.now.wait()
            await wire.send(ok(b"done"))


@asynccontextmanager
async def following(team: Team, workers: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another gateway that has taken its place."""
    environ = {
        "EAS_LOCAL_HOME": str(team.settings.home),
        "XDG_RUNTIME_DIR": str(team.settings.runtime.parent),
        "EAS_LOCAL_ADDRESS": f"127.0.0.1:{team.port}",
    }
    program = (sys.executable, "-m", "eas_local.gateway", "--follow", "--workers", str(workers))
    process = await asyncio.create_subprocess_exec(*program, env=environ, stdout=asyncio.subprocess.DEVNULL)
    try:
        await eventually(lambda: signed_by(team) == process.pid, "the other gateway serves")
        yield process
    finally:
        process.kill()
        await process.wait()


def signed_by(team: Team) -> int:
    found = holder(team.settings, "gateway")
    return found.pid if found else 0


@pytest.mark.timeout(30)  # three interpreters start
@pytest.mark.parametrize(("workers", "later"), [(1, 1), (1, 2), (2, 1)])
async def test_requests_under_way_end_and_kept_connections_are_told_so_before_they_are_closed(workers, later):
    slow = Slow()
    async with talking(slow.talk) as server, a_team(an_entry(server.port), workers=workers) as team:
        team.settings.routes_file.write_text(a_table(an_entry(server.port)).to_json())
        async with dial(team.port) as kept, dial(team.port) as busy:
            await asked(kept)
            await busy.send(REQUEST % b"/long")
            await slow.asked.wait()
            async with following(team, later) as heir:
                while (last := await asked(kept)).headers.get("connection") != "close":
                    assert last.status == 200  # its worker has not been told yet
                assert last.status == 200
                assert (await team.ask()).status == 200
                assert read(await team.control("GET /v1/health"))["pid"] == heir.pid
                assert team.process.returncode is None

                slow.now.set()
                assert (await busy.message()).body == b"done"
                async with asyncio.timeout(15):
                    assert await team.process.wait() == 0
                assert (await team.ask()).status == 200
                assert read(await team.control("GET /v1/health"))["pid"] == heir.pid


async def asked(wire: Wire) -> Message:
    await wire.send(REQUEST % b"")
    return await wire.message()


async def test_where_the_heir_dies_before_it_serves_nothing_has_changed():
    slow = Slow()
    async with talking(slow.talk) as server, a_team(an_entry(server.port), workers=1) as team:
        heir = await asyncio.to_thread(claim, team.settings.heir_socket)
        assert heir
        heir.renounce()

        assert (await team.ask()).status == 200
        assert lives(team.settings, "gateway")
        async with following(team, 1):
            assert (await team.ask()).status == 404  # no routes were left for it


def test_where_nobody_has_anything_to_give_nothing_is_inherited(tmp_path):
    assert claim(tmp_path / "heir.sock") is None
