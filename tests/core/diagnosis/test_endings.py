"""Why a run has ended, from its exit code, its last lines and the program it was to execute."""

from dataclasses import replace

import pytest

from eas_local.core.diagnosis import endings
from eas_local.core.diagnosis.evidence import Capacity, Ending, Evidence, Program
from eas_local.core.instance import LastState
from eas_local.core.service import EmptyDir, Resources
from eas_local.core.status import Event, EventType
from eas_local.core.streams import KeptRun, LogLine
from tests.builders import a_container, a_desired, a_service

RUN = KeptRun("a", "worker0", 0)
HERE = Capacity(2, 1 << 30, "x86_64")
FOREIGN = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00"
NATIVE = FOREIGN.replace(b"\xb7", b"\x3e")


def ended(code: int, reason: str = "Error") -> Ending:
    return Ending(RUN, LastState(code, reason, 100, 101))


def evidence(*lines: str, **known: object) -> Evidence:
    return Evidence(tails={RUN: tuple(LogLine("", line) for line in lines)}, capacity=HERE, **known)


def cause(code: int, *lines: str, service=None, **known: object):
    return endings.cause(a_desired(service), ended(code), evidence(*lines, **known))


@pytest.mark.parametrize(
    ("code", "line", "reason", "sentence", "advice"),
    [
        (1, "ValueError: no model", "Error", "ended with exit code 1: ValueError: no model", "eas-local logs demo"),
        (3, "", "Error", "ended with exit code 3, and wrote nothing", "eas-local logs demo"),
        (1, "ModuleNotFoundError: No module named 'flask'", "Error", "module flask is not in the image", "pythonReq"),
        (0, "bye", "Completed", "came to its end by itself (exit code 0)", "in the foreground"),
        (139, "", "Error", "was ended by SIGSEGV (exit code 139)", "eas-local logs demo"),
        (200, "", "Error", "ended with exit code 200, and wrote nothing", "eas-local logs demo"),
        (
            127,
            "[FATAL tini (7)] exec /no/such failed: No such file or directory",
            "CommandNotFound",
            'cannot execute "/no/such": the image has no such program (exit code 127)',
            "correct command or script in containers[0]",
        ),
        (127, "/bin/sh: 1: serve: not found", "CommandNotFound", '"serve"', "put the program into the image"),
        (127, "bash: line 1: serve: command not found", "CommandNotFound", '"serve"', "containers[0]"),
        (1, "KeyError: model: not found", "Error", "KeyError: model: not found", "eas-local logs"),
        (126, "[FATAL tini (7)] exec /run failed: Permission denied", "CommandNotExecutable", '"/run"', "chmod +x"),
        (1, "[FATAL tini (7)] exec /run failed: Exec format error", "ExecFormatError", '"/run"', "processor"),
        (126, "/bin/sh: 1: ./run: Exec format error", "ExecFormatError", '"./run": exec format error', "linux/amd64"),
        (126, "sh: ./run: cannot execute binary file: Exec format error", "ExecFormatError", '"./run"', "processor"),
        (1, "fork/exec /bin/sh: exec format error", "ExecFormatError", '"/bin/sh"', "processor"),
        (1, "OSError: [Errno 98] Address already in use", "AddressInUse", "its address is in use", "port of its own"),
        (1, "('0.0.0.0', 9090): address already in use", "ReservedPort", "cannot listen on port 9090", "another port"),
        (1, "OSError: [Errno 28] No space left on device", "StorageFull", "No space left on device", "mounted storage"),
        (1, "IoError(Os { code: 28, kind: StorageFull })", "StorageFull", "disk that is full", "mounted storage"),
    ],
)
def test_the_last_lines_and_the_exit_code_tell_the_cause(code, line, reason, sentence, advice):
    found = cause(code, "starting", line) if line else cause(code)

    assert (found.reason, found.container) == (reason, "worker0")
    assert sentence in found.sentence
    assert advice in found.advice


def test_a_container_over_its_memory_limit_is_told_the_limit():
    limited = a_desired(a_service(resources=Resources(memory_mib=64)))

    found = endings.cause(limited, ended(137, "OOMKilled"), evidence("Killed"))

    assert found.reason == "OOMKilled"
    assert "more than its 64 MiB" in found.sentence
    assert found.advice == "raise metadata.memory above 64"


def test_without_a_limit_it_was_the_machine_that_ran_out_of_memory():
    assert "the machine ran out of memory" in endings.cause(a_desired(), ended(137, "OOMKilled"), Evidence()).sentence


def test_a_foreign_program_shows_in_its_file_where_a_shell_has_read_it_as_a_script():
    found = cause(127, "/app/run: 1: \x7fELF: not found", programs={RUN: Program("/app/run", FOREIGN)})

    assert found.reason == "ExecFormatError"
    assert '"/app/run": it is built for aarch64, and this machine is x86_64' in found.sentence


def test_a_program_that_is_there_but_lacks_its_loader_is_not_called_absent():
    line = "[FATAL tini (7)] exec /app/run failed: No such file or directory"

    assert "not what it needs" in cause(127, line, programs={RUN: Program("/app/run", NATIVE)}).sentence
    assert "no such program" in cause(127, line, programs={RUN: Program("/app/run")}).sentence


def test_a_container_of_a_reserved_port_could_not_listen_there():
    reserved = a_service(containers=(a_container(port=8080),))

    found = cause(1, "OSError: [Errno 98] Address already in use", service=reserved)

    assert found.reason == "ReservedPort"
    assert "port 8080: it belongs to the engine inside the instance" in found.sentence


def test_a_full_scratch_folder_with_a_limit_is_named():
    small = a_service(volumes=(EmptyDir("/scratch", memory=True, size_gib=1),))

    assert (
        "raise size_limit (1) of the empty_dir at /scratch" in cause(1, "No space left on device", service=small).advice
    )


KILL = Event(101.5, "demo", EventType.NORMAL, "KillRun", "kill worker0 of a: Liveness probe failed: HTTP 500", "a")


def test_a_run_that_a_probe_has_ended_is_told_by_the_probe():
    found = cause(137, "serving", events=(KILL,))

    assert found.reason == "Unhealthy"
    assert "was killed and started again: Liveness probe failed: HTTP 500" in found.sentence


@pytest.mark.parametrize(
    "other",
    [
        replace(KILL, at=50),
        replace(KILL, message="kill worker0 of b: Liveness probe failed: HTTP 500"),
        replace(KILL, message="kill worker0 of a: a soft restart was asked for"),
    ],
)
def test_another_kill_is_not_taken_for_it(other):
    assert cause(137, events=(other,)).sentence == "worker0 was ended by SIGKILL (exit code 137)"


def test_a_line_without_an_end_costs_no_more_than_its_beginning():
    seen = cause(7, *["p" * 1_000_000] * 20)

    assert seen.sentence == f"worker0 ended with exit code 7: {'p' * 500}"
