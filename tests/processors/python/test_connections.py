"""Clients that are slow, leave, or send what they should not: none of them costs a worker."""

import pytest

from tests.processors.python.program import Program, serving
from tests.scenarios.calling import call, dial

POST = b"POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n"
BODY = b"b'one', 200"


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("app"), "Evaluating(worker_threads=1).run()") as program:
        yield program


def test_clients_with_half_a_request_keep_nobody_waiting(single: Program):
    with dial(single.port) as half, dial(single.port) as part, dial(single.port):
        half.sendall(POST + BODY[:4])
        part.sendall(POST[:9])

        assert single.post(b"b'another', 200").body == b"another"
        half.sendall(BODY[4:])
        assert half.recv(4096).endswith(b"one")
        part.sendall(POST[9:] + BODY)
        assert part.recv(4096).endswith(b"one")


def test_a_client_that_does_not_read_keeps_nobody_waiting(single: Program):
    large = b"b'x' * 50000000, 200"
    with dial(single.port) as lazy:
        lazy.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(large) + large)

        assert single.post(b"b'another', 200").body == b"another"
        received = sum(len(piece) for piece in iter(lambda: lazy.recv(1 << 20), b""))
        assert received > 50000000


def test_requests_in_one_piece_are_answered_one_after_the_other(single: Program):
    with dial(single.port) as eager:
        eager.sendall((POST + BODY) * 3 + POST)
        got = b""
        while got.count(b"one") < 3:
            got += eager.recv(4096)
        eager.sendall(BODY)

        assert eager.recv(4096).endswith(b"one")


def test_clients_that_leave_cost_nothing(single: Program):
    for sent in (b"", POST, POST + BODY[:3], POST + BODY):
        with dial(single.port) as leaving:
            leaving.sendall(sent)

    assert single.post(b"b'still there', 200").body == b"still there"


def test_malformed_bytes_are_answered_400_and_the_connection_is_closed(single: Program):
    with dial(single.port) as wrong:
        wrong.sendall(b"nonsense\r\n\r\n")
        got = b"".join(iter(lambda: wrong.recv(4096), b""))

    assert got.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\nConnection: close\r\n" in got
    assert single.post(b"b'still there', 200").body == b"still there"


def test_who_asks_whether_to_go_on_is_told_so(single: Program):
    with dial(single.port) as polite:
        polite.sendall(POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert polite.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        polite.sendall(BODY)

        assert polite.recv(4096).endswith(b"one")


def test_a_connection_of_http_1_0_is_closed_after_its_answer(single: Program):
    with dial(single.port) as old:
        old.sendall(POST.replace(b"1.1", b"1.0") + BODY)

        assert b"".join(iter(lambda: old.recv(4096), b"")).endswith(b"one")


# -- what the host answers itself


def test_built_in_paths_are_answered_by_the_host(tmp_path):
    variables = {"EAS_HOST_MAX_QUEUE_SIZE": "7", "EAS_HOST_WORKER_THREADS": "2"}

    with serving(tmp_path, variables=variables) as program:
        assert call(program.port, "/api/builtin/ping?x=1").body == b"pong"
        program.post(BODY)
        assert call(program.port, "/api/builtin/monitor").json == {
            "worker_threads": 2,
            "busy_threads": 0,
            "requests": 1,
        }
        told = call(program.port, "/api/builtin/prop").json
        assert {"rpc.worker_threads": "2", "rpc.max_queue_size": "7", "model.ready": "1"}.items() <= told.items()
        for name in ("call", "tell", "term", "eastool"):
            refused = call(program.port, f"/api/builtin/{name}")
            assert (refused.status, f"/api/builtin/{name} is EAS's own and not public" in refused.text) == (501, True)
        assert call(program.port, "/api/builtin/other").body == b"b''"


def test_who_asks_for_readiness_and_sends_nothing_holds_up_nobody(single: Program):
    with dial(single.ready_port):
        assert single.readiness().json == {"worker_threads": 1}
