"""What is told of each request: its line in the log, its share of the metrics, and to the client that asks its times."""

import json
import re
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from eas_local.core.log_format import LogFormat
from tests.net import answering, ask, dial, echo, eventually, ok
from tests.sidecar.containers import a_container_that_pauses, a_slow_container
from tests.sidecar.pods import GET, a_config, a_ready_pod, limited, queued

TIMES = re.compile(r"queue;dur=(\d+\.\d), upstream;dur=(\d+\.\d)")


async def lines(pod, count: int) -> list[str]:
    await eventually(lambda: pod.out.getvalue().count("\n") >= count, f"{count} lines are written")
    return pod.out.getvalue().splitlines()


async def test_each_request_is_one_line_without_secrets(tmp_path):
    async with answering(echo) as container, a_ready_pod(a_config(container.port, tokens=("hidden",)), tmp_path) as pod:
        await pod.ask("/api/predict/demo/v1?key=hidden&b=2", "Authorization: hidden", method="POST", body=b"hello")
        (line,) = await lines(pod, 1)

    assert re.fullmatch(
        r"\S+Z demo demo-1 POST /api/predict/demo/v1\?key=\*\*\*&b=\*\*\* 200"
        r" \d+\.\dms queue=\d+\.\dms upstream=\d+\.\dms in=5 out=\d{2,} id=[0-9a-f]{32}",
        line,
    )


async def test_the_line_has_the_id_that_an_answer_of_ours_has(tmp_path):
    async with answering(echo) as container, a_ready_pod(a_config(container.port, tokens=("t",)), tmp_path) as pod:
        refused = await pod.ask()
        (line,) = await lines(pod, 1)

    assert line.endswith(f" id={refused.headers['x-eas-request-id']}")
    assert " 401 " in line


async def test_the_configuration_decides_about_the_format(tmp_path):
    async with answering(echo) as container:
        config = a_config(container.port, log_format=LogFormat.JSON)
        async with a_ready_pod(config, tmp_path) as pod:
            await pod.ask()
            (first,) = await lines(pod, 1)
            await pod.put(replace(config, n=2, log_format=LogFormat.TEXT))
            await pod.ask()
            _, second = await lines(pod, 2)

    told = json.loads(first)
    assert (told["service"], told["instance"], told["code"]) == ("demo", "demo-1", 200)
    assert " demo demo-1 GET " in second


async def test_a_request_that_cannot_be_read_is_told_of_too(tmp_path):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        refused = await ask(pod.traffic, b"GET / HTTP/1.1\r\n\r\n")
        (line,) = await lines(pod, 1)

    assert " demo demo-1 - - 400 " in line
    assert line.endswith(f" id={refused.headers['x-eas-request-id']}")


async def test_a_body_that_cannot_be_read_is_no_client_that_left(tmp_path):
    async with (
        a_slow_container() as (port, _, _),
        a_ready_pod(a_config(port), tmp_path) as pod,
        dial(pod.traffic) as client,
    ):
        await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        await pod.counts(in_flight=1)
        await client.send(b"zz\r\n")
        refused = await client.message()
        (line,) = await lines(pod, 1)

    assert refused.status == 400
    assert " 400 " in line
    assert line.endswith(f" id={refused.headers['x-eas-request-id']}")


async def test_a_client_that_leaves_before_its_answer_is_told_of_in_eas_words(tmp_path):
    async with a_slow_container() as (port, _, _), AsyncExitStack() as stack:
        pod = await stack.enter_async_context(a_ready_pod(limited(port, worker_threads=1), tmp_path))
        running, waiting = await queued(pod, stack, 0), await queued(pod, stack, 1)
        waiting.close()
        await pod.counts(in_flight=1)
        running.close()
        told = await lines(pod, 4)
        metrics = (await pod.control_("GET /metrics")).body

    assert [line.split(" ", 1)[1] for line in told[::2]] == ["[WARN] connection is closed: End of file"] * 2
    assert "/api/predict/demo/1 499 " in told[1]
    assert "upstream=0.0ms" in told[1]
    assert "/api/predict/demo/0 499 " in told[3]
    assert b'eas_requests_total{service="demo",instance="demo-1",code="499"} 2\n' in metrics


async def test_a_client_that_leaves_in_the_middle_of_its_answer_is_told_of_in_other_words(tmp_path):
    async with a_container_that_pauses() as (container, _), a_ready_pod(a_config(container.port), tmp_path) as pod:
        async with dial(pod.traffic) as client:
            await client.send(GET)
            await client.until(b"half")
        warning, line = await lines(pod, 2)

    assert warning.endswith(" [WARN] Write an Invalid stream: End of file")
    assert " 499 " in line


async def test_metrics_add_up(tmp_path):
    of = 'service="demo",instance="demo-1"'
    async with a_slow_container() as (port, go, _), AsyncExitStack() as stack:
        pod = await stack.enter_async_context(a_ready_pod(limited(port, worker_threads=1, max_queue_size=1), tmp_path))
        clients = [await queued(pod, stack, number) for number in range(2)]
        await pod.ask(method="POST", body=b"hello")
        during = (await pod.control_("GET /metrics")).body.decode()
        for client in clients:
            go.release()
            await client.message()
        after = (await pod.control_("GET /metrics")).body.decode()

    assert f"eas_requests_in_flight{{{of}}} 1\n" in during
    assert f"eas_requests_waiting{{{of}}} 1\n" in during
    assert f"eas_instance_ready{{{of}}} 1\n" in during
    assert f'eas_requests_total{{{of},code="450"}} 1\n' in during
    assert f'eas_requests_total{{{of},code="200"}} 2\n' in after
    assert f'eas_request_duration_seconds_bucket{{{of},le="+Inf"}} 3\n' in after
    assert f"eas_request_queue_duration_seconds_count{{{of}}} 3\n" in after
    assert re.search(rf"eas_sent_bytes_total{{{of}}} \d{{3}}\n", after)


@pytest.mark.parametrize("prefer", ["Prefer: server-timing", "prefer: respond-async, Server-Timing"])
async def test_a_client_that_prefers_it_hears_where_its_time_went(tmp_path, prefer):
    async with a_slow_container() as (port, go, _), AsyncExitStack() as stack:
        pod = await stack.enter_async_context(a_ready_pod(limited(port, worker_threads=1), tmp_path))
        first = await queued(pod, stack, 0)
        asking = await stack.enter_async_context(dial(pod.traffic))
        await asking.send(GET.replace(b"Host", prefer.encode() + b"\r\nHost"))
        await pod.counts(in_flight=1, waiting=1)
        go.release()
        go.release()
        unasked, asked = await first.message(), await asking.message()

    queue, upstream = map(float, TIMES.fullmatch(asked.headers["server-timing"]).groups())
    assert queue > 0
    assert upstream >= 0
    assert "server-timing" not in unasked.headers


async def test_it_hears_of_them_with_an_answer_of_ours_too(tmp_path):
    async with a_slow_container() as (port, go, _), a_ready_pod(limited(port, keepalive=0.05), tmp_path) as pod:
        late = await pod.ask("/", "Prefer: server-timing")
        go.release()

    assert late.status == 408
    assert float(TIMES.fullmatch(late.headers["server-timing"])[2]) > 40


async def test_the_containers_own_times_stay(tmp_path):
    data = ok(b"", "Server-Timing: model;dur=1")
    async with (
        answering(lambda _: data) as container,
        a_ready_pod(a_config(container.port), tmp_path) as pod,
        dial(pod.traffic) as client,
    ):
        await client.send(GET.replace(b"Host", b"Prefer: server-timing\r\nHost"))
        head = (await client.message()).raw

    assert head.count(b"Server-Timing: ") == 2
    assert b"Server-Timing: model;dur=1\r\n" in head
