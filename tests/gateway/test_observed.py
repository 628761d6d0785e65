"""What is told of requests: metrics, and a line for each."""

import json

from tests.gateway.doors import a_closed_port, a_gateway, an_entry
from tests.net import answering, ask, dial, echo, eventually, talking

TOTAL = "eas_gateway_requests_total"


async def test_requests_are_counted_by_service_instance_and_code():
    async with answering(echo) as one, a_gateway(an_entry(one.port)) as door:
        await door.ask(body=b"hello")
        await door.ask(body=b"hello")
        await door.publish(an_entry(await a_closed_port()), n=2)
        await door.ask()

        assert await door.metric(TOTAL, service="demo", instance=f"demo-{one.port}", code="200") == 2
        assert await door.metric(TOTAL, service="demo", code="503") == 1
        assert await door.metric("eas_gateway_requests_in_flight", service="demo") == 0
        assert await door.metric("eas_gateway_request_duration_seconds_count", service="demo") == 3
        assert await door.metric("eas_gateway_request_duration_seconds_bucket", service="demo", le="+Inf") == 3
        assert await door.metric("eas_gateway_received_bytes_total", service="demo") == 10
        assert await door.metric("eas_gateway_sent_bytes_total", service="demo") > 10


async def test_unknown_services_are_counted_together():
    async with a_gateway() as door:
        await door.ask("/api/predict/one")
        await door.ask("/api/predict/two")

        assert await door.metric(TOTAL, service="", code="404") == 2
        assert await door.metric(TOTAL, service="one") == 0


async def test_what_cannot_be_read_is_counted_with_them():
    async with a_gateway() as door:
        assert (await ask(door.port, b"GET / HTTP/1.1\r\n\r\n")).status == 400

        assert await door.metric(TOTAL, service="", code="400") == 1


async def test_a_service_that_is_gone_is_counted_no_more():
    async with answering(echo) as one, a_gateway(an_entry(one.port)) as door:
        await door.ask()
        await door.publish(n=2)

        assert await door.metric(TOTAL) == 0


async def test_a_client_that_leaves_is_a_499_and_its_instance_learns_it():
    async with (
        talking(lambda wire: wire.rest()) as one,
        a_gateway(an_entry(one.port, concurrency_limit=1)) as door,
        dial(door.port) as client,
    ):
        await client.send(b"GET /api/predict/demo HTTP/1.1\r\nHost: x\r\n\r\n")
        await eventually(lambda: one.open == 1, "the request is under way")
        assert await door.metric("eas_gateway_requests_in_flight", service="demo") == 1
        client.close()
        await eventually(lambda: one.open == 0, "the instance saw its connection end")

        assert await door.metric(TOTAL, service="demo", code="499") == 1
        assert await door.metric("eas_gateway_requests_in_flight", service="demo") == 0


async def test_each_request_is_one_line_without_secrets():
    async with answering(echo) as one, a_gateway(an_entry(one.port)) as door:
        await door.ask("/api/predict/demo/v1?key=hidden", "Authorization: hidden")
        await eventually(lambda: "\n" in door.out.getvalue(), "the line is written")

    assert "GET /api/predict/demo/v1?key=*** " in door.out.getvalue()
    assert f"demo-{one.port}" in door.out.getvalue()
    assert "hidden" not in door.out.getvalue()


async def test_lines_are_json_where_that_is_asked_for():
    async with answering(echo) as one, a_gateway(an_entry(one.port), EAS_LOCAL_LOG_FORMAT="json") as door:
        await door.ask(body=b"hello")
        await eventually(lambda: "\n" in door.out.getvalue(), "the line is written")

    line = json.loads(door.out.getvalue())
    assert (line["service"], line["instance"], line["code"]) == ("demo", f"demo-{one.port}", 200)
    assert (line["received"], line["queue_seconds"]) == (5, 0)
    assert line["seconds"] >= line["upstream_seconds"] > 0


async def test_an_error_has_one_id_in_the_answer_and_in_the_line():
    theirs = b"HTTP/1.1 429 Too Many Requests\r\nx-eas-request-id: abc\r\nContent-Length: 0\r\n\r\n"
    async with answering(lambda _: theirs) as one, a_gateway(an_entry(one.port), EAS_LOCAL_LOG_FORMAT="json") as door:
        of_the_sidecar = await door.ask()
        of_the_gateway = await door.ask("/api/predict/missing")
        await eventually(lambda: door.out.getvalue().count("\n") == 2, "both lines are written")

    ids = [json.loads(line)["id"] for line in door.out.getvalue().splitlines()]
    assert ids == ["abc", of_the_gateway.headers["x-eas-request-id"]]
    assert of_the_sidecar.headers["x-eas-request-id"] == "abc"
