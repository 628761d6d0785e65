"""Why a service is not ready, as the vendor's SDK and as the command line ask."""

import asyncio
from pathlib import Path

from eas_local.client import Client
from eas_local.core.instance import Instance
from tests.builders import a_link
from tests.daemon.test_api_v2 import DEMO, sdk_of
from tests.daemon.world import World, a_world

CAUSE = "worker0 listens on 127.0.0.1:7000; EAS expects 0.0.0.0:8000"


async def an_ill_one(world: World) -> Instance:
    have = await world.runs("demo")
    want = world.store.find("demo")
    link = a_link(want, have, unready=(("worker0", "nothing listens"),), listeners=(("127.0.0.1", 7000),))
    await world.sees("demo", have.with_link(link))
    return have


async def test_the_sdk_reads_error_causes_and_advices():
    world = a_world()
    have = await an_ill_one(world)
    async with sdk_of(world) as sdk:
        (found,) = (await sdk("describe_service_diagnosis", *DEMO))["DiagnosisList"]
        same = (await sdk("describe_service_instance_diagnosis", *DEMO, have.name))["Diagnosis"]

    assert found == same
    assert found["Error"] == "Instance <demo-0> is not ready."
    assert found["Causes"] == [CAUSE]
    assert "set containers[0].port to 7000" in found["Advices"][0]


async def test_of_a_service_that_is_well_the_list_is_empty():
    world = a_world()
    have = await world.runs("demo")
    async with sdk_of(world) as sdk:
        assert (await sdk("describe_service_diagnosis", *DEMO))["DiagnosisList"] == []
        one = (await sdk("describe_service_instance_diagnosis", *DEMO, have.name))["Diagnosis"]

    assert one == {"Error": "", "Causes": [], "Advices": []}


async def test_the_command_line_reads_the_whole_report(tmp_path: Path):
    world = a_world()
    await an_ill_one(world)
    await world.engine.says("demo-0.worker0.0", "Running on http://127.0.0.1:7000")
    async with world.served(tmp_path / "d.sock"):
        report = await asyncio.to_thread(Client(tmp_path / "d.sock").diagnosis, "demo")

    (found,) = report["DiagnosisList"]
    (container,) = report["Containers"]
    assert (report["ServiceName"], report["Status"], report["Summary"]) == ("demo", "Running", "Running, ready 0/1")
    assert (found["InstanceName"], found["Reasons"], found["Causes"]) == ("demo-0", ["WrongPort"], [CAUSE])
    assert (container["InstanceName"], container["Name"]) == ("demo-0", "worker0")
    assert [line["text"] for line in container["Logs"]] == ["Running on http://127.0.0.1:7000"]
