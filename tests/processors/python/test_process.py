"""What process is given, and what becomes of what it returns or raises."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tests.processors.python.program import EVALUATING, Program, serving
from tests.scenarios.calling import call


@pytest.mark.parametrize(
    ("returned", "status", "body"),
    [
        ('b"bytes", 200', 200, b"bytes"),
        ('b"zero", 0', 200, b"zero"),
        ('"\\u00fc", 200', 200, "ü".encode()),
        ('{"any": 1}, 200', 200, b"{'any': 1}"),
        ('bytearray(b"bytes"), 200', 200, b"bytes"),
        ("None, 200", 200, b"None"),
        ('[b"a list", 200]', 200, b"a list"),
        ('b"", 200', 200, b""),
        ('b"too little", 402', 402, b"too little"),
        ('"busy", 450', 450, b"busy"),
        ('b"never seen", 204', 204, b""),
        ('b"no status of HTTP", 7', 400, b"no status of HTTP"),
        ('b"negative", -1', 400, b"negative"),
    ],
)
def test_what_process_returns_is_the_answer(evaluating: Program, returned: str, status: int, body: bytes):
    reply = evaluating.post(returned.encode())

    assert (reply.status, reply.body) == (status, body)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("raised", "text"),
    [
        ("1 / 0", "division by zero"),
        ("exec('raise ValueError')", "ValueError"),
        ("exec('raise KeyboardInterrupt')", "KeyboardInterrupt"),
        ("exec('raise GeneratorExit(1)')", "1"),
        ("sys.exit(3)", "process called sys.exit(3)"),
        ("None", "process returned None; it must return the body and the status"),
        ("b'no status'", "process returned a value of type bytes"),
        ("(b'one', 200, 'more')", "process returned tuple of 3 values"),
        ("(b'', '200')", "process returned the status '200'; it must be a number"),
        ("(b'', 20.5)", "process returned the status 20.5"),
        ("type('E', (Exception,), {'__str__': lambda self: 1 / 0})", "a value of type type"),
        ("exec('class E(Exception):\\n def __str__(self): 1 / 0\\nraise E')", "E"),
        ("exec('raise ValueError(\"\\\\ud83d\")')", "?"),
    ],
)
def test_what_is_no_answer_is_told_and_costs_no_worker(evaluating: Program, raised: str, text: str):
    replies = [evaluating.post(raised.encode()) for _ in range(6)]

    assert {reply.status for reply in replies} == {400}
    assert text in replies[0].text
    assert evaluating.post(b"b'still there', 200").body == b"still there"


def test_an_exception_is_in_the_log_with_its_traceback(tmp_path):
    with serving(tmp_path) as program:
        program.post(b"1 / 0")

        assert any("in process" in line for line in program.says("ZeroDivisionError"))


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (b"b'', 999", "[WARN] process returned status 999, which is no status of an HTTP answer; answered 400"),
        (b"{}, 200", "[WARN] process returned a body of dict; answered its str(); return bytes, such as json.dumps"),
    ],
)
def test_what_is_answered_otherwise_is_told_once(tmp_path, returned: bytes, told: str):
    with serving(tmp_path) as program:
        for call in (returned, returned, b"exec('raise KeyError(5)')"):
            program.post(call)

        assert [told in line for line in program.says("KeyError: 5")].count(True) == 1


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/api/predict/demo", "/any?query=1"])
def test_any_method_and_path_reach_process_and_none_needs_a_body(evaluating: Program, method: str, path: str):
    assert call(evaluating.port, path, method=method).body == b"b''"


def test_head_is_answered_without_the_body(evaluating: Program):
    reply = call(evaluating.port, "/", method="HEAD")

    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, b"", "3")


def test_large_bodies_go_both_ways(tmp_path):
    code = EVALUATING.replace('eval(data or "(repr(data), 200)")', "data, 200")
    body = b"0123456789abcdef" * 2**20

    with serving(tmp_path, code=code) as program:
        assert program.post(body).body == body
        assert program.post(iter([body[:1000], body[1000:]])).body == body


@pytest.mark.parametrize(
    ("constructor", "threads"),
    [
        ("", 5),
        ("worker_threads=3", 3),
        ("2, 8, 1", 2),
        ("4, io_threads=8, endpoint='1.2.3.4:5'", 4),
    ],
)
def test_as_many_calls_run_at_once_as_the_constructor_says(tmp_path, constructor: str, threads: int):
    code = f"{EVALUATING}\nALL = threading.Barrier({threads}, timeout=5)\n"

    with serving(tmp_path, f"Evaluating({constructor}).run()", code) as program, ThreadPoolExecutor(threads) as callers:
        replies = list(callers.map(program.post, [b"(ALL.wait(), 200)"] * threads))

        assert [reply.status for reply in replies] == [200] * threads
        assert program.readiness().json == {"worker_threads": threads}
        assert json.loads(call(program.port, "/api/builtin/monitor").body)["busy_threads"] == 0


def test_the_file_outdoes_the_constructor(tmp_path):
    with serving(tmp_path, "Evaluating(worker_threads=9).run()", variables={"EAS_HOST_WORKER_THREADS": "2"}) as program:
        assert program.readiness().json == {"worker_threads": 2}


def test_limits_that_the_code_puts_are_told_with_its_readiness(tmp_path):
    put = "allspark.default_properties().put('rpc.keepalive', '10000')\n"
    with serving(tmp_path, put + "Evaluating(worker_threads=3).run()") as program:
        assert program.readiness().json == {"worker_threads": 3, "keepalive": 10000}


def test_code_that_closes_the_hosts_own_files_ends_the_program_with_the_reason(tmp_path):
    with serving(tmp_path, "Evaluating(worker_threads=2).run()") as program:
        with suppress(OSError):
            program.post(b"os.closerange(3, 64), 200")

        code, last = program.ended()

    assert (code, "code must not close files that it has not opened" in last) == (1, True)
