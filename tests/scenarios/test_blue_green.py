"""Two services behind one endpoint: weights, either one's end, and an address and a token that never change."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from alibabacloud_eas20210701 import models

from tests.scenarios.calling import call
from tests.scenarios.control import CLUSTER, a_client
from tests.scenarios.documents import a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually
from tests.scenarios.hmac_client import signed
from tests.scenarios.load import nothing_lost


@pytest.fixture
def old(shared: Emulator) -> Iterator[Service]:
    yield shared.create(a_document("demo"))
    for name in shared.names():
        shared.run("delete", name, "--yes")


def beside(old: Service) -> Service:
    return old.emulator.create(a_document("demo"), "-r")


def release(service: Service, weight: int) -> None:
    service.emulator.run("release", service.name, "-w", str(weight), "--yes")


def shares(entry: Service, *services: Service) -> list[int]:
    """How many of a hundred requests each of these services has answered, one after another."""
    answered = Counter(str(entry.call().json["pod"]) for _ in range(100))
    return [sum(answered[pod] for pod in service.pods) for service in services]


def standing(service: Service) -> tuple[str, str, int]:
    seen = service.describe()
    assert seen["IntranetEndpoint"] == seen["InternetEndpoint"]
    return seen["IntranetEndpoint"].rpartition("/")[2], seen["TrafficState"], seen["Weight"]


def test_a_new_service_takes_its_percent_of_the_old_one_s_requests(old: Service):
    new = beside(old)
    assert (new.call().json["pod"], old.call().json["pod"]) == (new.pod, old.pod)
    assert [standing(old), standing(new)] == [("demo", "standalone", 0), (new.name, "standalone", 0)]

    ran = old.emulator.run("release", new.name, "-w", "20", "--yes")

    assert ran.err.splitlines()[-1] == f"[OK] Service [{new.name}] is weighted to 20% now"
    assert shares(old, old, new) == [80, 20]
    assert new.call().status == 404
    assert [standing(old), standing(new)] == [("demo", "grouping", 80), ("demo", "grouping", 20)]
    release(old, 30)
    assert shares(old, old, new) == [30, 70]
    release(new, 0)
    assert shares(old, old, new) == [100, 0]
    release(new, 100)
    assert shares(old, old, new) == [0, 100]


def test_callers_of_the_endpoint_need_no_other_token_and_may_sign(old: Service):
    new = beside(old)
    release(new, 50)
    path, body = "/api/predict/demo/signed", b"[1]"

    answers = [
        call(old.emulator.port, path, method="POST", body=body, headers=signed(token, path, body)).status
        for token in (old.token, "another")
        for _ in range(4)
    ]

    assert new.token != old.token
    assert answers == [200] * 4 + [401] * 4
    old.emulator.run("modify", "demo", "-Dtoken=renewed")
    renewed = replace(old, token="renewed")
    eventually(lambda: shares(renewed, old, new) == [50, 50], within=20, what="the new token at both services")


def test_who_is_stopped_gives_its_turns_to_the_other(old: Service):
    new = beside(old)
    release(new, 20)

    old.emulator.run("stop", new.name)
    assert shares(old, old) == [100]

    old.emulator.run("start", new.name)
    assert shares(old, old, new) == [80, 20]


def test_nothing_is_lost_while_weights_change_and_the_new_one_goes(old: Service):
    new = beside(old)

    with nothing_lost(old) as load:
        for weight in (20, 80, 100, 0, 50):
            release(new, weight)
            load.goes_on()
        old.emulator.kill("daemon")
        load.goes_on()
        release(new, 90)
        old.emulator.kill("daemon")
        new.delete()

    assert shares(old, old) == [100]
    assert standing(old) == ("demo", "standalone", 0)


def test_the_first_endpoint_and_its_token_stay_over_all_releases(old: Service):
    shared = old.emulator
    second = beside(old)

    with nothing_lost(old) as load:
        release(second, 20)
        load.goes_on()
        shared.kill("daemon")
        old.delete()
        load.goes_on()
        assert standing(second) == ("demo", "grouping", 100)
        third = beside(second)
        release(third, 60)
        load.goes_on()
        second.delete()

    assert shares(old, third) == [100]
    assert third.name != second.name
    refused = shared.run("create", shared.write(a_document("demo")), status=1)
    assert f'"demo" is the endpoint that service "{third.name}" answers' in refused.err


def test_a_third_service_waits_for_the_end_of_one_of_the_two(old: Service):
    new = beside(old)

    refused = old.emulator.run("create", "-r", old.emulator.write(a_document("demo")), status=1)

    assert f'endpoint "demo" has two services, demo and {new.name}; delete one of them' in refused.err


def test_an_old_service_that_goes_leaves_its_endpoint_to_one_that_was_never_released(old: Service):
    new = beside(old)

    with nothing_lost(old):
        old.delete()

    assert shares(old, new) == [100]
    assert new.call().status == 200


def test_direct_connections_are_told_of_both_with_their_weights(old: Service):
    new = beside(old)
    release(new, 20)

    found = call(old.emulator.port, "/api/v1/servicediscovery/upstreams/demo").json

    assert {item["app"]: item["weight"] for item in found["endpoints"]["items"]} == {"demo": 80, new.name: 20}
    assert call(old.emulator.port, f"/api/v1/servicediscovery/upstreams/{new.name}").status == 404


def test_the_sdk_releases_and_parts(old: Service):
    new = beside(old)
    client = a_client(old.emulator)

    released = client.release_service(CLUSTER, new.name, models.ReleaseServiceRequest(weight=40)).body

    assert released.message == (
        f"Releasing service [{new.name}] in region [{CLUSTER}] with weight [40], service status: [Running]"
    )
    seen = client.describe_service(CLUSTER, new.name).body
    assert (seen.weight, seen.traffic_state) == (40, "grouping")
    assert seen.extra_data == f'{{"blue_green_services":["demo","{new.name}"]}}'
    client.release_service(CLUSTER, new.name, models.ReleaseServiceRequest(traffic_state="standalone"))
    assert [shares(old, old), shares(new, new)] == [[100], [100]]
