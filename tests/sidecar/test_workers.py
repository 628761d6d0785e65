"""A processor's worker is busy until its call has ended, whatever the client does."""

import asyncio
from dataclasses import replace

from tests.net import dial, eventually, talking
from tests.sidecar.containers import a_container_that_pauses, a_slow_container
from tests.sidecar.pods import GET, a_ready_pod, limited


def a_processor(port: int, keepalive: float = 5):
    """With one worker, and no queue."""
    return limited(port, worker_threads=1, workers_finish=True, max_queue_size=0, keepalive=keepalive)


async def leave_while_it_runs(pod) -> None:
    async with dial(pod.traffic) as client:
        await client.send(GET)
        await pod.counts(in_flight=1)
    await eventually(lambda: " 499 " in pod.out.getvalue(), "the line is written")


async def test_a_client_that_leaves_does_not_free_the_worker(tmp_path):
    async with a_slow_container() as (port, go, _), a_ready_pod(a_processor(port), tmp_path) as pod:
        await leave_while_it_runs(pod)
        assert (await pod.ask()).status == 450
        go.release()
        await pod.counts(in_flight=0)
        go.release()
        assert (await pod.ask()).status == 200
        assert pod.out.getvalue().count(" 499 ") == 1


async def test_a_client_is_told_of_its_deadline_at_once_and_stuck_workers_mean_450(tmp_path):
    async with a_slow_container() as (port, go, _), a_ready_pod(a_processor(port, keepalive=0.2), tmp_path) as pod:
        assert [(await pod.ask()).status for _ in range(3)] == [408, 450, 450]
        go.release()
        await pod.counts(in_flight=0)
        go.release()
        assert (await pod.ask()).status == 200


async def test_a_worker_that_had_begun_to_answer_is_busy_until_it_has_ended(tmp_path):
    async with (
        a_container_that_pauses() as (container, go),
        a_ready_pod(a_processor(container.port, keepalive=0.05), tmp_path) as pod,
    ):
        async with dial(pod.traffic) as client:
            await client.send(GET)
            assert (await client.rest()).endswith(b"half")
        assert (await pod.ask()).status == 450
        go.release()
        await pod.counts(in_flight=0)
        assert container.open == 1


async def test_a_worker_that_died_is_busy_no_longer(tmp_path):
    die = asyncio.Event()

    async def talk(wire):
        await wire.message()
        await die.wait()

    async with talking(talk) as container, a_ready_pod(a_processor(container.port), tmp_path) as pod:
        await leave_while_it_runs(pod)
        die.set()
        await pod.counts(in_flight=0)


async def test_a_call_that_was_not_sent_wholly_never_was_a_workers(tmp_path):
    async with a_slow_container() as (port, _, log), a_ready_pod(a_processor(port), tmp_path) as pod:
        async with dial(pod.traffic) as client:
            await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
            await pod.counts(in_flight=1)
        await pod.counts(in_flight=0)

    assert log == []


async def test_draining_waits_for_a_worker_whose_client_has_left(tmp_path):
    async with a_slow_container() as (port, go, _), a_ready_pod(a_processor(port), tmp_path) as pod:
        await leave_while_it_runs(pod)
        await pod.put(replace(a_processor(port), n=2, draining_since=5.0))
        draining = await pod.state()
        waiting = asyncio.create_task(pod.state(after=draining.version))
        go.release()
        drained = await waiting

    assert (draining.in_flight, drained.in_flight) == (1, 0)


async def test_nobody_gets_the_answer_that_a_client_did_not_wait_for(tmp_path):
    """The connection to the container is used again, from the next answer on."""
    async with a_slow_container() as (port, go, log), a_ready_pod(a_processor(port), tmp_path) as pod:
        await leave_while_it_runs(pod)
        go.release()
        await pod.counts(in_flight=0)
        go.release()
        answer = await pod.ask("/api/predict/demo/next")

    assert (answer.status, answer.body) == (200, b"done")
    assert log == ["/", "/next"]
