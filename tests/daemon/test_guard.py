"""What may come in over TCP, where the gateway has marked the request, and what over the unix socket."""

import asyncio
import json
from dataclasses import replace
from functools import partial

import aiohttp
import pytest
from alibabacloud_eas20210701 import models
from alibabacloud_eas20210701.client import Client
from alibabacloud_tea_openapi.exceptions import ClientException
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions

from eas_local.adapters.clock import SystemClock
from tests.daemon.world import SETTINGS, TEXT, World

TCP = {"x-eas-door": "tcp", "Host": "127.0.0.1:PORT"}
KEYED = replace(SETTINGS, access_key_id="id", access_key_secret="secret")


async def ask(world: World, path: str = "/api/v2/services", **headers: str) -> tuple[int, dict[str, str]]:
    """A host's `PORT` stands for the port that is dialled."""
    async with world.served() as address, aiohttp.ClientSession() as session:
        if "Host" in headers:
            headers["Host"] = headers["Host"].replace("PORT", address.rpartition(":")[2])
        async with session.get(f"http://{address}{path}", headers=headers) as answer:
            return answer.status, await answer.json()


async def test_a_request_through_the_gateway_is_served():
    assert (await ask(World(), **TCP))[0] == 200


@pytest.mark.parametrize("header", ["Origin", "Cookie", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"])
async def test_a_web_page_is_refused_even_one_of_the_same_origin(header):
    status, body = await ask(World(), **TCP, **{header: "http://127.0.0.1:8600"})

    assert (status, body["Code"]) == (403, "Forbidden")
    assert header.lower() in body["Message"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1:PORT", "127.0.0.1", "localhost", "LocalHost:PORT", "[::1]:PORT", "[::1]", "box.lan:PORT"]
)
async def test_the_machine_s_own_names_are_served(host):
    world = World(replace(KEYED, host="box.lan"))
    status, body = await ask(world, **{**TCP, "Host": host})

    assert (status, "is not a name" in body["Message"]) == (403, False)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:PORT", "127.0.0.1:80", "127.0.0.1.evil.example", ""])
async def test_a_name_that_was_bent_to_this_machine_is_refused(host):
    status, body = await ask(World(), **{**TCP, "Host": host})

    assert (status, body["Code"]) == (403, "Forbidden")
    assert "is not a name of this emulator" in body["Message"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "box.lan"])
async def test_an_open_address_without_a_key_serves_no_control_api(host):
    status, body = await ask(World(replace(SETTINGS, host=host)), **TCP)

    assert status == 403
    assert "EAS_LOCAL_ACCESS_KEY_ID" in body["Message"]


async def test_with_a_key_set_an_unsigned_request_is_refused():
    status, body = await ask(World(KEYED), **TCP)

    assert (status, body["Code"]) == (403, "Forbidden")
    assert "it is not signed" in body["Message"]


async def test_over_the_unix_socket_nothing_is_asked():
    status, _ = await ask(World(replace(KEYED, host="0.0.0.0")), Origin="http://x", Host="whatever", Cookie="a=b")

    assert status == 200


@pytest.mark.parametrize("path", ["/local/v1/health", "/local/v1/gpus", "/local/v1/services/demo/status"])
async def test_the_local_api_is_never_served_over_tcp(path):
    assert (await ask(World(KEYED), path, **TCP))[0] == 403


@pytest.mark.parametrize(("secret", "served"), [("secret", True), ("guessed", False)])
async def test_with_a_key_set_the_real_sdk_may_in_if_it_signs_with_it(secret, served):
    async with World(KEYED, clock=SystemClock()).served() as address:
        sdk = Client(Config(access_key_id="id", access_key_secret=secret, endpoint=address, protocol="http"))
        request = models.CreateServiceRequest(body=TEXT, labels={"team": "a b", "ü": "~*"})
        create = partial(sdk.create_service_with_options, request, {"x-eas-door": "tcp"}, RuntimeOptions())
        if served:
            assert (await asyncio.to_thread(create)).body.service_name == "demo"
        else:
            with pytest.raises(ClientException, match="its signature does not match"):
                await asyncio.to_thread(create)


PROCESSOR = {"processor_type": "cpp", "processor_entry": "libecho.so", "name": "echo", "metadata": {"instance": 1}}


async def test_a_path_of_this_machine_is_named_by_nobody_who_comes_over_this_api():
    world = World()
    async with world.served() as address, aiohttp.ClientSession() as session:
        here = json.dumps(PROCESSOR | {"processor_path": "oss://bucket/echo", "model_path": "/etc"})
        async with session.post(f"http://{address}/api/v2/services", data=here, headers=at(address)) as answer:
            assert (answer.status, (await answer.json())["Code"]) == (403, "Forbidden")
            assert '"/etc" is a path of this machine' in (await answer.json())["Message"]


async def test_over_this_api_a_service_keeps_the_paths_that_its_owner_gave_it_and_gets_no_others():
    world = World()
    world.services.create(json.dumps(PROCESSOR | {"processor_path": "./echo"}), "/base")
    async with world.served() as address, aiohttp.ClientSession() as session:
        url, headers = f"http://{address}/api/v2/services/cn-local/echo", at(address)
        async with session.put(url, data=json.dumps({"metadata": {"instance": 2}}), headers=headers) as answer:
            assert answer.status == 200
        async with session.put(url, data=json.dumps({"model_path": "/etc"}), headers=headers) as answer:
            assert answer.status == 403
    assert world.store.find("echo").service.processor.model is None


def at(address: str) -> dict[str, str]:
    return {"x-eas-door": "tcp", "Host": f"127.0.0.1:{address.rpartition(':')[2]}"}
