import os
import signal
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from eas_local.adapters.launch import Program, ensure_running, log_of, running, socket_of
from eas_local.adapters.settings import Settings
from eas_local.core.errors import Temporary

ANSWERING = """
import os, socket, sys
door = socket.socket(socket.AF_UNIX)
door.bind(sys.argv[1])
door.listen()
print("process", os.getpid(), "in", os.getcwd(), "session", os.getsid(0), flush=True)
while True:
    door.accept()[0].close()
"""


class Machine:
    """Programs that do nothing but answer; `dying` ones say a sentence and end."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.dying: dict[Program, str] = {}
        self.said: list[str] = []

    def argv(self, program: Program) -> list[str]:
        if sentence := self.dying.get(program):
            return [sys.executable, "-c", f"print('starting'); print({sentence!r}); raise SystemExit(1)"]
        return [sys.executable, "-c", ANSWERING, str(socket_of(self.settings, program))]

    def ensure(self) -> None:
        ensure_running(self.settings, self.said.append, self.argv)

    def pid(self, program: Program) -> int:
        return int(log_of(self.settings, program).read_text().splitlines()[-1].split()[1])

    def end(self, program: Program) -> None:
        if log_of(self.settings, program).exists() and "process" in log_of(self.settings, program).read_text():
            with suppress(ProcessLookupError):
                os.kill(self.pid(program), signal.SIGKILL)


@pytest.fixture
def machine(settings: Settings) -> Iterator[Machine]:
    machine = Machine(settings)
    yield machine
    for program in Program:
        machine.end(program)


def test_what_does_not_run_is_started_and_that_is_said(machine, settings):
    machine.ensure()

    assert machine.said == ["[OK] Starting the gateway", "[OK] Starting the daemon"]
    assert running(settings) == (Program.GATEWAY, Program.DAEMON)


def test_what_runs_is_left_alone(machine):
    machine.ensure()
    before = [machine.pid(program) for program in Program]
    machine.said.clear()

    machine.ensure()

    assert machine.said == []
    assert [machine.pid(program) for program in Program] == before


def test_a_program_is_a_session_of_its_own(machine, settings):
    machine.ensure()

    words = log_of(settings, Program.DAEMON).read_text().split()
    assert words[words.index("session") + 1] == words[1]


def test_logs_are_for_their_owner_alone(machine, settings):
    machine.ensure()

    assert stat.S_IMODE(log_of(settings, Program.DAEMON).stat().st_mode) == 0o600


def test_a_program_that_dies_is_reported_with_its_last_line(machine, settings):
    machine.dying[Program.GATEWAY] = "address 127.0.0.1:8600 is taken"

    with pytest.raises(Temporary) as caught:
        machine.ensure()

    assert str(caught.value) == (
        f"the gateway ended as it started: address 127.0.0.1:8600 is taken (more in {log_of(settings, Program.GATEWAY)})"
    )


def test_a_program_names_itself_no_second_time(machine):
    machine.dying[Program.DAEMON] = "eas-local daemon: no room"

    with pytest.raises(Temporary, match="the daemon ended as it started: no room"):
        machine.ensure()


def test_where_one_fails_the_one_started_with_it_is_ended(machine, settings):
    machine.dying[Program.DAEMON] = "no engine"

    with pytest.raises(Temporary, match="no engine"):
        machine.ensure()

    assert running(settings) == ()


def test_a_socket_file_left_behind_is_not_a_running_program(settings):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(settings.daemon_socket))

    assert running(settings) == ()
