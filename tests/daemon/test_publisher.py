"""Routes reach the gateway: by the file, and by word of mouth."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from eas_local.adapters import files
from eas_local.core.desired import Goal
from eas_local.core.entries import member
from eas_local.core.errors import DiskFull
from eas_local.core.release import Release
from eas_local.core.routes import RouteTable
from eas_local.daemon.publisher import Publisher
from tests.builders import a_desired, a_service, an_instance

WANT = a_desired()
READY = an_instance(WANT)
NEW = a_desired(a_service("new"), release=Release("demo", "secret"))
CANARY = an_instance(NEW, "n")
WITHIN = 5.0


class Gateway:
    """Takes routes on its socket while it is open."""

    def __init__(self, path) -> None:
        self.path = path
        self.tables: asyncio.Queue[RouteTable] = asyncio.Queue()

    async def open(self) -> None:
        app = web.Application()
        app.router.add_put("/v1/routes", self._routes)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.UnixSite(self._runner, str(self.path)).start()

    async def close(self) -> None:
        await self._runner.cleanup()

    async def _routes(self, request):
        table = RouteTable.from_json(await request.read())
        self.tables.put_nowait(table)
        return web.json_response({"epoch": table.epoch, "n": table.n})


@pytest.fixture
async def session(tmp_path) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(tmp_path / "g.sock"))) as session:
        yield session


@pytest.fixture
async def gateway(tmp_path) -> AsyncIterator[Gateway]:
    gateway = Gateway(tmp_path / "g.sock")
    await gateway.open()
    yield gateway
    await gateway.close()


def publisher(session, tmp_path, *members):
    return Publisher(session, "epoch", members, tmp_path / "routes.json", files.write)


def weighing(percent):
    return replace(NEW, release=Release("demo", "secret", percent))


def routed(table):
    """The instances behind each name, with the weights of their services."""
    return {
        entry.name: {end.uid: backend.weight for backend in entry.backends for end in backend.instances}
        for entry in table.entries
    }


async def test_publish_returns_when_the_gateway_has_it(session, gateway, tmp_path):
    routes = publisher(session, tmp_path)
    await routes.publish("demo", member(WANT, [READY]))
    assert gateway.tables.get_nowait() == RouteTable.from_json((tmp_path / "routes.json").read_bytes())


async def test_nothing_is_said_twice(session, gateway, tmp_path):
    routes = publisher(session, tmp_path)
    await routes.publish("demo", member(WANT, [READY]))
    await routes.publish("demo", member(WANT, [READY]))
    assert gateway.tables.qsize() == 1


async def test_a_new_daemon_keeps_the_routes_it_has_not_looked_at(session, gateway, tmp_path):
    other = replace(member(WANT, [READY]), service="other", entry="other")
    routes = publisher(session, tmp_path, other)
    await routes.publish("demo", member(WANT, []))
    assert routed(gateway.tables.get_nowait()) == {"demo": {}, "other": {"a": 100}}


async def test_two_services_share_an_endpoint_and_have_it_alone_in_the_end(session, gateway, tmp_path):
    routes = publisher(session, tmp_path, member(WANT, [READY]))
    seen = []
    for service, brought in (
        ("new", member(NEW, [CANARY])),
        ("new", member(weighing(20), [CANARY])),
        ("demo", member(replace(WANT, goal=Goal.DELETE))),
        ("demo", None),
    ):
        await routes.publish(service, brought)
        seen.append(routed(gateway.tables.get_nowait()))
    assert seen == [
        {"demo": {"a": 100}, "new": {"n": 100}},
        {"demo": {"a": 80, "n": 20}},
        {"demo": {"n": 100}},
        {"demo": {"n": 100}},
    ]


async def test_a_share_is_of_the_instances_brought_last(session, gateway, tmp_path):
    routes = publisher(session, tmp_path, member(WANT, [READY]), member(NEW, [CANARY]))
    await routes.share(weighing(20))
    assert routed(gateway.tables.get_nowait()) == {"demo": {"a": 80, "n": 20}}
    await routes.share(replace(weighing(20), service=a_service("unknown")))
    assert gateway.tables.empty()


async def test_a_full_disk_keeps_nothing_from_the_gateway(session, gateway, tmp_path):
    def full(path, _content):
        raise DiskFull(f"{path}: no space left; free some")

    routes = Publisher(session, "epoch", (), tmp_path / "routes.json", full)
    await routes.publish("demo", member(WANT, []))
    assert [item.name for item in gateway.tables.get_nowait().entries] == ["demo"]


async def test_a_gateway_that_was_away_is_told_later(session, tmp_path):
    routes = publisher(session, tmp_path)
    await routes.publish("demo", member(WANT, [READY]))
    gateway = Gateway(tmp_path / "g.sock")
    await gateway.open()
    telling = asyncio.create_task(routes.keep_current())
    async with asyncio.timeout(WITHIN):
        table = await gateway.tables.get()
    telling.cancel()
    await gateway.close()
    assert [item.name for item in table.entries] == ["demo"]
