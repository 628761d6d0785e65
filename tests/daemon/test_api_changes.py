"""What the vendor's SDK can ask of versions, locks, numbers and instances, and what it hears of it."""

import json

import aiohttp
import pytest
from alibabacloud_eas20210701 import models
from alibabacloud_tea_openapi.exceptions import ClientException

from eas_local.core.orders import Fate, SoftRestart
from tests.builders import an_instance
from tests.daemon.sdk import DEMO, Sdk, sdk_of
from tests.daemon.world import TEXT, World

TWO = '{"containers": [{"image": "two", "port": 8000}]}'


async def described(sdk: Sdk, *keys: str) -> list[object]:
    answer = await sdk("describe_service", *DEMO)
    return [answer[key] for key in keys]


async def updated(sdk: Sdk, text: str) -> None:
    await sdk("update_service", *DEMO, models.UpdateServiceRequest(body=text))


async def test_a_version_is_gone_to():
    async with sdk_of(World()) as sdk:
        await sdk.create()
        await updated(sdk, TWO)

        said = await sdk("update_service_version", *DEMO, models.UpdateServiceVersionRequest(version=1))

        assert said == {"Message": "Service [demo] in region [cn-shanghai] is starting"}
        assert await described(sdk, "CurrentVersion", "LatestVersion", "Image") == [1, 2, "img"]
        listed = (await sdk("list_service_versions", *DEMO, models.ListServiceVersionsRequest()))["Versions"]
        assert [(one["ImageId"], one["Message"]) for one in listed] == [(2, ""), (1, "Service is Creating")]


@pytest.mark.parametrize(("version", "status", "code"), [(7, 400, "InvalidParameter"), (0, 400, "InvalidParameter")])
async def test_a_version_that_is_not_there_is_named(version: int, status: int, code: str):
    async with sdk_of(World()) as sdk:
        await sdk.create()
        with pytest.raises(ClientException) as refused:
            await sdk("update_service_version", *DEMO, models.UpdateServiceVersionRequest(version=version))
    assert (refused.value.status_code, refused.value.code) == (status, code)
    assert "ersion" in refused.value.message


async def test_a_lock_is_set_shown_and_refuses_with_a_code_of_its_own():
    async with sdk_of(World()) as sdk:
        await sdk.create()

        said = await sdk("update_service_safety_lock", *DEMO, models.UpdateServiceSafetyLockRequest(lock="dangerous"))
        with pytest.raises(ClientException) as refused:
            await sdk("stop_service", *DEMO)

        assert said == {"Message": "service safety lock updated to dangerous"}
        assert await described(sdk, "SafetyLock", "Status") == ["dangerous", "Creating"]
    assert (refused.value.status_code, refused.value.code) == (403, "Forbidden.SafetyLock")
    assert "eas-local lock demo none takes the lock off" in refused.value.message


async def instances(sdk: Sdk) -> dict[str, tuple[object, ...]]:
    found = (await sdk("list_service_instances", *DEMO, models.ListServiceInstancesRequest()))["Instances"]
    return {one["InstanceName"]: (one["Status"], one["Isolated"]) for one in found}


async def test_an_instance_is_isolated_and_joins_again():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create()
        await world.sees("demo", an_instance(world.store.find("demo"), "a"))

        said = await sdk("update_service_instance", *DEMO, "a", models.UpdateServiceInstanceRequest(isolate=True))
        assert await instances(sdk) == {"a": ("Running", True)}
        await sdk("update_service_instance", *DEMO, "a", models.UpdateServiceInstanceRequest(isolate=False))

        assert said == {"Message": "Succeed to update instance [a] of service [demo] in region [cn-shanghai]"}
        assert await instances(sdk) == {"a": ("Running", False)}


async def test_instances_are_deleted_and_show_as_terminating_at_once():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create(TEXT.replace('"instance": 1', '"instance": 2'))
        want = world.store.find("demo")
        await world.sees("demo", an_instance(want, "a"), an_instance(want, "b", ordinal=1))

        request = models.DeleteServiceInstancesRequest(instance_list="a,b")
        said = await sdk("delete_service_instances", *DEMO, request)

        assert (
            said["Message"] == "Instance(s) [a,b]  for service [demo] in region [cn-shanghai] was deleted successfully"
        )
        assert {status for status, _ in (await instances(sdk)).values()} == {"Terminating"}
        assert await described(sdk, "RunningInstance", "PendingInstance") == [0, 2]


async def test_a_soft_restart_is_of_the_container_that_is_named():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create()
        await world.sees("demo", an_instance(world.store.find("demo"), "a"))

        request = models.DeleteServiceInstancesRequest(instance_list="a", soft_restart=True, container="worker0")
        said = await sdk("delete_service_instances", *DEMO, request)

        assert "was restarted successfully" in said["Message"]
        assert world.store.find("demo").orders.soft_restarts == (SoftRestart("a", "worker0", 0),)


async def test_to_name_no_instance_is_a_mistake():
    async with sdk_of(World()) as sdk:
        await sdk.create()
        with pytest.raises(ClientException) as refused:
            await sdk("delete_service_instances", *DEMO, models.DeleteServiceInstancesRequest())
    assert (refused.value.status_code, refused.value.code) == (400, "InvalidParameter")


async def put(address: str, path: str, body: object) -> tuple[int, dict[str, object]]:
    """Operations that this SDK is too old for."""
    async with aiohttp.ClientSession() as session:
        url = f"http://{address}/api/v2/services/cn-shanghai/demo/{path}"
        async with session.put(url, data=json.dumps(body)) as answer:
            return answer.status, await answer.json()


async def test_scale_sets_the_number_and_says_which_ones_go():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create()
        await world.sees("demo", an_instance(world.store.find("demo"), "a"))

        status, said = await put(sdk.address, "scale", {"Instance": 2, "InstancesToDelete": ["a"]})

        assert (status, said["Message"]) == (200, "Service [demo] in region [cn-shanghai] is scaling")
        want = world.store.find("demo")
        assert (want.replicas, want.orders.fate("a")) == (2, Fate.DELETED)
        assert json.loads((await described(sdk, "ServiceConfig"))[0])["metadata"]["instance"] == 2
        assert (await put(sdk.address, "scale", {"Instance": -1}))[0] == 400


async def test_a_detached_instance_is_shown_as_one():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create()
        await world.sees("demo", an_instance(world.store.find("demo"), "a"))

        assert (await put(sdk.address, "instances/a", {"Detach": True}))[0] == 200
        status, said = await put(sdk.address, "instances/a", {"Isolate": False})

    assert (status, said["Code"]) == (409, "InvalidService.IncorrectStatus")
    assert world.store.find("demo").orders.fate("a") is Fate.DETACHED
