"""`process`: what it is given, its statuses and outputs, and that as many calls run at once as there are workers."""

import pytest

from tests.processors.cpp.conftest import Start
from tests.processors.cpp.hosting import Running
from tests.scenarios.calling import dial
from tests.scenarios.eventually import eventually


def test_an_echo(running: Running):
    reply = running.call(b"hello \0 there", path="/api/predict/some/path?x=1")

    assert (reply.status, reply.body) == (200, b"hello \0 there")
    assert reply.headers == {"content-type": "text/html; charset=utf-8", "content-length": "13"}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
def test_an_empty_body_reaches_it_with_any_method(running: Running, method: str):
    reply = running.call(b"", method=method)

    assert (reply.status, reply.body) == (400, b"")


def test_its_input_ends_with_a_zero_byte_that_is_not_counted(running: Running):
    assert running.call(b"length").body == b"6"


@pytest.mark.parametrize(
    ("returned", "status"),
    [(0, 200), (200, 200), (201, 201), (404, 404), (450, 450), (503, 503), (7, 400), (100, 400), (299, 400), (-1, 400)],
)
def test_known_statuses_pass_with_the_output_and_unknown_ones_are_400(running: Running, returned: int, status: int):
    reply = running.call(b"status %d" % returned)

    assert (reply.status, reply.body) == (status, b"status %d" % returned)


def test_an_unknown_status_is_told_once(running: Running):
    replies = [running.call(b"status 999") for _ in range(3)]

    told = "[WARN] process returned 999, which is no status of an HTTP answer; answered 400"
    assert {reply.status for reply in replies} == {400}
    assert [told in line for line in running.lines].count(True) == 1


def test_a_status_without_a_body_has_none(running: Running):
    assert running.heard(b"POST / HTTP/1.0\r\nContent-Length: 10\r\n\r\nstatus 204") == (
        b"HTTP/1.1 204 No Content\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n"
    )


@pytest.mark.parametrize("status", [200, 404])
def test_no_output_is_an_empty_body(running: Running, status: int):
    reply = running.call(b"only %d" % status)

    assert (reply.status, reply.body) == (status, b"")


@pytest.mark.parametrize("size", [-5, 2_000_000_000])
def test_a_size_that_the_output_does_not_have_is_said(running: Running, size: int):
    reply = running.call(b"size %d" % size)

    assert reply.status == 400
    assert reply.text.startswith(f'process of "libmoody.so" says that its output has {size} bytes, but there are ')


@pytest.mark.parametrize(
    ("how", "text"),
    [
        (b"throw", "the model is missing a layer"),
        (b"throw text", "an exception that is no std::exception"),
    ],
)
def test_an_exception_is_400_with_its_text(running: Running, how: bytes, text: str):
    reply = running.call(how)

    assert (reply.status, reply.text) == (400, text)
    assert running.lines[-1].endswith(f' [ERROR] process of "libmoody.so" threw {text}')
    assert running.call(b"next").body == b"next"


def test_as_many_calls_run_at_once_as_there_are_workers(running: Running):
    calls = [running.begin(b"meet 4") for _ in range(4)]

    assert [call.result().body for call in calls] == [b"meet 4"] * 4


def test_no_more_calls_run_at_once_than_there_are_workers(running: Running):
    calls = [running.begin(b"meet 5") for _ in range(5)]
    connections = [dial(running.port) for _ in range(20)]

    assert not any(call.done() for call in calls)
    assert running.ready().json == {"worker_threads": 4}
    for connection in connections:
        connection.close()


def test_who_waits_is_served_when_a_worker_is_free(running: Running):
    staying = [running.begin(b"stay") for _ in range(3)]
    eventually(lambda: running.monitor()["busy_threads"] == 3, within=5, what="three busy workers")
    waiting = [running.begin(b"%d" % number) for number in range(20)]

    running.call(b"let go")

    assert [call.result().body for call in staying + waiting] == [b"stay"] * 3 + [
        b"%d" % number for number in range(20)
    ]


def test_a_hundred_megabytes_come_back(launch: Start):
    host = launch()
    host.ready()
    body = b"echo" * (25 * 1024 * 1024)

    assert host.call(body).body == body
