"""The vendor's own SDK, unmodified, drives the control API."""

import json
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from alibabacloud_eas20210701 import models
from alibabacloud_tea_openapi.exceptions import ClientException, ServerException

from eas_local.core.document import LIMIT
from eas_local.core.instance import LastState, RunState
from eas_local.core.status import Event, EventType, Trouble
from eas_local.core.streams import LogLine
from tests.builders import a_link, a_run, an_instance
from tests.daemon.sdk import DEMO, REGION, sdk_of
from tests.daemon.world import OWNER, TEXT, World

PROCESSOR = '{"name": "demo", "processor_type": "cpp", "processor_path": "oss://b/p", "processor_entry": "libecho.so"}'


def a_text(name: str) -> str:
    return TEXT.replace("demo", name)


def fields_of(model: type) -> set[str]:
    """Every name that the SDK reads, without the underscores and capitals in which it differs from the wire."""
    return {name.replace("_", "") for name in vars(model())} - {"requestid"}


async def test_create_answers_at_once_with_an_address_that_will_work():
    async with sdk_of(World()) as sdk:
        made = await sdk.create()

        endpoint = f"http://{sdk.address}/api/predict/demo"
        service_id = made.pop("ServiceId")
        assert made == {
            "InternetEndpoint": endpoint,
            "IntranetEndpoint": endpoint,
            "Region": "cn-local",
            "ServiceName": "demo",
            "Status": "Creating",
        }
        assert service_id.startswith("eas-m-")


async def test_the_body_is_kept_as_it_was_sent_whether_text_or_object():
    spaced = TEXT.replace(", ", " ,\n ")
    async with sdk_of(World()) as sdk:
        await sdk.create(spaced)
        await sdk.create(json.loads(a_text("two")))

        assert (await sdk("describe_service", *DEMO))["ServiceConfig"] == spaced
        assert json.loads((await sdk("describe_service", REGION, "two"))["ServiceConfig"]) == json.loads(a_text("two"))


async def test_a_description_has_every_field_the_sdk_knows():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create(labels={"team": "a b"}, workspace_id="7")
        await world.runs("demo")
        answer = await sdk("describe_service", *DEMO)

    assert {name.lower() for name in answer} == fields_of(models.Service)
    assert None not in answer.values()
    assert (answer["Status"], answer["Reason"], answer["Message"]) == (
        "Running",
        "RUNNING",
        "Service start successfully",
    )
    assert (answer["TotalInstance"], answer["RunningInstance"], answer["PendingInstance"]) == (1, 1, 0)
    assert (answer["CreateTime"], answer["CurrentVersion"]) == ("1970-01-01T00:16:40Z", 1)
    assert (answer["Labels"], answer["WorkspaceId"]) == ([{"LabelKey": "team", "LabelValue": "a b"}], "7")
    assert (answer["ServiceUid"], answer["CallerUid"]) == (answer["ServiceId"], OWNER)
    assert len(answer["AccessToken"]) == 56


async def test_two_services_of_one_endpoint_are_released_and_part():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create()
        second = world.services.create(TEXT, related=True).desired.name

        async def described(name: str) -> list[Any]:
            seen = await sdk("describe_service", REGION, name)
            (endpoint,) = (await sdk("describe_service_endpoints", REGION, name))["Endpoints"]
            assert [seen["InternetEndpoint"]] == endpoint["InternetEndpoints"]
            assert json.loads(seen["ExtraData"]) == {"blue_green_services": ["demo", second]}
            return [seen["InternetEndpoint"].rpartition("/")[2], seen["TrafficState"], seen["Weight"]]

        assert [await described("demo"), await described(second)] == [
            ["demo", "standalone", 0],
            [second, "standalone", 0],
        ]
        asked = models.ReleaseServiceRequest(weight=20, traffic_state="grouping")
        assert await sdk("release_service", REGION, second, asked) == {
            "Message": f"Releasing service [{second}] in region [cn-shanghai] with weight [20], service status: [Creating]"
        }
        assert [await described("demo"), await described(second)] == [
            ["demo", "grouping", 80],
            ["demo", "grouping", 20],
        ]
        await sdk("release_service", REGION, second, models.ReleaseServiceRequest(traffic_state="standalone"))
        assert await described(second) == [second, "standalone", 0]
        assert world.shared == [(second, 20), (second, None)]


@pytest.mark.parametrize(("state", "found"), [("grouping", ["demo_5c5c5c5c", "demo"]), ("standalone", ["other"])])
async def test_services_are_listed_by_where_their_requests_come(state, found):
    world = World()
    for text, related in ((a_text("other"), False), (TEXT, False), (TEXT, True)):
        world.services.create(text, related=related)
    world.services.release("demo", 80)
    async with (
        sdk_of(world) as sdk,
        aiohttp.ClientSession() as session,
        session.get(f"http://{sdk.address}/api/v2/services", params={"TrafficState": state}) as answer,
    ):
        assert [service["ServiceName"] for service in (await answer.json())["Services"]] == found


@pytest.mark.parametrize(
    ("body", "sentence"),
    [({"Weight": 101}, "from 0 to 100"), ({}, "Weight: is missing"), ({"TrafficState": "x"}, "TrafficState")],
)
async def test_a_share_that_makes_no_sense_is_refused(body, sentence):
    async with sdk_of(World()) as sdk, aiohttp.ClientSession() as session:
        await sdk.create()
        async with session.put(f"http://{sdk.address}/api/v2/services/r/demo/release", json=body) as answer:
            assert (answer.status, (await answer.json())["Code"]) == (400, "InvalidParameter")
            assert sentence in (await answer.json())["Message"]


async def test_a_service_lives_stops_starts_restarts_and_goes():
    world = World()
    async with sdk_of(world) as sdk:

        async def status() -> str:
            return (await sdk("describe_service", *DEMO))["Status"]

        await sdk.create()
        assert await status() == "Creating"
        have = await world.runs("demo")
        assert await status() == "Running"
        assert await sdk("restart_service", *DEMO) == {"Message": "Service is restarting"}
        assert await status() == "Updating"
        stopping = {"Message": "Service [demo] in region [cn-shanghai] is stopping"}
        assert await sdk("stop_service", *DEMO) == stopping
        assert await status() == "Stopping"
        await world.sees("demo")
        assert await status() == "Stopped"
        assert await sdk("start_service", *DEMO) == {"Message": "Service [demo] in region [cn-shanghai] is starting"}
        assert await status() == "Starting"
        await world.sees("demo", have)
        assert await sdk("delete_service", *DEMO) == {
            "Message": "Service [demo] in region [cn-shanghai] is terminating"
        }
        assert await status() == "Deleting"
        await world.forgets("demo")
        with pytest.raises(ClientException) as gone:
            await status()
    assert (gone.value.status_code, gone.value.code) == (404, "InvalidService.NotFound")


async def test_an_update_merges_by_default_and_replaces_on_request():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create()
        await world.runs("demo")
        said = await sdk("update_service", *DEMO, models.UpdateServiceRequest(body='{"metadata": {"instance": 2}}'))
        scaling = await sdk("describe_service", *DEMO)
        replacing = models.UpdateServiceRequest(body=json.loads(TEXT), update_type="replace")
        await sdk("update_service", *DEMO, replacing)
        replaced = await sdk("describe_service", *DEMO)

    assert said == {"Message": "Succeed to update service [demo] in region [cn-shanghai]"}
    assert (scaling["Status"], scaling["TotalInstance"], scaling["CurrentVersion"]) == ("Scaling", 2, 1)
    assert json.loads(replaced["ServiceConfig"]) == json.loads(TEXT)
    assert (replaced["TotalInstance"], replaced["CurrentVersion"]) == (1, 2)


async def test_services_are_listed_newest_first_filtered_and_by_pages():
    world = World()
    async with sdk_of(world) as sdk:
        for name in ("one", "two", "three"):
            world.clock.advance(1)
            await sdk.create(a_text(name), labels={"kind": name, "team": "a"})
        await sdk("stop_service", REGION, "two")
        await world.sees("two")

        assert await sdk.list() == ["three", "two", "one"]
        assert await sdk.list(order="asc") == ["one", "two", "three"]
        assert await sdk.list(sort="ServiceName", order="asc") == ["one", "three", "two"]
        assert await sdk.list(filter="t") == ["three", "two"]
        assert await sdk.list(service_name="two") == ["two"]
        assert await sdk.list(service_status="Stopped") == ["two"]
        assert await sdk.list(label={"kind": "one", "team": "a"}) == ["one"]
        assert await sdk.list(label={"kind": "one", "team": "b"}) == []
        assert await sdk.list(page_number=2, page_size=2) == ["one"]
        page = await sdk("list_services", models.ListServicesRequest(page_number=2, page_size=2))
    assert (page["PageNumber"], page["PageSize"], page["TotalCount"]) == (2, 2, 3)


async def test_an_instance_shows_what_runs_and_how_it_ended_before():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create()
        last = LastState(137, "OOMKilled", 50, 100)
        have = an_instance(world.store.find("demo"), "demo-0", runs=(a_run(attempt=1, last=last),))
        await world.sees("demo", have)
        (instance,) = (await sdk("list_service_instances", *DEMO, models.ListServiceInstancesRequest()))["Instances"]
        containers = await sdk("list_service_containers", *DEMO, "demo-0")

    assert {name.lower() for name in instance} == fields_of(models.Instance)
    assert (instance["InstanceName"], instance["HostName"], instance["InnerIP"]) == ("demo-0", "demo-0", "10.0.0.2")
    assert (instance["Status"], instance["ReadyProcesses"], instance["TotalProcesses"]) == ("Running", 2, 2)
    assert (instance["RestartCount"], instance["Reason"]) == (1, "")
    assert instance["LastState"] == [
        {
            "exitCode": 137,
            "finishedAt": "1970-01-01T00:01:40Z",
            "reason": "OOMKilled",
            "startedAt": "1970-01-01T00:00:50Z",
        }
    ]
    assert containers == {
        "ServiceName": "demo",
        "Containers": [
            {
                "CurrentReaon": "",
                "CurrentStatus": "Running",
                "CurrentTimestamp": "1970-01-01T00:01:50Z",
                "Image": "img",
                "LastReason": "OOMKilled",
                "LastStatus": "Terminated",
                "LastTimestamp": "1970-01-01T00:01:40Z",
                "Name": "worker0",
                "Port": 8000,
                "Ready": True,
                "RestartCount": 1,
            }
        ],
    }


async def test_a_processor_is_one_process_that_is_ready():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create(PROCESSOR)
        await world.sees("demo", an_instance(world.store.find("demo"), "demo-0"))
        (instance,) = (await sdk("list_service_instances", *DEMO, models.ListServiceInstancesRequest()))["Instances"]

    assert (instance["ReadyProcesses"], instance["TotalProcesses"]) == (1, 1)


async def test_an_instance_that_waits_for_its_image_is_a_pending_one():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create()
        await world.sees("demo", trouble=Trouble("ImagePullBackOff", "no such image", permanent=False, since=0))
        (instance,) = (await sdk("list_service_instances", *DEMO, models.ListServiceInstancesRequest()))["Instances"]

    assert (instance["Status"], instance["Reason"]) == ("Pending", "ImagePullBackOff")
    assert (instance["ReadyProcesses"], instance["StartTime"]) == (0, "")


@pytest.mark.parametrize(
    ("run", "link"),
    [
        (a_run(), {"unready": (("worker0", "nothing listens"),)}),
        (a_run(state=RunState.EXITED, exit_code=137), {"failing": (("worker0", "Liveness probe failed"),)}),
    ],
)
async def test_an_instance_that_does_not_pass_a_probe_is_unhealthy(run, link):
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create()
        want = world.store.find("demo")
        have = an_instance(want, "demo-0", runs=(run,), linked=False)
        await world.sees("demo", have.with_link(a_link(want, have, **link)))
        (instance,) = (await sdk("list_service_instances", *DEMO, models.ListServiceInstancesRequest()))["Instances"]

    assert instance["Reason"] == "Unhealthy"


async def test_an_instance_that_crashed_says_so_and_is_not_ready():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create()
        crashed = a_run(state=RunState.EXITED, exit_code=1, started_at=110, finished_at=120)
        await world.sees("demo", an_instance(world.store.find("demo"), "demo-0", ready=False, runs=(crashed,)))
        (instance,) = (await sdk("list_service_instances", *DEMO, models.ListServiceInstancesRequest()))["Instances"]
        (container,) = (await sdk("list_service_containers", *DEMO, "demo-0"))["Containers"]
        service = await sdk("describe_service", *DEMO)

    assert (instance["Reason"], instance["ReadyProcesses"], instance["LastState"][0]["exitCode"]) == ("Error", 1, 1)
    assert (container["CurrentStatus"], container["CurrentReaon"], container["Ready"]) == ("Terminated", "Error", False)
    assert service["Status"] == "Failed"
    assert service["Message"] == ("Instance <demo-0> not healthy: Instance crashed, please inspect instance log.")


async def test_an_instance_that_moves_up_to_an_empty_place_is_not_leaving():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create(TEXT.replace('"instance": 1', '"instance": 2'))
        want = world.store.find("demo")
        await world.sees("demo", an_instance(want, "b", ordinal=1), an_instance(want, "c", ordinal=2, ready=False))

        answer = await sdk("list_service_instances", *DEMO, models.ListServiceInstancesRequest())

    assert {one["InstanceName"]: one["Status"] for one in answer["Instances"]} == {"b": "Running", "c": "Running"}


async def test_instances_are_filtered():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create(TEXT.replace('"instance": 1', '"instance": 2'))
        want = world.store.find("demo")
        await world.sees("demo", an_instance(want, "demo-0"), an_instance(want, "demo-1", ordinal=1))

        async def names(**query: str) -> list[str]:
            answer = await sdk("list_service_instances", *DEMO, models.ListServiceInstancesRequest(**query))
            return [instance["InstanceName"] for instance in answer["Instances"]]

        assert await names(filter="-1") == ["demo-1"]
        assert await names(instance_name="demo-0") == ["demo-0"]
        assert await names(instance_status="running", instance_ip="10.0.0.2") == ["demo-0", "demo-1"]
        assert await names(instance_ip="10.0.0.9") == []


async def test_logs_come_by_pages_filtered_and_from_before_the_restart():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create()
        have = await world.runs("demo", attempt=1)
        world.engine._lines[have.runs[0].id] = [
            LogLine(f"2026-11-20T11:02:0{second}.000000001Z", text) for second, text in enumerate("abca")
        ]
        world.run_logs.keep("demo", "demo-0", "worker0", 0, [LogLine("2026-11-20T11:01:00.000000001Z", "before")])

        async def logs(**query: Any) -> list[str]:
            return (await sdk("describe_service_log", *DEMO, models.DescribeServiceLogRequest(**query)))["Logs"]

        assert await logs() == ["a", "b", "c", "a"]
        assert await logs(keyword="a") == ["a", "a"]
        assert await logs(previous=True) == ["before"]
        assert await logs(previous=False, container_name="worker0", instance_name="demo-0") == ["a", "b", "c", "a"]
        assert await logs(container_name="worker1") == await logs(instance_name="x") == await logs(ip="1.2.3.4") == []
        assert await logs(start_time="2026-11-20 11:02:01", end_time="2026-11-20T11:02:02Z") == ["b", "c"]
        assert await logs(page_num=2, page_size=3) == ["a"]
        page = await sdk("describe_service_log", *DEMO, models.DescribeServiceLogRequest(page_size=3))
    assert (page["PageNum"], page["TotalCount"], page["TotalPageNum"]) == (1, 4, 2)


async def test_events_tell_the_history():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create()
        crash = Event(1_000_000, "demo", EventType.WARNING, "Unhealthy", "Instance crashed", instance="demo-0")
        world.store.add_event(crash)

        async def events(**query: Any) -> list[dict[str, str]]:
            answer = await sdk("describe_service_event", *DEMO, models.DescribeServiceEventRequest(**query))
            return answer["Events"]

        assert await events(event_type="Warning") == [
            {"Message": "Instance crashed", "Reason": "Unhealthy", "Time": "1970-01-12 13:46:40", "Type": "Warning"}
        ]
        assert [event["Reason"] for event in await events()] == ["Unhealthy", "Creating"]
        assert [event["Reason"] for event in await events(instance_name="demo-0")] == ["Unhealthy"]
        assert [event["Reason"] for event in await events(end_time="1970-01-02 00:00:00")] == ["Creating"]
        assert [event["Reason"] for event in await events(page_num="2", page_size="1")] == ["Creating"]


async def test_endpoints_versions_and_regions_are_told():
    async with sdk_of(World()) as sdk:
        await sdk.create()
        await sdk("update_service", *DEMO, models.UpdateServiceRequest(body='{"containers": [{"image": "two"}]}'))
        endpoints = await sdk("describe_service_endpoints", *DEMO)
        versions = await sdk("list_service_versions", *DEMO, models.ListServiceVersionsRequest())
        regions = await sdk("describe_regions")

    assert endpoints["Message"] == "Execution succeeded."
    assert endpoints["Endpoints"][0]["InternetEndpoints"] == [f"http://{sdk.address}/api/predict/demo"]
    assert [version["ImageId"] for version in versions["Versions"]] == [2, 1]
    assert versions["Versions"][1]["ServiceConfig"] == TEXT
    assert regions == {"Regions": [{"RegionId": "cn-local", "RegionName": "cn-local"}]}


async def test_labels_are_set_and_removed():
    world = World()
    async with sdk_of(world) as sdk:
        await sdk.create()
        said = await sdk("update_service_label", *DEMO, models.UpdateServiceLabelRequest(labels={"x": "1", "y": "2"}))
        removed = await sdk("delete_service_label", *DEMO, models.DeleteServiceLabelRequest(keys=["x", "z"]))

    assert said == {"Message": "Succeed to update service [demo] labels."}
    assert removed == {"Message": "Succeed to delete service [demo] labels."}
    assert world.store.find("demo").service.labels == (("y", "2"),)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ('{"metadata": {"name": "demo", "gpu": 6}}', "InvalidParameter", "Invalid GPU count 6"),
        ("{", "InvalidParameter", "line 1"),
        ('{"metadata": {"name": "demo", "enable_grpc": true}, "containers": [{"image": "x"}]}', "NotSupported", "gRPC"),
    ],
)
async def test_a_document_that_cannot_be_served_is_refused_with_the_reason(text, code, says):
    async with sdk_of(World()) as sdk:
        with pytest.raises(ClientException) as refusal:
            await sdk.create(text)

    assert (refusal.value.status_code, refusal.value.code) == (400, code)
    assert says in refusal.value.message


async def test_a_name_in_use_and_an_unknown_name_have_codes_of_their_own():
    async with sdk_of(World()) as sdk:
        await sdk.create()
        with pytest.raises(ClientException) as taken:
            await sdk.create()
        with pytest.raises(ClientException) as unknown:
            await sdk("stop_service", REGION, "nobody")

    assert (taken.value.status_code, taken.value.code) == (409, "InvalidService.AlreadyExists")
    assert (unknown.value.status_code, unknown.value.code) == (404, "InvalidService.NotFound")


async def test_an_operation_that_is_not_built_says_so_by_its_name():
    async with sdk_of(World()) as sdk:
        with pytest.raises(ServerException, match="operation CreateServiceMirror is not built") as refusal:
            await sdk("create_service_mirror", *DEMO, models.CreateServiceMirrorRequest(ratio=1, target=["x"]))

    assert refusal.value.status_code == 501


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/api/v2", 404),
        ("GET", "/api/v2/services/", 404),
        ("GET", "/api/v2/nothing/here", 404),
        ("PATCH", "/api/v2/services", 405),
        ("OPTIONS", "/api/v2/services/cn-local/demo", 405),
        ("GET", "/api/v2/services?PageNumber=none", 400),
        ("GET", "/api/v2/services?PageSize=0", 400),
        ("GET", "/api/v2/services?Label=x", 400),
        ("PUT", "/api/v2/services/cn-local/demo?UpdateType=mix", 400),
        ("GET", "/api/v2/services/cn-local/a%2Fb", 404),
        ("GET", "/api/v2/services/cn-local/..", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
    ],
)
async def test_whatever_is_wrong_with_an_address_the_answer_is_json(method, path, status):
    async with (
        World().served() as address,
        aiohttp.ClientSession() as session,
        session.request(method, f"http://{address}{path}") as answer,
    ):
        body = await answer.json()

    assert answer.status == status
    assert {"Code", "Message", "RequestId"} <= body.keys()


async def test_a_mistake_of_ours_is_answered_in_json_too():
    world = World()
    world.services._store = None
    async with (
        world.served() as address,
        aiohttp.ClientSession() as session,
        session.get(f"http://{address}/api/v2/services/cn-local/demo") as answer,
    ):
        body = await answer.json()

    assert (answer.status, body["Code"]) == (500, "InternalError")


async def test_stray_bodies_unknown_queries_and_booleans_in_any_case_are_no_trouble():
    world = World()
    async with sdk_of(world) as sdk, aiohttp.ClientSession() as session:
        await sdk.create()
        await world.sees("demo")
        service = f"http://{sdk.address}/api/v2/services/anywhere/demo"
        for method, path in (("PUT", "/stop?ClusterId=x"), ("GET", "?Foo=1"), ("GET", "/logs?Previous=TRUE&Foo=1")):
            async with session.request(method, service + path, json={"ServiceName": "demo"}) as answer:
                assert answer.status == 200
        async with session.delete(f'{service}/label?Keys=["x","y"]&ClusterId=x', json={"Keys": ["x"]}) as answer:
            assert answer.status == 200


async def test_a_body_larger_than_any_document_is_refused_after_it_was_heard():
    async with (
        World().served() as address,
        aiohttp.ClientSession() as session,
        session.post(f"http://{address}/api/v2/services", data=BytesIO(b" " * (LIMIT + 1))) as answer,
    ):
        body = await answer.json()

    assert (answer.status, "at most" in body["Message"]) == (413, True)


async def test_text_that_is_not_utf8_is_an_invalid_document():
    async with (
        World().served() as address,
        aiohttp.ClientSession() as session,
        session.post(f"http://{address}/api/v2/services", data=b'{"name": "\xff"}') as answer,
    ):
        body = await answer.json()

    assert (answer.status, body["Code"]) == (400, "InvalidParameter")
    assert "UTF-8" in body["Message"]
