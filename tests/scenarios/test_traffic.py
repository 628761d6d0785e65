"""Requests: who may call, what arrives, who answers, and what somebody hears when nobody can."""

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import docker
import pytest

from tests.scenarios.calling import HOST, PATIENCE, call, dial
from tests.scenarios.documents import a_container, a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.hmac_client import signed

TOKEN = "MWZhY2Q0NTY3ODkwYWJjZGVmMTIzNDU2Nzg5MGFiY2RlZjEyMzQ1Ng=="
MIB = 1024**2


@pytest.fixture(scope="module")
def echo(shared: Emulator) -> Service:
    return shared.create(a_document("echo", token=TOKEN))


def test_only_the_token_of_the_file_opens_a_service(echo: Service):
    path = "/api/predict/echo"
    body = b"hello"

    def answered(headers: dict[str, str]) -> int:
        return call(echo.emulator.port, path, method="POST", body=body, headers=headers).status

    assert echo.token == TOKEN
    assert answered({"Authorization": TOKEN}) == 200
    assert answered({"Authorization": f"Bearer {TOKEN}"}) == 200
    assert answered(signed(TOKEN, path, body)) == 200
    assert answered(signed("another", path, body)) == 401
    assert answered({"Authorization": "another"}) == 401
    assert answered({}) == 401


def test_a_generated_token_stays_over_stop_and_start(shared: Emulator):
    service = shared.create(a_document("generated"))
    shared.run("stop", service.name)
    shared.run("start", service.name)

    assert service.token
    assert service.describe()["AccessToken"] == service.token
    assert service.call().status == 200


def test_an_empty_token_opens_a_service_to_everybody(shared: Emulator):
    shared.create(a_document("open", token=""))

    assert call(shared.port, "/api/predict/open").status == 200


def test_an_unknown_service_is_answered_404_with_an_empty_body(echo: Service):
    reply = call(echo.emulator.port, "/api/predict/nobody/x")

    assert (reply.status, reply.body) == (404, b"")


def test_a_service_without_a_ready_instance_is_answered_503(shared: Emulator):
    service = shared.submit(a_document("nobody_home", a_container(command="sleep 600")))
    service.becomes("Waiting")

    reply = service.call()

    assert (reply.status, reply.body) == (503, b"no healthy upstream")


def test_the_container_sees_the_path_without_prefix_and_the_request_as_it_was(echo: Service):
    reply = echo.call("/v1/a%20b?x=1&y=", method="PUT", body=b"{}", headers={"X-Mine": "1", "Content-Type": "text/x"})

    assert reply.json["path"] == "/v1/a%20b?x=1&y="
    assert reply.json["method"] == "PUT"
    assert reply.json["headers"]["x-mine"] == "1"
    assert reply.json["headers"]["content-type"] == "text/x"
    assert [call_.json["path"] for call_ in (echo.call(), echo.call("/"))] == ["/", "/"]


def test_headers_of_ours_in_a_request_do_not_reach_anybody(echo: Service):
    reply = echo.call(headers={"x-eas-instance": "somebody-else", "X-EAS-Door": "socket"})

    assert reply.status == 200
    assert [name for name in reply.json["headers"] if name.startswith("x-eas-")] == []


def test_the_name_may_carry_a_group(echo: Service):
    reply = call(echo.emulator.port, "/api/predict/group.echo/x", headers={"Authorization": TOKEN})

    assert reply.json["path"] == "/x"


def test_two_services_share_one_address_and_keep_their_tokens_apart(shared: Emulator, echo: Service):
    other = shared.create(a_document("other"))

    assert other.call().json["pod"] == other.pod
    assert echo.call().json["pod"] == echo.pod
    assert other.call(headers={"Authorization": echo.token}).status == 401


def test_events_of_a_stream_arrive_one_by_one(echo: Service):
    with closing(HTTPConnection(HOST, echo.emulator.port, timeout=2)) as connection:
        connection.request("GET", "/api/predict/echo/ticks?n=3&pause=0.4", headers={"Authorization": TOKEN})
        response = connection.getresponse()

        first = response.read1()  # long before the last one is sent

        assert first == b"data: 0\n\n"
        assert response.read() == b"data: 1\n\ndata: 2\n\n"


def test_a_piece_of_an_upload_is_answered_before_the_next_is_sent(echo: Service):
    with closing(dial(echo.emulator.port)) as connection:
        connection.settimeout(5)
        connection.sendall(
            b"POST /api/predict/echo/mirror HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"Authorization: %s\r\n\r\n" % TOKEN.encode()
        )
        heard = b""
        for piece in (b"first", b"second", b"third"):
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            while piece not in heard:
                heard += connection.recv(65536)
        connection.sendall(b"0\r\n\r\n")
        while not heard.endswith(b"0\r\n\r\n"):
            heard += connection.recv(65536)


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in pieces"])
def test_a_large_upload_arrives_whole(echo: Service, chunked: bool):
    pieces = [bytes(MIB)] * 100

    reply = echo.call("/count", method="POST", body=pieces if chunked else b"".join(pieces))

    assert reply.json == 100 * MIB


def test_a_large_answer_arrives_whole(echo: Service):
    reply = echo.call(f"/bytes?n={100 * MIB}")

    assert len(reply.body) == 100 * MIB


def test_a_connection_serves_many_requests(echo: Service):
    with closing(HTTPConnection(HOST, echo.emulator.port, timeout=PATIENCE)) as connection:
        for number in range(20):
            connection.request("POST", f"/api/predict/echo/{number}", b"x", {"Authorization": TOKEN})
            assert connection.getresponse().read().find(b'"/%d"' % number) > 0


def test_an_instance_refuses_what_was_meant_for_another(echo: Service, engine: docker.DockerClient):
    sandbox = engine.containers.get(echo.pod)
    (network,) = sandbox.attrs["NetworkSettings"]["Networks"].values()
    with closing(HTTPConnection(network["IPAddress"], 8080, timeout=PATIENCE)) as connection:
        connection.request("GET", "/api/predict/echo", headers={"Authorization": TOKEN, "x-eas-instance": "gone-1"})
        response = connection.getresponse()

        assert response.status == 421
        assert response.getheader("x-eas-refused") == "instance"


@pytest.fixture
def slow(shared: Emulator) -> Iterator[Service]:
    """One request at a time, one more may wait, and each has 2.5 seconds."""
    rpc = {"worker_threads": 1, "max_queue_size": 1, "keepalive": 2500}
    service = shared.create(a_document("slow", metadata={"rpc": rpc}))
    yield service
    service.delete()


def test_limits_of_the_file_answer_408_429_and_450(shared: Emulator, slow: Service):
    assert slow.call("/sleep?s=5").status == 408

    waiting = [slow.begin("/sleep?s=1") for _ in range(3)]
    assert sorted(_status(connection) for connection in waiting) == [200, 200, 450]

    hasty = shared.create(a_document("hasty", metadata={"rpc.rate_limit": 1}))
    assert 429 in {hasty.call().status for _ in range(5)}

    policy = {"gateway_policy": {"rate_limit": {"enable": True, "limit": 1}}}
    shared.create(a_document("shut", networking=policy, token=""))
    assert 429 in {call(shared.port, "/api/predict/shut").status for _ in range(5)}


def _status(connection: HTTPConnection) -> int:
    with closing(connection):
        return connection.getresponse().status
