"""Real processes that write to a log of a few hundred bytes."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from eas_local.adapters.program_log import earlier, opened, written

LIMIT = 1000
OWNING = f"import os, sys; from pathlib import Path; from eas_local.adapters.program_log import own; own(Path(sys.argv[1]), {LIMIT})\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "daemon.log"


def begin(log: Path, program: str) -> "subprocess.Popen[bytes]":
    """As the command line starts a program."""
    with open(opened(log), "ab") as output:  # noqa: PTH123 - a descriptor
        return subprocess.Popen([sys.executable, "-c", OWNING + program, str(log)], stdout=output, stderr=output)


def run(log: Path, program: str) -> None:
    begin(log, program).wait(5)


def lines(*logs: Path) -> list[str]:
    return [line for log in logs if log.exists() for line in log.read_text().splitlines()]


def test_a_full_log_is_turned_over_and_the_one_before_is_kept(log):
    run(log, "for n in range(100): print(n, 'x' * 96)")

    numbers = [int(line.split()[0]) for line in lines(earlier(log), log)]
    assert numbers == [*range(numbers[0], 100)]
    assert LIMIT <= earlier(log).stat().st_size < LIMIT + 100
    assert log.stat().st_size <= LIMIT + 100
    assert [path.name for path in sorted(log.parent.iterdir())] == ["daemon.1.log", "daemon.log"]
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_whatever_is_written_at_the_end_is_there(log):
    run(log, "print('x' * 2000); print('next'); os.write(2, b'a library in C\\n'); raise RuntimeError('at last')")

    told = lines(log)
    assert told[:2] == ["next", "a library in C"]
    assert told[-1] == "RuntimeError: at last"


def test_processes_that_share_a_log_follow_each_other(log):
    writing = "for n in range(300): print('x' * 9, flush=True)"
    programs = [begin(log, writing) for _ in range(3)]
    for program in programs:
        program.wait(5)

    assert {len(line) for line in lines(earlier(log), log)} == {9}
    assert log.stat().st_size <= LIMIT + 100
    run(log, "print('after all')")
    assert lines(log)[-1] == "after all"


def test_a_log_that_somebody_has_removed_is_made_again(log):
    run(log, "Path(sys.argv[1]).unlink(); print('here')")

    assert lines(log) == ["here"]


def test_a_program_whose_words_go_elsewhere_writes_no_log(log, tmp_path):
    elsewhere = tmp_path / "mine.txt"
    with elsewhere.open("wb") as output:
        subprocess.run(
            [sys.executable, "-c", OWNING + "print('x' * 2000); print('here')", str(log)], stdout=output, check=True
        )

    assert lines(elsewhere)[-1] == "here"
    assert not log.exists()


def test_what_a_program_that_never_got_far_has_left_is_turned_over_at_the_next_start(log):
    log.write_bytes(b"x" * LIMIT)

    with open(opened(log, LIMIT), "ab"):  # noqa: PTH123 - a descriptor
        assert (earlier(log).stat().st_size, log.stat().st_size) == (LIMIT, 0)


def test_what_is_written_is_read_as_it_comes_also_when_the_log_is_turned_over(log):
    log.write_text("yesterday\n")
    pieces = written(log, log.stat().st_size)
    assert next(pieces) == ""
    log.write_text("yesterday\none\n")
    assert next(pieces) == "one\n"

    log.replace(earlier(log))
    log.write_text("two\n")

    assert [next(pieces), next(pieces), next(pieces)] == ["", "two\n", ""]


def test_a_log_that_is_shorter_than_it_was_is_read_from_its_beginning(log):
    log.write_text("one\n")

    assert next(written(log, 1000)) == "one\n"
