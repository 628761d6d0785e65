"""worker_processes: forked children, each on its own, and all of them together at the end."""

import os
import select
from ast import literal_eval
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.processors.python.program import EVALUATING, Program, running, serving

RUN = "Evaluating(worker_processes=2).run()"


def test_each_child_is_initialized_and_computes_one_request_at_a_time(tmp_path):
    code = f"import multiprocessing\nBOTH = multiprocessing.Barrier(2, timeout=5)\n{EVALUATING}"
    meet = b"(BOTH.wait(), repr((os.getpid(), SEEN)).encode())[1], 200"

    with serving(tmp_path, RUN, code) as program, ThreadPoolExecutor(2) as callers:
        told = program.readiness().json
        seen = [literal_eval(reply.text) for reply in callers.map(program.post, [meet] * 2)]

    assert told == {"worker_threads": 2}
    assert len({pid for pid, _ in seen}) == 2
    assert [names for _, names in seen] == [["initialize"]] * 2


@pytest.mark.parametrize(
    ("call", "code", "told"),
    [
        (
            b"1 / 0",
            1,
            "a worker process ended: ZeroDivisionError: division by zero (<string>, line 1), and all end with it",
        ),
        (b"sys.exit(3)", 3, "a worker process called sys.exit(3), and all end with it"),
        (b"os._exit(7)", 7, "a worker process ended with exit code 7, and all end with it"),
        (b"os.kill(os.getpid(), 9)", 137, "a worker process was ended by SIGKILL, and all end with it"),
        (b"'text', 200", 1, "NoAnswer: process returned a body of str; with worker_processes it must be bytes"),
        (b"None", 1, "NoAnswer: process returned None"),
    ],
)
def test_the_end_of_one_child_is_the_end_of_all(tmp_path, call: bytes, code: int, told: str):
    with serving(tmp_path, RUN) as program:
        left(program, call)
        status, last = program.ended()

    assert status == code
    assert told in last


def left(program: Program, call: bytes) -> None:
    """The caller sees its connection end."""
    with pytest.raises((ConnectionError, OSError)):
        program.post(call)


def test_a_child_that_ends_while_it_has_nothing_to_do_is_missed_too(tmp_path):
    with serving(tmp_path, RUN) as program:
        os.kill(int(program.post(b"str(os.getpid()).encode(), 200").body), 9)

        assert program.ended()[0] == 137


def test_an_initialize_that_fails_in_all_children_at_once_is_told(tmp_path):
    failing = EVALUATING.replace('SEEN.append("initialize")', "ALL.wait(); raise RuntimeError('no weights')")
    code = f"import multiprocessing\nALL = multiprocessing.Barrier(4, timeout=5)\n{failing}"

    with running(tmp_path, f"{code}\nEvaluating(worker_processes=4).run()") as program:
        status, last = program.ended()

    assert status == 1
    assert "a worker process ended: RuntimeError: no weights (" in last


LEAVING_ONE_BEHIND = b'''exec("""
import select
host = os.pidfd_open(os.getppid())
if os.fork() == 0:
    os.closerange(0, 3)
    select.select([host], [], [])
    os._exit(0)
os._exit(7)
""")'''


def test_a_child_that_leaves_one_of_its_own_behind_is_missed_too(tmp_path):
    with serving(tmp_path, RUN) as program:
        left(program, LEAVING_ONE_BEHIND)

        assert program.ended()[0] == 7


def test_children_end_with_their_parent(tmp_path):
    with serving(tmp_path, RUN) as program:
        pid = int(program.post(b"str(os.getpid()).encode(), 200").body)
        child = os.pidfd_open(pid)
        program.process.kill()

        assert select.select([child], [], [], 5)[0] == [child]
        os.close(child)


def test_large_bodies_go_to_a_child_and_back(tmp_path):
    code = EVALUATING.replace('eval(data or "(repr(data), 200)")', "data, 200")
    body = b"0123456789abcdef" * 2**20

    with serving(tmp_path, RUN, code) as program:
        assert program.post(body).body == body
