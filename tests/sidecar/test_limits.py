"""Queue, deadline, and clients that leave, over real connections."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from tests.net import answering, dial, echo, eventually, ok, talking
from tests.sidecar.pods import a_config, a_ready_pod, limited

GET = b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def a_slow_container():
    """Answers a request each time `go` is released; `log` lists the targets in the order they came."""
    go, log = asyncio.Semaphore(0), []

    async def talk(wire):
        while True:
            request = await wire.message()
            log.append(request.target)
            await go.acquire()
            await wire.send(ok(b"done"))

    async with talking(talk) as server:
        yield server.port, go, log


async def queued(pod, stack: AsyncExitStack, number: int):
    """A client whose request is in line; the sidecar has seen it."""
    client = await stack.enter_async_context(dial(pod.traffic))
    await client.send(GET.replace(b"demo", b"demo/%d" % number))
    await pod.counts(in_flight=1, waiting=number)
    return client


async def test_one_runs_two_wait_and_the_next_gets_450_and_a_closed_connection(tmp_path):
    async with a_slow_container() as (port, go, log), AsyncExitStack() as stack:
        config = limited(port, worker_threads=1, max_queue_size=2)
        pod = await stack.enter_async_context(a_ready_pod(config, tmp_path))
        clients = [await queued(pod, stack, number) for number in range(3)]
        state = await pod.state(wait=0)
        async with dial(pod.traffic) as rejected:
            await rejected.send(GET)
            answer = await rejected.message()
            assert await rejected.rest() == b""
        for client in clients:
            go.release()
            assert (await client.message()).body == b"done"

    assert (state.in_flight, state.waiting) == (1, 2)
    assert (answer.status, answer.headers["connection"]) == (450, "close")
    assert "x-eas-refused" not in answer.headers
    assert log == ["/0", "/1", "/2"]


async def test_a_waiter_whose_client_leaves_gives_up_its_place_at_once(tmp_path):
    async with a_slow_container() as (port, go, log), AsyncExitStack() as stack:
        config = limited(port, worker_threads=1, max_queue_size=1)
        pod = await stack.enter_async_context(a_ready_pod(config, tmp_path))
        first = await queued(pod, stack, 0)
        leaving = await queued(pod, stack, 1)
        leaving.close()
        await pod.counts(in_flight=1)
        third = await queued(pod, stack, 1)
        for client in (first, third):
            go.release()
            assert (await client.message()).status == 200

    assert log == ["/0", "/1"]
    assert " 499 " in pod.out.getvalue()


async def test_a_client_that_leaves_while_it_runs_frees_the_slot(tmp_path):
    async with a_slow_container() as (port, go, _), AsyncExitStack() as stack:
        config = limited(port, worker_threads=1, max_queue_size=1)
        pod = await stack.enter_async_context(a_ready_pod(config, tmp_path))
        leaving = await queued(pod, stack, 0)
        waiting = await queued(pod, stack, 1)
        leaving.close()
        go.release()
        go.release()
        assert (await waiting.message()).status == 200
        metrics = (await pod.control_("GET /metrics")).body

    assert b'eas_requests_total{service="demo",code="499"} 1\n' in metrics


async def test_a_request_that_takes_too_long_gets_408_and_a_closed_connection(tmp_path):
    async with a_slow_container() as (port, _, _), a_ready_pod(limited(port, keepalive=0.05), tmp_path) as pod:
        async with dial(pod.traffic) as client:
            await client.send(GET)
            answer = await client.message()
            assert await client.rest() == b""
        assert (await pod.state()).in_flight == 0

    assert (answer.status, answer.headers["connection"]) == (408, "close")


async def test_waiting_counts_and_so_does_receiving(tmp_path):
    async with a_slow_container() as (port, _, _), AsyncExitStack() as stack:
        config = limited(port, worker_threads=1, max_queue_size=5, keepalive=0.3)
        pod = await stack.enter_async_context(a_ready_pod(config, tmp_path))
        clients = [await queued(pod, stack, number) for number in range(2)]
        slow = await stack.enter_async_context(dial(pod.traffic))
        await slow.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        statuses = [(await client.message()).status for client in (*clients, slow)]

    assert statuses == [408, 408, 408]


async def test_an_answer_that_has_begun_is_cut_at_the_deadline(tmp_path):
    async def talk(wire):
        await wire.message()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await wire.rest()

    async with talking(talk) as container, a_ready_pod(limited(container.port, keepalive=0.1), tmp_path) as pod:
        async with dial(pod.traffic) as client:
            await client.send(GET)
            whole = await client.rest()
        await eventually(lambda: container.open == 0, "the container's connection has ended")

    assert whole.endswith(b"half")


async def test_a_client_of_the_old_version_cannot_take_a_cut_answer_for_a_whole_one(tmp_path):
    async def talk(wire):
        await wire.message()
        await wire.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        await wire.rest()

    async with (
        talking(talk) as container,
        a_ready_pod(limited(container.port, keepalive=0.1), tmp_path) as pod,
        dial(pod.traffic) as client,
    ):
        await client.send(b"GET / HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            await client.rest()


async def test_a_tunnel_outlives_the_deadline_and_counts_as_running(tmp_path):
    async def talk(wire):
        await wire.until(b"\r\n\r\n")
        await wire.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        await wire.send(await wire.read(4))
        await wire.rest()

    wish = GET.replace(b"Host", b"Connection: Upgrade\r\nUpgrade: websocket\r\nHost")
    async with talking(talk) as container:
        config = limited(container.port, worker_threads=1, max_queue_size=0, keepalive=0.1)
        async with a_ready_pod(config, tmp_path) as pod, dial(pod.traffic) as client:
            await client.send(wish)
            assert (await client.message()).status == 101
            await asyncio.sleep(0.2)
            assert (await pod.ask()).status == 450
            await client.send(b"ping")
            assert await client.read(4) == b"ping"
            client.close()
            await pod.counts(in_flight=0)


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"garbage\r\n\r\n", 502), (b"", 503), (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", 500)],
)
async def test_the_slot_is_free_again_however_it_ends(tmp_path, data, status):
    async with answering(lambda _: data) as container:
        config = limited(container.port, worker_threads=1, max_queue_size=0)
        async with a_ready_pod(config, tmp_path) as pod:
            assert [(await pod.ask()).status for _ in range(3)] == [status] * 3


async def test_each_request_is_one_line_without_secrets(tmp_path):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        await pod.ask("/api/predict/demo/v1?key=hidden&b=2", "Authorization: hidden")
        await eventually(lambda: pod.out.getvalue().endswith("\n"), "the line is written")

    (line,) = pod.out.getvalue().splitlines()
    assert "GET /api/predict/demo/v1?key=***&b=*** 200 " in line
    assert "hidden" not in line
