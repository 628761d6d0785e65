"""Requests and answers in every framing, as they look on both sides of a relay."""

import pytest

from tests.net import answering, ask, dial, echo, ok, talking
from tests.proxy.relay import relaying_to

GET = b"GET /a?b=1 HTTP/1.1\r\nHost: x\r\n\r\n"


def post(body: bytes, *headers: str) -> bytes:
    lines = ["POST /a HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


CHUNKED = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-Sum: 7\r\n\r\n"


async def test_a_request_and_its_answer_pass_through():
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay:
        answer = await ask(relay.port, post(b"hello", "X-Mixed-Case: Kept"))

    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers["x-asked"] == "POST /a"
    assert b"X-Mixed-Case: Kept\r\n" in upstream.requests[0].raw


async def test_many_requests_share_one_connection_on_either_side():
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        for number in range(5):
            await client.send(post(b"%d" % number))
            assert (await client.message()).body == b"%d" % number

    assert upstream.connections == 1


async def test_pipelined_requests_are_answered_in_their_order():
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(b"".join([post(b"one"), GET, CHUNKED, post(b"four")]))
        bodies = [(await client.message()).body for _ in range(4)]

    assert bodies == [b"one", b"", b"hello world", b"four"]


@pytest.mark.parametrize("request_", [GET, post(b"hello"), CHUNKED], ids=["get", "length", "chunked"])
async def test_a_request_may_arrive_split_at_any_byte(request_):
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        for at in range(1, len(request_)):
            await client.send(request_[:at], request_[at:])
            answer = await client.message()
            assert answer.status == 200

    assert len({request.body for request in upstream.requests}) == 1


async def test_a_request_may_arrive_byte_by_byte():
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay:
        answer = await ask(relay.port, *(CHUNKED[at : at + 1] for at in range(len(CHUNKED))))

    assert answer.body == b"hello world"


async def test_a_body_cannot_become_a_request_by_calling_its_length_a_matter_of_the_connection():
    smuggled = b"DELETE /b HTTP/1.1\r\nHost: x\r\n\r\n"
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(post(smuggled, "Connection: content-length, host"))
        assert (await client.message()).body == smuggled

    assert [request.body for request in upstream.requests] == [smuggled]


async def test_chunks_and_their_trailers_pass_up():
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay:
        await ask(relay.port, CHUNKED)

    request = upstream.requests[0]
    assert (request.body, request.trailers) == (b"hello world", {"x-sum": "7"})
    assert "content-length" not in request.headers


async def test_a_trailer_cannot_become_a_header_of_the_next_request():
    sneaky = CHUNKED.replace(b"X-Sum: 7", b"Authorization: stolen\r\nHost: evil\r\nX-Fine: yes")
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(sneaky + GET)
        await client.message()
        await client.message()

    assert upstream.requests[0].trailers == {"x-fine": "yes"}
    assert upstream.requests[1].headers == {"host": "x"}


async def test_chunks_and_their_trailers_pass_down():
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 7\r\n\r\n"
    async with answering(lambda _: data) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        for _ in range(2):
            await client.send(GET)
            answer = await client.message()
            assert (answer.body, answer.trailers) == (b"abcde", {"x-sum": "7"})

    assert upstream.connections == 1


async def test_an_answer_without_a_length_becomes_chunks_and_keeps_the_clients_connection():
    async def talk(wire):
        await wire.message()
        await wire.send(b"HTTP/1.1 200 OK\r\n\r\nhello ", b"world")

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        for _ in range(2):
            await client.send(GET)
            assert (await client.message()).body == b"hello world"

    assert upstream.connections == 2


async def test_a_client_of_the_old_version_gets_no_chunks_and_a_closed_connection():
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    async with answering(lambda _: data) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(b"GET / HTTP/1.0\r\n\r\n")
        whole = await client.rest()

    head, _, body = whole.partition(b"\r\n\r\n")
    assert body == b"abc"
    assert b"Connection: close" in head
    assert b"chunked" not in head


async def test_a_client_of_the_old_version_may_ask_to_keep_its_connection():
    old = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        for _ in range(2):
            await client.send(old)
            assert (await client.message()).headers["connection"] == "keep-alive"


async def test_a_request_without_a_host_gets_one_on_the_next_hop():
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay:
        await ask(relay.port, b"GET / HTTP/1.0\r\n\r\n")

    assert upstream.requests[0].headers == {"host": "localhost"}


async def test_an_upstream_of_the_old_version_serves_a_new_client():
    async def talk(wire):
        await wire.message()
        await wire.send(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    async with talking(talk) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        for _ in range(2):
            await client.send(GET)
            assert (await client.message()).body == b"hi"


async def test_connection_close_is_kept():
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(GET.replace(b"Host", b"Connection: close\r\nHost"))
        answer = await client.message()
        assert await client.rest() == b""

    assert answer.headers["connection"] == "close"
    assert "connection" not in upstream.requests[0].headers


async def test_an_answer_to_head_has_no_body_and_the_connections_stay_in_step():
    def answer(request):
        return ok(b"" if request.method == "HEAD" else b"body")

    async with answering(answer) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        for method in (b"HEAD", b"GET", b"HEAD", b"GET"):
            await client.send(method + b" / HTTP/1.1\r\nHost: x\r\n\r\n")
            await client.message(bodiless=method == b"HEAD")

    assert upstream.connections == 1


async def test_head_passes_on_the_length_the_body_would_have():
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    async with answering(lambda _: data) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        for _ in range(2):
            await client.send(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await client.message(bodiless=True)).headers["content-length"] == "1000"

    assert upstream.connections == 1


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\nETag: x\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
    ],
)
async def test_answers_that_never_have_a_body_keep_the_connection(data):
    async with answering(lambda _: data) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        for _ in range(2):
            await client.send(GET)
            answer = await client.message()
            assert answer.body == b""
            assert "transfer-encoding" not in answer.headers

    assert upstream.connections == 1


async def test_interim_answers_come_before_the_last_one():
    data = b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n" + ok(b"done")
    async with answering(lambda _: data) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(GET)
        early, last = await client.message(), await client.message()

    assert (early.status, early.headers["link"]) == (103, "</s.css>")
    assert (last.status, last.body) == (200, b"done")


async def test_a_client_that_expects_continue_is_told_to_and_then_sends():
    head, body = post(b"hello", "Expect: 100-continue").split(b"\r\n\r\n")
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(head + b"\r\n\r\n")
        assert (await client.message()).status == 100
        await client.send(body)
        assert (await client.message()).body == b"hello"

    assert "expect" not in upstream.requests[0].headers


async def test_a_client_that_does_not_wait_for_continue_is_served_too():
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay, dial(relay.port) as client:
        await client.send(post(b"hello", "Expect: 100-continue"))
        assert (await client.message()).body == b"hello"


async def test_fields_about_one_connection_stay_on_it():
    fields = (
        b"Connection: keep-alive, X-Private\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\n"
        b"TE: trailers\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nX-Public: 2\r\nx-eas-instance: forged\r\n"
    )
    back = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: X-Back\r\nX-Back: 1\r\nKeep-Alive: timeout=5\r\nx-eas-refused: gate\r\nX-Public: 2\r\n\r\n"
    async with answering(lambda _: back) as upstream, relaying_to(upstream.port) as relay:
        answer = await ask(relay.port, b"GET / HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n")

    assert upstream.requests[0].headers == {"host": "x", "x-public": "2"}
    assert answer.headers == {"content-length": "0", "x-public": "2"}


async def test_repeated_fields_stay_repeated_and_in_order():
    data = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"
    async with answering(lambda _: data) as upstream, relaying_to(upstream.port) as relay:
        answer = await ask(relay.port, b"GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nX-A: 2\r\n\r\n")

    assert b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n" in answer.raw
    assert b"X-A: 1\r\nX-A: 2\r\n" in upstream.requests[0].raw


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        (b"http://elsewhere:1/a/b?c", "/a/b?c"),
        (b"http://elsewhere", "/"),
        (b"/a/../b/./%2e%2E/c%20d?x=%00", "/a/../b/./%2e%2E/c%20d?x=%00"),
        (b"*", "*"),
    ],
)
async def test_targets_pass_unchanged_but_for_the_absolute_form(target, asked):
    async with answering(echo) as upstream, relaying_to(upstream.port) as relay:
        await ask(relay.port, b"OPTIONS " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")

    assert upstream.requests[0].target == asked
