"""One check of one container, and the words for how it went."""

import asyncio

import pytest

from eas_local.core.admission import Told
from eas_local.core.probe import Outcome
from eas_local.core.service import Check, CheckKind, HttpGet, Initialized, TcpSocket
from eas_local.core.wire import Target
from eas_local.sidecar import checks
from eas_local.sidecar.errands import Errands
from tests.net import answering, echo, ok, talking


def get(port: int, path: str = "/health", **fields: object) -> Check:
    return Check(CheckKind.LIVENESS, HttpGet(path, port), **fields)


async def outcome(check: Check, *ours: int) -> str:
    return (await whole_outcome(check, *ours)).failure


async def whole_outcome(check: Check, *ours: int) -> Outcome:
    return await checks.run(Target("worker0"), check, "127.0.0.1", Errands(lambda: None), ours)


def initialized(port: int) -> Check:
    return Check(CheckKind.READINESS, Initialized(port))


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (200, ""),
        (204, ""),
        (302, ""),
        (399, ""),
        (400, "HTTP probe failed with statuscode: 400"),
        (500, "HTTP probe failed with statuscode: 500"),
    ],
)
async def test_statuses_from_200_to_399_pass(status, failure):
    data = b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status
    async with answering(lambda _: data) as container:
        assert await outcome(get(container.port)) == failure

    assert container.requests[0].start == "GET /health HTTP/1.1"


@pytest.mark.parametrize("check", [get(8080), Check(CheckKind.READINESS, TcpSocket(8080))])
async def test_the_programs_own_ports_are_nobody_elses(check):
    assert (
        await outcome(check, 8080, 9090)
        == "port 8080 belongs to EAS's engine in the instance; let the container listen on another"
    )


async def test_https_to_a_plain_server_is_told_as_what_it_is():
    async with talking(lambda wire: wire.send(b"HTTP/1.1 400 X\r\n\r\n")) as container:
        said = await outcome(Check(CheckKind.READINESS, HttpGet("/", container.port, "HTTPS")))
    assert ": tls: " in said


async def test_interim_answers_are_not_the_answer():
    data = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"
    async with answering(lambda _: data) as container:
        assert await outcome(get(container.port)) == "HTTP probe failed with statuscode: 500"


async def test_nobody_listening_is_told_with_the_address():
    async with answering(echo) as container:
        port = container.port

    assert await outcome(get(port)) == f'Get "http://127.0.0.1:{port}/health": connect: connection refused'
    tcp = Check(CheckKind.READINESS, TcpSocket(port))
    assert await outcome(tcp) == f"dial tcp 127.0.0.1:{port}: connect: connection refused"


async def test_a_port_that_takes_connections_passes():
    async with answering(echo) as container:
        assert await outcome(Check(CheckKind.READINESS, TcpSocket(container.port))) == ""


async def test_silence_is_a_failure_after_the_timeout():
    async with talking(lambda wire: wire.rest()) as container:
        failure = await outcome(get(container.port, timeout=0.05))

    assert failure.endswith('/health": no answer within 0.05s')


@pytest.mark.parametrize(
    ("data", "failure"),
    [(b"garbage\r\n\r\n", "the answer is not HTTP"), (b"", "the connection was closed before an answer")],
)
async def test_what_is_no_answer_is_a_failure(data, failure):
    async with answering(lambda _: data) as container:
        assert (await outcome(get(container.port))).endswith(failure)


async def test_a_processors_host_says_how_many_workers_it_has():
    async with answering(lambda _: ok(b'{"worker_threads": 4, "new": 1}')) as host:
        assert await whole_outcome(initialized(host.port)) == Outcome(told=Told(4))


async def test_a_processors_host_tells_the_limits_that_its_code_has_set_in_milliseconds():
    async with answering(lambda _: ok(b'{"worker_threads": 4, "keepalive": 10000, "max_queue_size": 0}')) as host:
        assert await whole_outcome(initialized(host.port)) == Outcome(told=Told(4, keepalive=10, max_queue_size=0))

    assert host.requests[0].start == "GET / HTTP/1.1"


async def test_a_host_is_tried_until_it_is_there_and_waited_for_until_it_answers():
    asked, ready = asyncio.Event(), asyncio.Event()

    async def talk(wire):
        await wire.message()
        asked.set()
        await ready.wait()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n", b'{"worker_threads"', b": 4} ")

    async with talking(talk) as gone:
        port = gone.port
    waiting = asyncio.create_task(whole_outcome(initialized(port)))
    await asyncio.sleep(0.01)
    async with talking(talk, port) as host:
        await asked.wait()
        assert not waiting.done()
        ready.set()
        assert await waiting == Outcome(told=Told(4))

    assert host.connections == 1


async def test_a_host_that_goes_without_an_answer_is_waited_for_again():
    answers = [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", ok(b'{"worker_threads": 4}')]

    async def talk(wire):
        await wire.message()
        await wire.send(answers.pop(0))

    async with talking(talk) as host:
        assert await whole_outcome(initialized(host.port)) == Outcome(told=Told(4))


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (503, b'{"failure": "the warm-up request failed"}', "the warm-up request failed"),
        (503, b"[]", "the processor's host has answered with status 503 and nothing that can be understood"),
        (200, b"[]", "the processor's host has answered with status 200 and nothing that can be understood"),
        (200, b"hello", "the processor's host has answered with status 200 and nothing that can be understood"),
    ],
)
async def test_a_host_that_never_gets_ready_says_why(status, body, failure):
    data = ok(body).replace(b"200", b"%d" % status)
    async with answering(lambda _: data) as host:
        assert await outcome(initialized(host.port)) == failure
