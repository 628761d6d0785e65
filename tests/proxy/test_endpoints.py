"""Requests answered by async functions."""

import asyncio
from contextlib import asynccontextmanager

from eas_local.core.replies import Reply
from eas_local.proxy.endpoints import MAX_BODY, Endpoints, json_reply
from eas_local.proxy.listen import listen
from eas_local.proxy.server import IDLE, Site
from tests.net import ask, dial


@asynccontextmanager
async def answered_by(answer, within=IDLE):
    site = Site(Endpoints(answer, within))
    server = await listen(site, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await site.close(grace=0)


async def test_a_call_holds_the_whole_request():
    calls = []

    async def answer(call):
        calls.append(call)
        return json_reply({"ok": True})

    async with answered_by(answer) as port:
        got = await ask(port, b"PUT /v1/x?a=1&b=%20 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe", b"llo")

    (call,) = calls
    assert (call.method, call.path, call.query, call.body) == ("PUT", "/v1/x", {"a": "1", "b": " "}, b"hello")
    assert call.headers["host"] == "h"
    assert (got.headers["content-type"], got.body) == ("application/json", b'{"ok": true}')


async def test_a_failure_is_a_500_and_is_logged(caplog):
    async def answer(_):
        raise ZeroDivisionError

    async with answered_by(answer) as port:
        assert (await ask(port, b"GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n")).status == 500

    assert "GET /v1/x failed" in caplog.text


async def test_a_client_that_leaves_ends_its_call():
    cancelled, begun = asyncio.Event(), asyncio.Event()

    async def answer(_):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with answered_by(answer) as port:
        async with dial(port) as client:
            await client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await asyncio.wait_for(begun.wait(), 5)
        await asyncio.wait_for(cancelled.wait(), 5)


async def test_a_body_beyond_all_measure_is_refused():
    async def answer(_):
        return Reply(200)

    async with answered_by(answer) as port, dial(port) as client:
        client.writer.write(
            b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY * 2) + bytes(MAX_BODY * 2)
        )
        assert (await client.message()).status == 413


async def test_a_body_that_does_not_come_in_time_is_a_408_and_the_end_of_its_connection():
    calls = []

    async def answer(call):
        calls.append(call)
        return Reply(200)

    async with answered_by(answer, within=0.05) as port, dial(port) as client:
        await client.send(b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n", b"hell")
        refused = await client.message()
        assert await client.rest() == b""

    assert (refused.status, refused.headers["connection"], calls) == (408, "close", [])


async def test_an_answer_has_all_the_time_it_likes():
    late = asyncio.Event()

    async def answer(call):
        if call.path == "/slow":
            await late.wait()
        return Reply(200)

    async with answered_by(answer, within=0.05) as port, dial(port) as slow:
        await slow.send(b"PUT /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n", b"x")
        assert (await ask(port, b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n")).status == 408
        late.set()
        assert (await slow.message()).status == 200
