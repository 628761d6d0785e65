"""A crash in the library is one of the process, and the last line of the log says where and how it happened."""

import signal

import pytest

from tests.processors.cpp.conftest import Start
from tests.processors.cpp.hosting import Running

WORKERS = "; several threads call it at the same time, and input_size may be 0"


@pytest.mark.parametrize(
    ("how", "number", "what"),
    [
        (b"segfault", signal.SIGSEGV, "crashed in process: SIGSEGV, it used memory that it does not have" + WORKERS),
        (b"overflow", signal.SIGSEGV, "crashed in process: SIGSEGV, it used memory that it does not have" + WORKERS),
        (b"abort", signal.SIGABRT, "crashed in process: SIGABRT, it or the C library gave up" + WORKERS),
        (
            b"illegal",
            signal.SIGILL,
            "crashed in process: SIGILL, it came to an instruction that this CPU does not have",
        ),
        (
            b"noexcept",
            signal.SIGABRT,
            "crashed in process: SIGABRT after an uncaught exception: nobody may catch me" + WORKERS,
        ),
        (
            b"thread",
            signal.SIGABRT,
            "crashed in a thread of its own: SIGABRT after an uncaught exception: nobody catches me",
        ),
    ],
)
def test_the_status_is_the_signal_and_the_last_line_tells_it(running: Running, how: bytes, number: int, what: str):
    running.begin(how)

    status, last = running.ended()

    assert status == -number
    assert last.startswith(f'[ERROR] "libmoody.so" {what}')


def test_an_output_that_cannot_be_freed_is_told_as_such(running: Running):
    running.begin(b"constant")

    status, last = running.ended()

    assert status in {-signal.SIGSEGV, -signal.SIGABRT}
    assert last.startswith('[ERROR] "libmoody.so" crashed over its output: ')
    assert last.endswith("; *output_data must come from malloc, anew for each call")


def test_a_crash_in_initialize(launch: Start):
    status, last = launch(config="segfault").ended()

    assert status == -signal.SIGSEGV
    assert last == (
        '[ERROR] "libmoody.so" crashed in initialize: SIGSEGV, it used memory that it does not have; '
        "look at what it makes of model_entry and model_config"
    )


@pytest.mark.parametrize("code", [0, 3])
def test_an_exit_in_process_keeps_its_code(running: Running, code: int):
    running.begin(b"exit %d" % code)

    status, last = running.ended()

    assert status == code
    assert last.startswith(f'[ERROR] "libmoody.so" called exit({code}) in process; it must return a status instead')


def test_what_the_library_printed_stands_before_it(running: Running):
    running.begin(b"segfault")

    running.ended()

    assert "initialize(, )" in running.lines[:-1]
