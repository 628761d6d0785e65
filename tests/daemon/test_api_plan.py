"""What the command line's own client asks beside the vendor's API: plans, changes with a folder, folders and probes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eas_local.adapters.settings import Settings
from eas_local.client import Client, ClientError, Plan
from eas_local.core.service import CheckKind
from eas_local.core.wire import ProbeReport
from tests.builders import an_instance
from tests.daemon.world import SETTINGS, TEXT, World, a_world

TWO = '{"containers": [{"image": "two", "port": 8000}]}'


class Asking:
    """The blocking client, called from a thread."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def __call__(self, method: str, *arguments: Any, **named: Any) -> Any:
        return await asyncio.to_thread(getattr(self._client, method), *arguments, **named)


@asynccontextmanager
async def asking(world: World, folder: Path) -> AsyncIterator[Asking]:
    path = folder / "d.sock"
    async with world.served(path):
        yield Asking(Client(path))


async def running(world: World) -> None:
    await world.sees("demo", an_instance(world.store.find("demo"), "a"))


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ({"act": "stop"}, "drain a: service is stopped"),
        ({"act": "delete"}, "drain a: service is deleted"),
        ({"act": "restart"}, "create instance 0: successor of revision "),
        ({"text": TWO}, "create instance 0: successor of revision "),
        ({"text": '{"metadata": {"instance": 2}}'}, "create instance 1: no instance of this revision"),
    ],
)
async def test_a_plan_tells_what_would_be_done_and_nothing_is(tmp_path, asked, first):
    world = a_world()
    await running(world)
    before = world.store.find("demo")

    async with asking(world, tmp_path) as ask:
        steps = (await ask("plan", name="demo", **asked)).steps

    assert steps[0].startswith(first)
    assert (world.store.find("demo"), world.woken) == (before, [])


async def test_a_plan_of_nothing_is_empty(tmp_path):
    world = a_world()
    await running(world)

    async with asking(world, tmp_path) as ask:
        assert await ask("plan", name="demo") == Plan((), ())
        assert await ask("plan", name="demo", act="start") == Plan((), ())


async def test_a_text_is_planned_as_a_creation_or_as_a_change_of_what_is_there(tmp_path):
    world = a_world()
    await running(world)

    async with asking(world, tmp_path) as ask:
        new = await ask("plan", text=TEXT.replace("demo", "other"), base="/base")
        known = await ask("plan", text=TEXT.replace('"img"', '"two"'), base="/base")

    assert new.steps[0] == "create instance 0: no instance of this revision"
    assert new.steps[1].startswith("start worker0 of other-")
    assert known.steps[0].startswith("create instance 0: successor of revision ")
    assert (new.changes, known.changes) == ((), ('containers[0].image: "img" -> "two"',))
    assert world.store.names() == ["demo"]


async def test_a_plan_of_what_cannot_be_done_is_refused_as_that_would_be(tmp_path):
    world = a_world()

    async with asking(world, tmp_path) as ask:
        for asked in ({"name": "nobody"}, {"name": "demo", "text": "{"}, {"name": "demo", "act": "dance"}):
            with pytest.raises(ClientError):
                await ask("plan", **asked)


async def test_at_the_clouds_pace_the_plan_waits_for_the_grace(tmp_path):
    world = a_world()
    world.settings = replace(SETTINGS, parity_timing=True)
    await running(world)

    async with asking(world, tmp_path) as ask:
        assert (await ask("plan", name="demo", act="stop")).steps[1] == "remove a: grace period over"


async def test_an_update_over_the_socket_brings_its_folder(tmp_path):
    world = a_world()

    async with asking(world, tmp_path) as ask:
        said = await ask("update", "demo", TEXT.replace('"img"', '"two"'), "/elsewhere", replace=True)

    assert said["Message"] == "Succeed to update service [demo] in region [cn-local]"
    want = world.store.find("demo")
    assert (want.base, want.service.containers[0].image) == ("/elsewhere", "two")


async def test_an_update_over_the_socket_to_what_is_there_is_none(tmp_path):
    world = a_world()
    world.store.put(replace(world.store.find("demo"), settled=True))
    before = world.store.find("demo")

    async with asking(world, tmp_path) as ask:
        said = await ask("update", "demo", TEXT)

    assert (said["Changed"], said["Message"]) == (False, "Nothing to change in service [demo]")
    assert world.store.find("demo") == before


async def test_an_update_tells_only_what_is_new_to_be_told(tmp_path):
    world = a_world(json.dumps({**json.loads(TEXT), "old": 1}))

    async with asking(world, tmp_path) as ask:
        said = await ask("update", "demo", '{"metadata": {"cpus": 2}}')

    assert [note["field"] for note in said["Notes"]] == ["metadata.cpus"]


async def test_the_details_name_folders_and_what_probes_have_seen(tmp_path):
    text = json.dumps({**json.loads(TEXT), "storage": [a_mount("there"), a_mount("missing")]})
    (tmp_path / "home" / "oss" / "bucket" / "there").mkdir(parents=True)
    world = World(settings=Settings(tmp_path / "home", tmp_path, "127.0.0.1", 8600))
    world.services.create(text)
    have = an_instance(world.store.find("demo"), "a")
    report = ProbeReport("worker0", CheckKind.READINESS, "failing", "+---", "port 8000: refused")
    await world.sees("demo", have.with_link(replace(have.link, probes=(report,))))

    async with asking(world, tmp_path) as ask:
        told = await ask("details", "demo")

    there, missing = told["Mounts"]
    assert (there["address"], there["mount_path"]) == ("oss://bucket/there", "/mnt/there")
    assert (there["folder"], there["problem"]) == (str(tmp_path / "home" / "oss" / "bucket" / "there"), "")
    assert "does not exist" in missing["problem"]
    (probe,) = told["Probes"]
    assert (probe["container"], probe["kind"]) == ("worker0", "readiness")
    assert probe["check"] == "tcp-socket :8000 delay=0s timeout=1s period=10s #success=1 #failure=3"
    assert probe["seen"] == [
        {"instance": "a", "verdict": "failing", "history": "+---", "failure": "port 8000: refused"}
    ]


def a_mount(name: str) -> dict[str, Any]:
    return {"mount_path": f"/mnt/{name}", "oss": {"path": f"oss://bucket/{name}"}}
