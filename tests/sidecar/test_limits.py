"""Queue, deadline, and clients that leave, over real connections."""

import asyncio
from contextlib import AsyncExitStack
from socket import SO_LINGER, SOL_SOCKET
from struct import pack

import pytest

from tests.net import answering, dial, eventually, talking
from tests.sidecar.containers import a_slow_container
from tests.sidecar.pods import GET, a_ready_pod, limited, queued


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


async def test_five_run_sixty_four_wait_and_the_next_gets_450(tmp_path):
    async with a_slow_container() as (port, go, log), AsyncExitStack() as stack:
        pod = await stack.enter_async_context(a_ready_pod(limited(port, worker_threads=5), tmp_path))
        clients = [await stack.enter_async_context(dial(pod.traffic)) for _ in range(69)]
        for client in clients:
            await client.send(GET)
        await pod.counts(in_flight=5, waiting=64)
        assert (await pod.ask()).status == 450
        for _ in clients:
            go.release()
        assert [(await client.message()).status for client in clients] == [200] * 69

    assert len(log) == 69


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


async def test_a_waiter_with_a_large_body_gives_it_up_too(tmp_path):
    async with (
        a_slow_container() as (port, go, _),
        a_ready_pod(limited(port, worker_threads=1, max_queue_size=1), tmp_path) as pod,
        AsyncExitStack() as stack,
    ):
        await queued(pod, stack, 0)
        async with dial(pod.traffic) as waiter:
            await waiter.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n", b"x" * 1_000_000)
            await pod.counts(in_flight=1, waiting=1)
        await pod.counts(in_flight=1, waiting=0)
        go.release()


async def test_a_client_that_is_reset_while_it_is_not_read_frees_the_slot(tmp_path):
    over = asyncio.Event()

    async def never_read(wire):
        await wire.until(b"\r\n\r\n")
        await over.wait()

    async with talking(never_read) as container, a_ready_pod(limited(container.port), tmp_path) as pod:
        async with dial(pod.traffic) as client:
            client.writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n" + b"x" * 30_000_000)
            await pod.counts(in_flight=1)
            client.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
            client.reset()
        await pod.counts(in_flight=0)
        over.set()


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
        await eventually(lambda: " 408 " in pod.out.getvalue(), "the line is written")

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
