"""Requests as they come over the wire: in pieces, several at once, malformed, too large, and given up."""

from contextlib import closing

import pytest

from tests.processors.cpp.hosting import Running, heard
from tests.scenarios.calling import dial
from tests.scenarios.eventually import eventually

CLOSE = b"Connection: close\r\n"
LENGTH = b"POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
CHUNKS = (
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    b"4;name=value\r\nhell\r\n001\r\no\r\n0\r\nTrailer: x\r\n\r\n"
)


@pytest.mark.parametrize("request_", [LENGTH, CHUNKS], ids=["length", "chunks"])
def test_a_request_may_come_byte_by_byte(running: Running, request_: bytes):
    with closing(dial(running.port)) as connection:
        for byte in request_:
            connection.sendall(bytes([byte]))

        assert heard(connection).endswith(b"\r\n\r\nhello")


def test_slow_senders_cost_no_worker(running: Running):
    slow = [dial(running.port) for _ in range(20)]
    for connection in slow:
        connection.sendall(LENGTH[:-2])

    assert running.call(b"quick").body == b"quick"
    for connection in slow:
        connection.sendall(LENGTH[-2:])
        assert heard(connection).endswith(b"hello")
        connection.close()


def test_slow_readers_cost_no_worker(running: Running):
    body = b"x" * (16 * 1024 * 1024)
    request = b"POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    slow = [dial(running.port) for _ in range(6)]
    for connection in slow:
        connection.sendall(request + body)
    eventually(lambda: running.monitor()["requests"] == 6, within=8, what="all answers under way")

    assert running.call(b"quick").body == b"quick"
    for connection in slow:
        assert heard(connection).endswith(body)
        connection.close()


def test_requests_that_come_together_are_answered_in_order(running: Running):
    first = LENGTH.replace(CLOSE, b"")
    second = CHUNKS.replace(CLOSE, b"").replace(b"hell\r\n", b"HELL\r\n")

    answers = running.heard(first + second + LENGTH)

    assert [answer[-5:] for answer in answers.split(b"HTTP/1.1 200 OK")[1:]] == [b"hello", b"HELLo", b"hello"]


def test_what_is_malformed_behind_a_good_request_does_not_cost_it_its_answer(running: Running):
    answers = running.heard(LENGTH.replace(CLOSE, b"") + b"nonsense\r\n\r\n")

    assert [answer[:3] for answer in answers.split(b"HTTP/1.1 ")[1:]] == [b"200", b"400"]


def test_a_connection_serves_again_and_again(running: Running):
    with closing(dial(running.port)) as connection:
        for number in range(50):
            connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n%02d" % number)
            assert connection.recv(4096).endswith(b"%02d" % number)


def test_the_answer_to_head_has_no_body(running: Running):
    answer = running.heard(LENGTH.replace(b"POST", b"HEAD"))

    assert b"Content-Length: 5\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_an_old_client_is_answered_and_let_go(running: Running):
    assert running.heard(b"POST /test HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello").endswith(b"hello")


@pytest.mark.parametrize(
    "malformed",
    [
        b"hello\r\n\r\n",
        b"\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET / HTTP/1.1 \r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nname : value\r\n\r\n",
        b"GET / HTTP/1.1\r\nname: value\r\n folded: value\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 0x5\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length:\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfive\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
    ],
)
def test_what_is_malformed_is_400_and_closes_the_connection(running: Running, malformed: bytes):
    with closing(dial(running.port)) as connection:
        connection.sendall(malformed)

        answer = connection.recv(65536) + heard(connection)

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"Connection: close\r\n" in answer
    assert running.call(b"next").body == b"next"


def test_a_head_without_an_end_is_refused(running: Running):
    assert running.heard(b"GET / HTTP/1.1\r\nx: " + b"y" * 70_000).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "large",
    [
        b"Content-Length: 2147483648\r\n\r\n",
        b"Content-Length: 99999999999999999999999\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n80000000\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffffff\r\n",
    ],
)
def test_a_body_too_large_for_an_int_is_413_at_once_and_the_answer_is_not_lost(running: Running, large: bytes):
    with closing(dial(running.port)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\n" + large)
        connection.sendall(b"x" * 5_000_000)  # it is read, though nobody wants it

        assert heard(connection).startswith(b"HTTP/1.1 413 Content Too Large\r\n")


def test_clients_that_leave_harm_nobody(running: Running):
    for part in (0, 10, len(LENGTH) - 1, len(LENGTH)):
        with closing(dial(running.port)) as connection:
            connection.sendall(LENGTH[:part])
    gone = dial(running.port)
    gone.sendall(b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nstay")
    eventually(lambda: running.monitor()["busy_threads"] == 1, within=5, what="a busy worker")
    gone.close()

    running.call(b"let go")

    eventually(lambda: running.monitor()["busy_threads"] == 0, within=5, what="a free worker")
    assert running.call(b"next").body == b"next"
