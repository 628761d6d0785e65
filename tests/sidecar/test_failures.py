"""What a client hears when its container fails, and what of the container's own answers it hears unchanged."""

from contextlib import AsyncExitStack

import pytest

from tests.net import answering, echo, talking
from tests.sidecar.pods import a_config, a_ready_pod

BROKEN = b"upstream connect error or disconnect/reset before headers. reset reason: "


@pytest.mark.parametrize(
    ("data", "status", "body"),
    [
        (b"", 503, BROKEN + b"connection termination"),
        (b"HTTP/1.1 200", 503, BROKEN + b"connection termination"),
        (b"garbage\r\n\r\n", 502, b"Bad Gateway"),
    ],
)
async def test_an_answer_that_is_none_is_503_or_502(tmp_path, data, status, body):
    async def talk(wire):
        await wire.message()
        await wire.send(data)

    async with talking(talk) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        answer = await pod.ask()

    assert (answer.status, answer.body) == (status, body)
    assert len(answer.headers["x-eas-request-id"]) == 32
    assert "x-eas-refused" not in answer.headers


async def test_a_container_that_takes_no_connection_lets_another_instance_try(tmp_path):
    async with AsyncExitStack() as stack:
        async with answering(echo) as container:
            pod = await stack.enter_async_context(a_ready_pod(a_config(container.port), tmp_path))
        answer = await pod.ask()
        metrics = (await pod.control_("GET /metrics")).body

    assert (answer.status, answer.body) == (503, BROKEN + b"connection failure")
    assert answer.headers["x-eas-refused"] == "gate"
    assert b'eas_upstream_connect_failures_total{service="demo",instance="demo-1"} 1\n' in metrics


@pytest.mark.parametrize("status", [400, 404, 405, 408, 429, 450, 500, 503])
async def test_the_containers_own_statuses_pass_as_they_are(tmp_path, status):
    data = b"HTTP/1.1 %d Of Theirs\r\nContent-Length: 4\r\nAllow: GET\r\n\r\nmine" % status
    async with answering(lambda _: data) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        answer = await pod.ask()

    assert (answer.start, answer.body) == (f"HTTP/1.1 {status} Of Theirs", b"mine")
    assert answer.headers["allow"] == "GET"
    assert "connection" not in answer.headers
    assert not [name for name in answer.headers if name.startswith("x-eas-")]
