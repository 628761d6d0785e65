"""What the command line asks over the unix socket, with its own client where that has the question."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from eas_local import __version__
from eas_local.client import Client, ClientError
from eas_local.core.gpus import Gpu
from eas_local.core.status import Event, EventType
from eas_local.core.streams import LogLine
from tests.daemon.world import TEXT, World


class Asked:
    """A session over the socket, for answers as they are on the wire."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, path: str) -> Any:
        async with self._session.get(f"http://daemon/local/v1{path}") as answer:
            return await answer.json()

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        async with self._session.post(f"http://daemon/local/v1{path}", json=body) as answer:
            return answer.status, await answer.json()

    @asynccontextmanager
    async def following(self, path: str) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
        async with self._session.get(f"http://daemon/local/v1{path}") as answer:
            yield (json.loads(line) async for line in answer.content)


@asynccontextmanager
async def asked_of(world: World, folder: Path) -> AsyncIterator[Asked]:
    path = folder / "d.sock"
    async with world.served(path), aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session:
        yield Asked(session)


async def test_health_tells_who_answers_and_how_the_engine_is(tmp_path):
    world = World()
    async with asked_of(world, tmp_path) as ask:
        well = await ask.get("/health")
        world.engine.down = True
        ill = await ask.get("/health")

    assert (well["version"], well["home"], well["gateway"]) == (__version__, "/home", "http://127.0.0.1:8600")
    assert well["engine"] == {"ok": True, "message": ""}
    assert ill["engine"] == {"ok": False, "message": "the Docker engine is not running; start Docker"}


async def test_create_takes_the_text_with_the_folder_it_came_from(tmp_path):
    world = World()
    text = TEXT.replace("{", "{ // why\n", 1).replace('"port"', '"odd": 1, "port"')
    body = {"text": text, "base": "/project", "lenient": True, "labels": {"team": "a"}}
    async with asked_of(world, tmp_path) as ask:
        status, made = await ask.post("/services", body)

    want = world.store.find("demo")
    assert status == 200
    assert (want.text, want.base, want.service.labels) == (text, "/project", (("team", "a"),))
    assert (made["ServiceName"], made["Status"], made["AccessToken"]) == ("demo", "Creating", want.token)
    assert made["InternetEndpoint"] == "http://127.0.0.1:8600/api/predict/demo"
    assert {"field", "level", "sentence"} == made["Notes"][0].keys()
    assert "containers[0].odd" in [note["field"] for note in made["Notes"]]
    assert made["Warnings"] == []


async def test_an_invalid_document_answers_with_every_problem(tmp_path):
    text = TEXT.replace('"demo"', '"Demo"').replace("8000", "99999")
    async with asked_of(World(), tmp_path) as ask:
        status, refusal = await ask.post("/services", {"text": text})

    assert (status, refusal["Code"]) == (400, "InvalidParameter")
    assert [problem["field"] for problem in refusal["Problems"]] == ["metadata.name", "containers[0].port"]


@pytest.mark.parametrize("body", [{}, {"text": 1}, [], {"text": TEXT, "labels": ["a"]}])
async def test_a_body_of_another_shape_is_refused(tmp_path, body):
    async with asked_of(World(), tmp_path) as ask:
        status, refusal = await ask.post("/services", body)

    assert (status, refusal["Code"]) == (400, "InvalidParameter")


async def test_the_status_is_a_long_poll(tmp_path):
    world = World()
    world.services.create(TEXT)
    async with asked_of(world, tmp_path) as ask:
        first = await ask.get("/services/demo/status")
        waiting = asyncio.create_task(ask.get(f"/services/demo/status?after={first['seq']}&wait=5"))
        await world.runs("demo")
        second = await waiting
        unchanged = await ask.get(f"/services/demo/status?after={second['seq']}&wait=0.01")
        gone = asyncio.create_task(ask.get(f"/services/demo/status?after={second['seq']}&wait=5"))
        await world.forgets("demo")

        assert (await gone)["Code"] == "InvalidService.NotFound"
    assert (first["Status"], first["TotalInstance"], first["PendingInstance"]) == ("Creating", 1, 1)
    assert (second["Status"], second["RunningInstance"], second["PendingInstance"]) == ("Running", 1, 0)
    assert unchanged == second


async def test_logs_of_all_instances_come_in_the_order_of_time(tmp_path):
    world = World()
    world.services.create(TEXT)
    first, second = await world.runs("demo", "demo-0"), await world.runs("demo", "demo-1")
    world.engine._lines[first.runs[0].id] = [LogLine("2026-01-01T00:00:01Z", "a"), LogLine("2026-01-01T00:00:03Z", "c")]
    world.engine._lines[second.runs[0].id] = [LogLine("2026-01-01T00:00:02Z", "b")]
    async with asked_of(world, tmp_path) as ask:
        async with ask.following("/services/demo/logs") as lines:
            everything = [line async for line in lines]
        async with ask.following("/services/demo/logs?instance=demo-0&tail=1") as lines:
            last = [line async for line in lines]

    assert [line["text"] for line in everything] == ["a", "b", "c"]
    assert last == [{"instance": "demo-0", "container": "worker0", "at": "2026-01-01T00:00:03Z", "text": "c"}]


async def test_previous_logs_are_those_of_the_run_before_kept_or_still_there(tmp_path):
    world = World()
    world.services.create(TEXT)
    have = await world.runs("demo", attempt=1)
    world.run_logs.keep("demo", "demo-0", "worker0", 0, [LogLine("2026-01-01T00:00:00Z", "kept")])
    async with asked_of(world, tmp_path) as ask:
        async with ask.following("/services/demo/logs?previous=true") as lines:
            kept = [line["text"] async for line in lines]
        world.engine._lines["old"] = [LogLine("2026-01-01T00:00:00Z", "there")]
        old = replace(have.runs[0], id="old", attempt=0)
        await world.sees("demo", replace(have, runs=(old, *have.runs)))
        async with ask.following("/services/demo/logs?previous=true") as lines:
            there = [line["text"] async for line in lines]

    assert (kept, there) == (["kept"], ["there"])


async def test_following_goes_on_over_restarts_and_ends_with_the_service(tmp_path):
    world = World()
    world.services.create(TEXT)
    have = await world.runs("demo")
    await world.engine.says(have.runs[0].id, "old")
    await world.engine.says(have.runs[0].id, "one")
    async with asked_of(world, tmp_path) as ask, ask.following("/services/demo/logs?follow=true&tail=1") as lines:
        assert (await anext(lines))["text"] == "one"
        await world.engine.says(have.runs[0].id, "two")
        assert (await anext(lines))["text"] == "two"

        await world.engine.ends(have.runs[0].id, 1)
        again = await world.runs("demo", attempt=1)
        await world.engine.says(again.runs[1].id, "three")
        assert (await anext(lines))["text"] == "three"

        await world.forgets("demo")
        assert [line async for line in lines] == []


async def test_following_ends_when_the_reader_leaves(tmp_path):
    world = World()
    world.services.create(TEXT)
    have = await world.runs("demo")
    await world.engine.says(have.runs[0].id, "one")
    async with asked_of(world, tmp_path) as ask:
        async with ask.following("/services/demo/logs?follow=true") as lines:
            await anext(lines)
            assert len(followers()) == 1
        await asyncio.wait(followers(), timeout=5)
        assert followers() == []


def followers() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task.get_name().startswith("follow")]


async def test_following_ends_when_the_engine_goes_away(tmp_path):
    world = World()
    world.services.create(TEXT)
    await world.runs("demo")
    world.engine.down = True
    async with asked_of(world, tmp_path) as ask, ask.following("/services/demo/logs?follow=true") as lines:
        assert [line async for line in lines] == []


@pytest.mark.parametrize(
    "path", ["nobody/logs", "nobody/logs?follow=true", "nobody/events", "nobody/events?follow=true"]
)
async def test_the_past_of_nobody_is_not_found(tmp_path, path):
    async with asked_of(World(), tmp_path) as ask:
        assert (await ask.get(f"/services/{path}"))["Code"] == "InvalidService.NotFound"


@pytest.mark.parametrize("picked", ["instance=x", "container=x", "restart=1", "instance=demo-0&restart=1&follow=true"])
async def test_a_log_that_is_not_there_is_not_found_and_those_that_are_there_are_named(tmp_path, picked):
    world = World()
    world.services.create(TEXT)
    await world.runs("demo")
    async with asked_of(world, tmp_path) as ask:
        refusal = await ask.get(f"/services/demo/logs?{picked}")

    assert refusal["Code"] == "InvalidService.NotFound"
    assert refusal["Message"].endswith("there are demo-0/worker0 --restart 0")


async def read_logs(ask: Asked, query: str = "") -> list[str]:
    async with ask.following(f"/services/demo/logs?{query}") as lines:
        return [line["text"] async for line in lines]


async def test_a_container_and_a_run_are_picked_by_name_and_number(tmp_path):
    world = World()
    world.services.create(TEXT)
    have = await world.runs("demo", attempt=2)
    await world.engine.says(have.runs[0].id, "third")
    world.run_logs.keep("demo", "demo-0", "worker0", 0, [LogLine("2026-01-01T00:00:00Z", "first")])
    world.run_logs.keep("demo", "demo-0", "worker1", 0, [LogLine("2026-01-01T00:00:00Z", "beside it")])
    async with asked_of(world, tmp_path) as ask:
        assert await read_logs(ask, "container=worker0") == ["third"]
        assert await read_logs(ask, "container=worker0&restart=0") == ["first"]
        assert await read_logs(ask, "container=worker1") == ["beside it"]
        assert await read_logs(ask, "keyword=hir") == ["third"]


async def test_of_instances_that_are_gone_one_is_read_by_name_and_all_where_none_is_left(tmp_path):
    world = World()
    world.services.create(TEXT)
    for pod in ("old-0", "old-1"):
        world.run_logs.keep("demo", pod, "worker0", 0, [LogLine("2026-01-01T00:00:00Z", pod)])
    have = await world.runs("demo")
    await world.engine.says(have.runs[0].id, "new")
    async with asked_of(world, tmp_path) as ask:
        assert await read_logs(ask) == ["new"]
        assert await read_logs(ask, "instance=old-1") == ["old-1"]
        await world.sees("demo")
        assert await read_logs(ask) == ["old-0", "old-1"]


async def test_a_run_that_was_stored_since_the_look_is_read_all_the_same(tmp_path):
    world = World()
    world.services.create(TEXT)
    have = await world.runs("demo")
    await world.engine.remove_run(have.runs[0].id)
    world.engine._lines.clear()
    world.run_logs.keep("demo", "demo-0", "worker0", 0, [LogLine("2026-01-01T00:00:00Z", "kept")])
    async with asked_of(world, tmp_path) as ask:
        assert await read_logs(ask) == ["kept"]


async def test_following_misses_no_run_that_came_and_went_between_two_looks(tmp_path):
    world = World()
    world.services.create(TEXT)
    have = await world.runs("demo")
    await world.engine.says(have.runs[0].id, "first")
    world.run_logs.keep("demo", "gone-before", "worker0", 0, [LogLine("2026-01-01T00:00:00Z", "old")])
    async with asked_of(world, tmp_path) as ask, ask.following("/services/demo/logs?follow=true") as lines:
        assert (await anext(lines))["text"] == "first"
        world.run_logs.keep("demo", "demo-0", "worker0", 1, [LogLine("2026-01-01T00:00:01Z", "second")])
        await world.sees("demo")
        assert (await anext(lines))["text"] == "second"


async def test_events_are_told_oldest_first_and_picked_by_instance_and_time(tmp_path):
    world = World()
    world.services.create(TEXT)
    world.clock.advance(100)
    world.store.add_event(Event(world.clock.now(), "demo", EventType.WARNING, "Error", "it is broken", "demo-0"))
    async with asked_of(world, tmp_path) as ask:

        async def events(query: str = "") -> list[dict[str, str]]:
            async with ask.following(f"/services/demo/events?{query}") as told:
                return [event async for event in told]

        assert [event["Reason"] for event in await events()] == ["Creating", "Error"]
        assert [event["Reason"] for event in await events("since=10")] == ["Error"]
        assert await events("instance=demo-0") == [
            {
                "InstanceName": "demo-0",
                "Message": "it is broken",
                "Reason": "Error",
                "Resource": "Pod",
                "Time": "1970-01-01T00:18:20Z",
                "Type": "Warning",
            }
        ]


async def test_events_are_followed_until_the_service_is_gone(tmp_path):
    world = World()
    world.services.create(TEXT)
    async with asked_of(world, tmp_path) as ask, ask.following("/services/demo/events?follow=true") as told:
        assert (await anext(told))["Reason"] == "Creating"
        world.services.stop("demo")
        await world.sees("demo")
        assert (await anext(told))["Reason"] == "Stopping"
        await world.forgets("demo")
        assert [event async for event in told] == []


async def test_gpus_are_shown_with_who_has_them(tmp_path):
    world = World()
    world.gpus.found = (Gpu("GPU-a", 0, "H200", 144384, 144000), Gpu("GPU-b", 1, "H200", 144384, 100))
    world.services.create(TEXT)
    have = await world.runs("demo")
    await world.sees("demo", replace(have, gpus=("GPU-b",)))
    async with asked_of(world, tmp_path) as ask:
        first, second = await ask.get("/gpus")

    assert first == {
        "uuid": "GPU-a",
        "index": 0,
        "name": "H200",
        "memory_mib": 144384,
        "free_mib": 144000,
        "owner": "",
    }
    assert second["owner"] == "demo-0"


@pytest.mark.parametrize("purge", [True, False])
async def test_shutdown_answers_when_it_is_done(tmp_path, purge):
    world = World()
    async with asked_of(world, tmp_path) as ask:
        status, _ = await ask.post("/shutdown", {"purge": purge})

    assert (status, world.shutdowns) == (200, [purge])


async def test_the_command_line_s_client_understands_every_answer(tmp_path):
    world = World()
    async with world.served(tmp_path / "d.sock"):
        client = Client(tmp_path / "d.sock")
        made = await asyncio.to_thread(client.create, TEXT, "/base")
        have = await world.runs("demo")
        await world.engine.says(have.runs[0].id, "hello")

        look = await asyncio.to_thread(client.look, "demo", -1, 1)
        lines = await asyncio.to_thread(lambda: list(client.logs("demo")))
        instances = await asyncio.to_thread(client.instances, "demo")
        listed = await asyncio.to_thread(client.services)
        stopped = await asyncio.to_thread(client.stop, "demo")
        with pytest.raises(ClientError) as taken:
            await asyncio.to_thread(client.create, TEXT, "/base")
        with pytest.raises(ClientError) as invalid:
            await asyncio.to_thread(client.create, "{", "/base")

    assert (made["ServiceName"], look.state, look.running) == ("demo", "Running", 1)
    assert [(line.instance, line.container, line.text) for line in lines] == [("demo-0", "worker0", "hello")]
    assert [instance["InstanceName"] for instance in instances] == ["demo-0"]
    assert [service["ServiceName"] for service in listed] == ["demo"]
    assert stopped["Message"] == "Service [demo] in region [cn-local] is stopping"
    assert (taken.value.status, taken.value.code) == (409, "InvalidService.AlreadyExists")
    assert invalid.value.problems[0].message.startswith("line 1, column 2")
