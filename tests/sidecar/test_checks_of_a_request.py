"""Who may pass, and what the container sees of those who do."""

import hashlib
import hmac
from base64 import b64encode
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from eas_local.core.wire import Target
from tests.net import answering, ask, dial, echo, ok
from tests.sidecar.pods import a_config, a_pod, a_ready_pod, limited


async def test_a_request_reaches_the_container_without_the_prefix(tmp_path):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        answer = await pod.ask("/api/predict/demo/v1/x?a=%2F", method="POST", body=b"hello")

    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers["x-asked"] == "POST /v1/x?a=%2F"


@pytest.mark.parametrize(
    ("target", "inner"),
    [
        ("/api/predict/demo", "/"),
        ("/api/predict/another-name/v1", "/v1"),
        ("/api/predict/demo?x=1", "/?x=1"),
        ("/test", "/test"),
        ("/api/builtin/ping", "/api/builtin/ping"),
    ],
)
async def test_any_first_segment_is_taken_and_other_paths_pass_as_they_are(tmp_path, target, inner):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        assert (await pod.ask(target)).headers["x-asked"] == f"GET {inner}"


async def test_a_request_for_another_instance_is_refused_before_its_body(tmp_path):
    head = b"POST / HTTP/1.1\r\nHost: x\r\nx-eas-instance: other\r\nContent-Length: 100000000\r\n\r\n"
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        answer = await ask(pod.traffic, head)

    assert (answer.status, answer.headers["x-eas-refused"]) == (421, "instance")
    assert container.requests == []


async def test_a_request_for_this_instance_passes_and_the_container_sees_nothing_of_ours(tmp_path):
    data = ok(b"", "x-eas-refused: gate", "X-Mine: 1")
    async with answering(lambda _: data) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        answer = await pod.ask("/api/predict/demo", "x-eas-instance: demo-1", "x-eas-other: 1")

    assert not [name for name in container.requests[-1].headers if name.startswith("x-eas-")]
    assert "x-eas-refused" not in answer.headers
    assert answer.headers["x-mine"] == "1"


async def test_while_the_container_is_not_ready_the_gate_is_shut(tmp_path):
    async with answering(echo) as container:
        port = container.port
    async with a_pod(a_config(port), tmp_path) as pod:
        answer = await pod.ask()

    assert (answer.status, answer.body) == (503, b"no healthy upstream")
    assert answer.headers["x-eas-refused"] == "gate"


async def test_the_instance_comes_before_the_gate_and_the_gate_before_the_token(tmp_path):
    async with answering(echo) as container:
        port = container.port
    async with a_pod(a_config(port, tokens=("t",)), tmp_path) as pod:
        assert (await pod.ask("/", "x-eas-instance: other")).status == 421
        assert (await pod.ask("/")).status == 503


def signed(token: str, body: bytes, path: str, content_type: str = "application/json") -> list[str]:
    """The headers the official Python client sends."""
    md5, date = hashlib.md5(body).hexdigest(), "Tue, 20 Oct 2026 10:00:00 GMT"
    text = "\n".join(("POST", md5, content_type, date, path)).strip()
    signature = b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
    return [f"Content-MD5: {md5}", f"Date: {date}", f"Content-Type: {content_type}", f"Authorization: EAS {signature}"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (["Authorization: blue"], 200),
        (["Authorization: Bearer green"], 200),
        (["Authorization: bearer  green"], 200),
        (signed("green", b"hello", "/api/predict/demo/v1"), 200),
        (signed("green", b"hello", "/api/predict/other"), 401),
        (signed("red", b"hello", "/api/predict/demo/v1"), 401),
        (["Authorization: Basic blue"], 401),
        (["Authorization: "], 401),
        ([], 401),
    ],
)
async def test_one_of_several_tokens_opens_in_any_of_its_forms(tmp_path, headers, status):
    async with answering(echo) as container:
        config = a_config(container.port, tokens=("blue", "green"))
        async with a_ready_pod(config, tmp_path) as pod:
            answer = await pod.ask("/api/predict/demo/v1", *headers, method="POST", body=b"hello")

    assert answer.status == status
    assert len(container.requests) == (status == 200)


async def test_the_rate_is_kept_per_instance(tmp_path):
    async with answering(echo) as container, a_ready_pod(limited(container.port, rate_limit=3), tmp_path) as pod:
        answers = [await pod.ask() for _ in range(4)]

    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].body == b"Too Many Requests"


async def test_a_new_configuration_is_no_new_allowance_unless_it_changes_the_rate(tmp_path):
    async with answering(echo) as container:
        config = limited(container.port, rate_limit=0.1)
        async with a_ready_pod(config, tmp_path) as pod:
            assert [(await pod.ask()).status for _ in range(2)] == [200, 429]
            await pod.put(replace(config, n=2, tokens=("t",)))
            assert (await pod.ask("/", "Authorization: t")).status == 429
            await pod.put(replace(limited(container.port, rate_limit=0.2), n=3))
            assert (await pod.ask()).status == 200


async def test_an_answer_of_ours_cannot_be_forged(tmp_path):
    """An answer of ours has an id; one of the container never does, whatever it sends."""
    data = ok(b"", "x-eas-request-id: forged")
    async with AsyncExitStack() as stack:
        container = await stack.enter_async_context(answering(lambda _: data))
        pod = await stack.enter_async_context(a_ready_pod(a_config(container.port, tokens=("t",)), tmp_path))
        theirs, ours = await pod.ask("/", "Authorization: t"), await pod.ask("/")

    assert "x-eas-request-id" not in theirs.headers
    assert len(ours.headers["x-eas-request-id"]) == 32


async def test_the_container_is_looked_for_at_the_pods_own_address_only(tmp_path):
    """With 127.0.0.2 for its own, a server on 127.0.0.1 is not found: as in the cloud."""
    async with answering(echo) as container, a_pod(a_config(container.port), tmp_path, host="127.0.0.2") as pod:
        state = await pod.until(lambda state: state.listeners)

    assert state.unready == (("worker0", f"port {container.port} is open on 127.0.0.1 only; listen on 0.0.0.0"),)
    assert not state.ready


async def test_an_expecting_client_is_refused_without_being_told_to_go_on(tmp_path):
    head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    async with AsyncExitStack() as stack:
        container = await stack.enter_async_context(answering(echo))
        pod = await stack.enter_async_context(a_ready_pod(a_config(container.port, tokens=("t",)), tmp_path))
        client = await stack.enter_async_context(dial(pod.traffic))
        await client.send(head)
        assert (await client.message()).status == 401
        assert await client.rest() == b""


async def test_a_draining_instance_says_so(tmp_path):
    async with answering(echo) as container, a_ready_pod(a_config(container.port), tmp_path) as pod:
        await pod.put(replace(a_config(container.port), n=2, draining_since=1000.0))
        answer = await pod.ask()

    assert (answer.status, answer.headers["x-eas-refused"]) == (503, "draining")


async def test_traffic_goes_to_the_first_target_and_follows_its_port(tmp_path):
    async with answering(lambda _: ok(b"old")) as old, answering(lambda _: ok(b"new")) as new:
        config = a_config(old.port, targets=(Target("worker0", 0, old.port), Target("worker1", 0, new.port)))
        async with a_ready_pod(config, tmp_path) as pod:
            assert (await pod.ask()).body == b"old"
            await pod.put(replace(config, n=2, targets=config.targets[::-1]))
            await pod.ready()
            assert (await pod.ask()).body == b"new"
