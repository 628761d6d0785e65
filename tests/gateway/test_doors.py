"""Routes in and out, the way to the daemon, discovery, and starting where something is in the way."""

import asyncio
import io
import json
import os
import socket
import stat
from dataclasses import replace

import pytest

from eas_local import __version__
from eas_local.core.errors import AddressTaken
from eas_local.core.routes import Backend, Endpoint, Entry
from eas_local.gateway.main import Gateway
from tests.gateway.doors import a_gateway, a_table, an_entry, read
from tests.net import Wire, answering, ask, dial, echo, ok


async def test_routes_come_into_force_with_the_answer():
    async with answering(echo) as one, a_gateway() as door:
        assert (await door.ask()).status == 404
        answer = await door.publish(an_entry(one.port), n=3)
        assert (await door.ask()).status == 200

    assert (answer.status, read(answer)) == (200, {"epoch": "e", "n": 3})


async def test_older_routes_are_refused_the_same_and_another_daemons_are_not():
    async with a_gateway(an_entry(1)) as door:
        assert (await door.publish(an_entry(2), n=5)).status == 200
        assert (await door.publish(an_entry(2), n=5)).status == 200
        older = await door.publish(an_entry(3), n=4)
        another = await door.publish(an_entry(4), n=1, epoch="f")
        table = await door.control("GET /v1/routes")

    assert (older.status, read(older)) == (409, {"epoch": "e", "n": 5})
    assert (another.status, read(another)) == (200, {"epoch": "f", "n": 1})
    assert table.body.decode() == a_table(an_entry(4), epoch="f").to_json()


@pytest.mark.parametrize("body", [b"", b"{}", b"nonsense", b"\xff"])
async def test_text_that_is_no_table_changes_nothing(body):
    async with answering(echo) as one, a_gateway(an_entry(one.port)) as door:
        assert (await door.control("PUT /v1/routes", body)).status == 400
        assert (await door.ask()).status == 200


async def test_the_routes_a_daemon_left_are_served_without_it(tmp_path):
    async with answering(echo) as one:
        (tmp_path / "routes.json").write_text(a_table(an_entry(one.port)).to_json())
        async with a_gateway(home=tmp_path) as door:
            assert (await door.ask()).status == 200


@pytest.mark.parametrize("text", ["", "{}", "nonsense"])
async def test_broken_routes_are_no_reason_not_to_start(tmp_path, text):
    (tmp_path / "routes.json").write_text(text)
    async with a_gateway(home=tmp_path) as door:
        assert (await door.ask()).status == 404


async def test_health_names_process_and_version():
    async with a_gateway() as door:
        assert read(await door.control("GET /v1/health")) == {"pid": os.getpid(), "version": __version__}
        assert (await door.control("GET /v1/elsewhere")).status == 404


async def test_the_control_socket_is_this_users_only_and_asks_to_stop():
    async with a_gateway() as door:
        assert stat.S_IMODE(door.settings.gateway_socket.stat().st_mode) == 0o600
        assert not door.gateway.told.is_set()
        assert (await door.control("POST /v1/stop")).status == 200
        assert door.gateway.told.is_set()

    assert not door.settings.gateway_socket.exists()


async def test_the_control_api_is_not_open_to_tcp():
    async with a_gateway() as door:
        assert (await door.ask("/v1/routes")).status == 404
        assert (await door.ask("/v1/stop", method="POST")).status == 404


async def test_the_control_plane_is_passed_on_and_told_by_which_door():
    seen = []

    async def daemon(reader, writer):
        wire = Wire(reader, writer)
        request = await wire.message()
        seen.append(request)
        await wire.send(ok(b'{"ok": true}'))
        writer.close()

    async with a_gateway() as door:
        server = await asyncio.start_unix_server(daemon, str(door.settings.daemon_socket))
        answer = await door.ask(
            "/api/v2/services?x=1", "x-eas-door: socket", "Authorization: acs", method="POST", body=b"{}"
        )
        server.close()

    (request,) = seen
    assert (answer.status, read(answer)) == (200, {"ok": True})
    assert (request.start, request.body) == ("POST /api/v2/services?x=1 HTTP/1.1", b"{}")
    assert request.headers["x-eas-door"] == "tcp"
    assert request.headers["authorization"] == "acs"


async def test_without_a_daemon_the_control_plane_is_unavailable_and_services_are_not():
    async with answering(echo) as one, a_gateway(an_entry(one.port)) as door:
        answer = await door.ask("/api/v2/services")
        assert (await door.ask()).status == 200

    assert answer.status == 503
    assert answer.headers["content-type"] == "application/json"
    assert read(answer).keys() == {"Code", "Message", "RequestId"}
    assert read(answer)["Code"] == "ServiceUnavailable"


@pytest.mark.parametrize(
    "path", ["/api/v1/servicediscovery/upstreams/demo", "/exported/apis/eas.alibaba-inc.k8s.io/v1/upstreams/demo"]
)
async def test_discovery_lists_the_instances_without_a_token(path):
    async with a_gateway(an_entry(7001, 7002)) as door:
        answer = await door.ask(path)

    assert json.loads(answer.body) == {
        "correlative": ["demo"],
        "endpoints": {
            "items": [
                {"app": "demo", "ip": "127.0.0.1", "port": 7001, "weight": 100},
                {"app": "demo", "ip": "127.0.0.1", "port": 7002, "weight": 100},
            ]
        },
    }


async def test_discovery_from_inside_an_instance_lists_the_pods_own_addresses():
    published = Endpoint("demo-1", "127.0.0.1", 32768, ip="172.17.0.2")
    async with a_gateway(Entry("demo", (Backend(100, "demo", (published,)),))) as door:
        path = "/api/v1/servicediscovery/upstreams/demo"
        outside = read(await door.ask(path + "?internal=false"))
        inside = read(await door.ask(path + "?internal=true"))

    assert [(item["ip"], item["port"]) for item in outside["endpoints"]["items"]] == [("127.0.0.1", 32768)]
    assert [(item["ip"], item["port"]) for item in inside["endpoints"]["items"]] == [("172.17.0.2", 8080)]


async def test_discovery_of_an_unknown_service_finds_nothing():
    async with a_gateway() as door:
        assert (await door.ask("/api/v1/servicediscovery/upstreams/missing")).status == 404


async def test_connections_to_instances_that_are_gone_are_closed():
    async with answering(echo) as one, a_gateway(an_entry(one.port)) as door:
        await door.ask()
        assert one.open == 1
        await door.publish(an_entry(1), n=2)
        async with dial(door.port) as client:
            await client.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            await client.message()
        async with asyncio.timeout(5):
            while one.open:
                one.changed.clear()
                await one.changed.wait()


async def test_an_address_in_use_is_one_clear_sentence():
    async with answering(echo) as other, a_gateway() as door:
        taken = Gateway(replace(door.settings, port=other.port), door.out)
        with pytest.raises(
            AddressTaken, match=f"cannot listen on 127.0.0.1:{other.port}: another program does; stop it"
        ):
            await taken.start()


async def test_a_second_gateway_of_the_same_home_does_not_start_and_harms_nothing():
    async with a_gateway() as door:
        with pytest.raises(AddressTaken, match=r"gateway.sock: another program does"):
            await Gateway(door.settings, door.out).start()
        assert (await door.control("GET /v1/health")).status == 200


async def test_a_socket_file_nobody_answers_on_is_replaced():
    async with a_gateway() as door:
        settings = door.settings
    settings.runtime.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(settings.gateway_socket))
    gateway = Gateway(settings, io.StringIO())
    await gateway.start()
    await gateway.stop(grace=0)
    settings.runtime.rmdir()
    settings.runtime.parent.rmdir()


async def test_a_request_to_nowhere_by_an_odd_method_is_not_found():
    async with a_gateway() as door:
        assert (await ask(door.port, b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")).status == 404
