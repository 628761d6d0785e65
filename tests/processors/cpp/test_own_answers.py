"""What the host answers itself: its ready port, and the paths below /api/builtin."""

import pytest

from tests.processors.cpp.conftest import Start
from tests.processors.cpp.hosting import Running
from tests.scenarios.calling import dial
from tests.scenarios.eventually import eventually


def test_the_ready_port_says_how_many_workers_there_are_as_often_as_it_is_asked(running: Running):
    for _ in range(3):
        reply = running.ready()

        assert (reply.status, reply.json) == (200, {"worker_threads": 4})
        assert reply.headers["content-type"] == "application/json"


def test_the_ready_port_answers_while_all_workers_are_stuck(running: Running):
    stuck = [running.begin(b"meet 5") for _ in range(4)]
    waiting = dial(running.port)
    waiting.sendall(b"POST / HTTP/1.1\r\nContent-Length: 7\r\n\r\nlet go")

    assert running.ready().json == {"worker_threads": 4}
    assert not any(call.done() for call in stuck)
    waiting.close()


def test_the_ready_port_does_not_wait_long_for_who_says_nothing(running: Running):
    silent = dial(running.ready_port)

    assert running.ready().status == 200
    silent.close()


def test_ping(running: Running):
    reply = running.call(path="/api/builtin/ping?x=1", method="GET")

    assert (reply.status, reply.body) == (200, b"pong")


def test_prop_shows_the_properties(launch: Start):
    host = launch(config='{"a": "b\\n"}\n', EAS_HOST_MAX_QUEUE_SIZE="3")
    host.ready()

    assert host.call(path="/api/builtin/prop").json == {
        "rpc.worker_threads": "5",
        "rpc.max_queue_size": "3",
        "model.ready": "1",
        "model.model_config": '{"a": "b\\n"}\n',
    }


def test_monitor_counts_what_process_has_answered_and_who_is_busy(running: Running):
    running.call(b"one")
    running.begin(b"stay")

    def counted() -> bool:
        return bool(running.monitor() == {"worker_threads": 4, "busy_threads": 1, "requests": 1})

    eventually(counted, within=5, what="one request answered and one under way")


@pytest.mark.parametrize("name", ["call", "tell", "term", "eastool"])
def test_what_nobody_knows_of_is_refused(running: Running, name: str):
    reply = running.call(path=f"/api/builtin/{name}")

    assert reply.status == 501
    assert reply.text.startswith(f"/api/builtin/{name} is EAS's own and not public; ")


@pytest.mark.parametrize("path", ["/api/builtin/", "/api/builtin/pingpong", "/api/builtin"])
def test_other_paths_are_the_processors(running: Running, path: str):
    assert running.call(b"mine", path=path).body == b"mine"
