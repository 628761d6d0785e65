"""What a Java processor that runs makes of requests."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from eas_local.core.processor import MODEL, SETTINGS, WARM_UP
from tests.processors.java.host import JavaHost, Running, is_answered, of_json, read
from tests.scenarios.eventually import eventually


@pytest.mark.parametrize("body", [b"\x00\xff bytes", b"", b"x" * (3 << 20), [b"in ", b"chunks" * 20_000]])
def test_bytes_go_in_and_come_out_as_they_are(obedient: Running, body: bytes | list[bytes]):
    reply = obedient.call(body)

    assert (reply.status, reply.body) == (200, body if isinstance(body, bytes) else b"".join(body))
    assert reply.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("PUT", "/any/path?with=query"), ("DELETE", "/api/builtin")]
)
def test_every_method_and_path_reaches_process(obedient: Running, method: str, path: str):
    assert obedient.call(b"arguments", path, method).text.endswith("true")


def test_the_answer_to_head_is_a_head(obedient: Running):
    reply = obedient.call(b"four", method="HEAD")

    assert (reply.status, reply.headers["content-length"], reply.body) == (200, "4", b"")


def test_text_goes_in_and_comes_out_in_utf_8(java_host: JavaHost):
    with java_host.running("example.Texts") as texts:
        assert texts.readiness().status == 200

        assert texts.call("世界".encode()).text == "你好, 世界"
        texts.says("class example.Texts has no Load()")


@pytest.mark.parametrize(
    ("order", "told", "trace"),
    [
        ("fail", "no such flower: 花", "\tat example.Obedient.Process(Obedient.java:"),
        (
            "fail silently",
            "java.lang.IllegalStateException",
            "java.lang.IllegalStateException\n\tat example.Obedient.Process",
        ),
        ("recurse", "java.lang.StackOverflowError", "\tat example.Obedient.recurse"),
        ("null", "Process returned null; return bytes or text, which may be empty", "Process returned null"),
    ],
)
def test_an_exception_is_answered_400_with_its_message_and_traced_in_the_log(
    obedient: Running, order: str, told: str, trace: str
):
    reply = obedient.call(order.encode())

    assert (reply.status, reply.text) == (400, told)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    obedient.says(trace)


def test_five_workers_stay_and_compute_at_once(obedient: Running):
    workers = {f"worker-{number}" for number in range(5)}

    assert met(obedient, 5) == workers
    assert met(obedient, 5) == workers


def met(obedient: Running, callers: int) -> set[str]:
    """The threads that so many calls meet in."""
    with ThreadPoolExecutor(callers) as pool:
        return set(pool.map(lambda _: obedient.call(b"meet").text, range(callers)))


def test_a_thread_that_was_left_interrupted_computes_the_next_request(obedient: Running):
    assert {obedient.call(b"interrupt").text for _ in range(10)} == {"interrupt"}


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/api/builtin/ping", 200, "pong"),
        ("/api/builtin/term?now", 501, "/api/builtin/term is EAS's own and not public"),
        ("/api/builtin/other", 200, "anything"),
    ],
)
def test_the_engines_own_paths_are_answered_without_the_processor(obedient: Running, path: str, status: int, told: str):
    reply = obedient.call(b"anything", path)

    assert reply.status == status
    assert reply.text.startswith(told)


def test_its_properties_and_counts_can_be_looked_at(obedient: Running):
    before = of_json(obedient.call(path="/api/builtin/monitor"))
    obedient.call(b"one more")
    after = of_json(obedient.call(path="/api/builtin/monitor"))

    assert after == {"worker_threads": 5, "busy_threads": 0, "requests": before["requests"] + 1}
    assert of_json(obedient.call(path="/api/builtin/prop")) == {
        "rpc.worker_threads": "5",
        "rpc.max_queue_size": "64",
        "model.ready": "1",
        "model.model_config": "",
    }


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nno name\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5000000000\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nsix\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        b"GET /" + b"x" * 65_531,
    ],
)
def test_what_is_no_request_is_answered_400_and_ends_its_connection(obedient: Running, sent: bytes):
    with closing(obedient.dial()) as connection:
        connection.sendall(sent)

        answer = b"".join(iter(lambda: connection.recv(4096), b""))

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\nConnection: close\r\n" in answer


def test_requests_of_one_connection_are_answered_in_their_order(obedient: Running):
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked = head + b"3;name=value\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: any\r\n\r\n"
    with closing(obedient.dial()) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n" + chunked + b"GET / HTTP/1.0\r\n\r\n")

        answers = b"".join(iter(lambda: connection.recv(4096), b"")).split(b"HTTP/1.1 200 OK\r\n")[1:]

    assert [answer.partition(b"\r\n\r\n")[2] for answer in answers] == [b"", b"abcde", b""]


def test_the_file_reaches_the_constructor_and_the_jvm(java_host: JavaHost, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model_config").write_text('{"深": 2}')
    with java_host.running(
        "example.Obedient",
        mounts={SETTINGS: tmp_path},
        EAS_HOST_MODEL=f"{MODEL}/trees.bin",
        EAS_HOST_WORKER_THREADS="2",
        EAS_HOST_JVM_OPTIONS="-Xmx64m '-Dscenario=two words'",
    ) as host:
        assert of_json(host.readiness()) == {"worker_threads": 2}
        assert host.call(b"arguments").text == f'{MODEL}/trees.bin {{"深": 2}} true'
        assert host.call(b"property").text == "two words"
        host.says("Service start successfully")
        assert [line.partition("] ")[2] for line in host.log().splitlines() if line.startswith("[")] == [
            "[INFO] rpc binds to predefined port 8080",
            "[INFO] Start 2 worker thread",
            "[INFO] Service start successfully",
        ]


def test_requests_and_the_question_of_readiness_wait_until_load_has_returned(java_host: JavaHost):
    with java_host.running("example.Slow") as host, closing(host.asked()) as asked, closing(host.begin(b"hi")) as begun:
        host.says("waiting for a model")
        assert not is_answered(asked)
        assert not is_answered(begun)

        host.container.exec_run(["touch", "/tmp/model"])

        assert of_json(read(asked)) == {"worker_threads": 5}
        assert read(begun).body == b"hi"


def test_readiness_is_told_while_all_workers_are_stuck(java_host: JavaHost):
    with java_host.running("example.Obedient", EAS_HOST_WORKER_THREADS="1") as host:
        assert host.readiness().status == 200
        with closing(host.begin(b"stick")) as stuck:
            busy = lambda: of_json(host.call(path="/api/builtin/monitor"))["busy_threads"] == 1  # noqa: E731
            eventually(busy, within=10, what="a busy worker")

            assert host.readiness().status == 200
            assert not is_answered(stuck)


def test_a_recorded_request_is_computed_five_times_before_it_is_ready(java_host: JavaHost, tmp_path):
    recorded = tmp_path / "recorded"
    recorded.write_bytes(b"say")
    with java_host.running("example.Obedient", mounts={WARM_UP: recorded}, EAS_HOST_WARM_UP=WARM_UP) as host:
        assert host.readiness().status == 200

        host.says("Service start successfully")
        assert host.log().count("I was told to say something") == 5


def test_a_recorded_request_that_fails_keeps_it_from_being_ready(java_host: JavaHost, tmp_path):
    recorded = tmp_path / "recorded"
    recorded.write_bytes(b"fail")
    with java_host.running("example.Obedient", mounts={WARM_UP: recorded}, EAS_HOST_WARM_UP=WARM_UP) as host:
        reply = host.readiness()

        told = "the warm-up request failed: no such flower: 花; correct the processor, or the file that warm_up_data_path names"
        assert (reply.status, of_json(reply)) == (503, {"failure": told})
        host.says(f"[ERROR] {told}")
