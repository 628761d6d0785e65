"""What stands between a client and the container: limits, broken answers and clients that leave, told as in the cloud."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, IncompleteRead

import docker
import pytest

from tests.scenarios import metrics
from tests.scenarios.calling import HOST, Reply, dial
from tests.scenarios.documents import a_container, a_document
from tests.scenarios.emulator import HERE, Emulator, Service
from tests.scenarios.eventually import eventually
from tests.scenarios.test_prediction_client import made_environment

CUT_OFF = b"upstream connect error or disconnect/reset before headers. reset reason: connection termination"


@pytest.fixture(scope="module")
def free(shared: Emulator) -> Service:
    """One without limits."""
    return shared.create(a_document("free"))


@pytest.fixture
def narrow(shared: Emulator) -> Iterator[Service]:
    """One request at a time, and two more may wait."""
    yield from _one_worker(shared, keepalive=10_000)


@pytest.fixture
def hurried(shared: Emulator) -> Iterator[Service]:
    """The same, and each has 1.5 seconds."""
    yield from _one_worker(shared, keepalive=1500)


def _one_worker(shared: Emulator, keepalive: int) -> Iterator[Service]:
    rpc = {"worker_threads": 1, "max_queue_size": 2, "keepalive": keepalive}
    service = shared.create(a_document("narrow", metadata={"rpc": rpc}))
    yield service
    service.delete()


def end(connection: HTTPConnection) -> int:
    with closing(connection):
        response = connection.getresponse()
        response.read()
        return response.status


def heard_to_the_end(service: Service, request: bytes, path: str = "/") -> bytes:
    """Everything that comes before the connection is closed from the other side."""
    head = f"POST /api/predict/{service.name}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: {service.token}\r\n"
    with closing(dial(service.emulator.port)) as connection:
        connection.sendall(head.encode() + request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@dataclass(frozen=True, slots=True)
class Line:
    """Those that an instance's sidecar has let in."""

    engine: docker.DockerClient
    pod: str

    def becomes(self, running: int, waiting: int = 0) -> None:
        what = f"{running} requests running and {waiting} waiting"
        eventually(lambda: self._counted() == (running, waiting), within=5, what=what)

    def _counted(self) -> tuple[float, float]:
        names = ("requests_in_flight", "requests_waiting")
        running, waiting = (metrics.of_sidecar(self.engine, self.pod, name) for name in names)
        return running, waiting


def is_ours(reply: Reply) -> bool:
    """An error that cannot be taken for the container's own answer."""
    return "x-eas-request-id" in reply.headers


# -- 450 ----------------------------------------------------------------------------------------------------------


def test_workers_and_queue_are_filled_in_order_and_the_next_hears_450(narrow: Service, engine: docker.DockerClient):
    line = Line(engine, narrow.pod)
    connections = []
    for place, seconds in enumerate((1, 0, 0)):
        connections.append(narrow.begin("/eval", f"[MEMORY.append({place}), time.sleep({seconds})]".encode()))
        line.becomes(running=1, waiting=place)

    refused = heard_to_the_end(narrow, b"Content-Length: 4\r\n\r\nbody")

    assert refused.startswith(b"HTTP/1.1 450 ")
    assert b"connection: close" in refused.lower()
    assert b"x-eas-request-id: " in refused
    assert [end(connection) for connection in connections] == [200, 200, 200]
    assert narrow.ask("MEMORY") == [0, 1, 2]


def test_an_image_service_without_worker_threads_takes_as_many_as_come(free: Service, engine: docker.DockerClient):
    connections = [free.begin("/sleep?s=3") for _ in range(100)]

    Line(engine, free.pod).becomes(running=100)

    assert Counter(end(connection) for connection in connections) == {200: 100}


# -- 408 ----------------------------------------------------------------------------------------------------------


def test_keepalive_counts_receiving_queueing_and_computing(hurried: Service):
    assert _is_408(heard_to_the_end(hurried, b"Content-Length: 10\r\n\r\nhal"))

    computing = hurried.begin("/until_left")
    queueing = hurried.begin("/until_left")

    assert (end(computing), end(queueing)) == (408, 408)
    assert _is_408(heard_to_the_end(hurried, b"Content-Length: 0\r\n\r\n", "/until_left"))
    eventually(lambda: set(hurried.ask("MEMORY")) == {"left"}, within=5, what="the container hearing that nobody waits")


def _is_408(heard: bytes) -> bool:
    return heard.startswith(b"HTTP/1.1 408 ") and b"connection: close" in heard.lower()


def test_an_answer_that_has_begun_is_cut_off_by_keepalive(hurried: Service):
    with closing(hurried.begin("/ticks?n=100&pause=0.1")) as connection:
        response = connection.getresponse()
        assert response.status == 200
        with pytest.raises((IncompleteRead, ConnectionResetError)):
            response.read()


# -- 429 ----------------------------------------------------------------------------------------------------------


def test_rate_limit_counts_for_each_instance(shared: Emulator):
    service = shared.create(a_document("rated", instance=2, metadata={"rpc.rate_limit": 1}))

    replies = [service.call() for _ in range(8)]

    assert Counter(reply.status for reply in replies) == {200: 2, 429: 6}
    assert {reply.text for reply in replies if reply.status == 429} == {"Too Many Requests"}
    assert all(is_ours(reply) and "connection" not in reply.headers for reply in replies if reply.status == 429)


def test_the_gateways_policy_counts_for_all_instances_together(shared: Emulator):
    policy = {"rate_limit": {"enable": True, "limit": 3}}
    service = shared.create(a_document("metered", instance=2, networking={"gateway_policy": policy}))

    statuses = Counter(service.call().status for _ in range(8))

    assert statuses == {200: 3, 429: 5}
    assert metrics.of_gateway(service, "requests_total", code="429") == 5


def test_the_gateway_lets_so_many_in_at_once(shared: Emulator):
    policy = {"concurrency_limit": {"enable": True, "limit": 1}}
    service = shared.create(a_document("single", instance=2, networking={"gateway_policy": policy}))
    first = service.begin("/sleep?s=1")
    eventually(lambda: metrics.of_gateway(service, "requests_in_flight") == 1, within=5, what="the first")

    assert service.call().status == 429
    assert end(first) == 200
    assert service.call().status == 200


# -- clients that leave -------------------------------------------------------------------------------------------


def test_a_client_that_leaves_is_a_499_and_the_container_hears_of_it(free: Service, engine: docker.DockerClient):
    pod = free.pod
    with closing(free.begin("/until_left?secret=1")):
        Line(engine, pod).becomes(running=1)

    eventually(lambda: free.ask("MEMORY") == ["left"], within=5, what="the end of the container's connection")
    assert metrics.of_sidecar(engine, pod, "requests_total", code="499") == 1
    assert metrics.of_gateway(free, "requests_total", code="499", instance=pod) == 1
    said = engine.containers.get(pod).logs().decode()
    assert "[WARN] connection is closed: End of file" in said
    assert re.search(r"GET /api/predict/free/until_left\?secret=\*\*\* 499 ", said)


# -- broken answers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_container_that_hangs_up_before_its_answer_is_a_503(free: Service, method: str):
    reply = free.call("/raw", method=method)

    assert (reply.status, reply.body) == (503, CUT_OFF)
    assert is_ours(reply)


def test_an_answer_that_is_not_http_is_a_502(free: Service):
    reply = free.call("/raw", method="POST", body=b"SSH-2.0-OpenSSH_9.6\r\n")

    assert reply.status == 502
    assert is_ours(reply)


def test_errors_of_the_container_are_its_own(free: Service):
    own = b"HTTP/1.1 503 Mine\r\nContent-Length: 4\r\n\r\nmine"

    reply = free.call("/raw", method="POST", body=own)

    assert (reply.status, reply.body) == (503, b"mine")
    assert not is_ours(reply)


def test_an_answer_that_breaks_off_reaches_nobody_as_a_whole_one(free: Service):
    broken = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"

    with pytest.raises((IncompleteRead, ConnectionResetError)):
        free.call("/raw", method="POST", body=broken)


# -- what can be asked for ----------------------------------------------------------------------------------------


def test_times_are_told_to_whom_asks_for_them(free: Service):
    asked = free.call("/sleep?s=0.1", headers={"Prefer": "server-timing"})

    queue, upstream = re.fullmatch(
        r"queue;dur=([\d.]+), upstream;dur=([\d.]+)", asked.headers["server-timing"]
    ).groups()
    assert float(queue) < 50
    assert float(upstream) >= 100
    assert "server-timing" not in free.call().headers


def test_a_websocket_stays_open_beyond_keepalive_and_has_a_worker_of_its_own(shared: Emulator):
    container = a_container(
        command="python /mnt/programs/chat_server.py", prepare={"pythonRequirements": ["websockets"]}
    )
    rpc = {"worker_threads": 1, "max_queue_size": 0, "keepalive": 500}
    service = shared.create(a_document("chat", container, metadata={"rpc": rpc}), within=150)
    address = f"ws://{HOST}:{shared.port}/api/predict/chat/room?x=1"
    words = [made_environment(), HERE / "programs" / "chat.py", address, service.token, "1"]

    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout
        assert client.stdout.readline() == "/room?x=1 first\n"
        assert service.call().status == 450
        rest, _ = client.communicate(timeout=10)

    assert rest == "/room?x=1 second\n"
    assert service.call().status == 426  # what the server itself says to a request that is none of its own
