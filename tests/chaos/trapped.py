"""The daemon with the trap as a process, in place of the one that an emulator's commands would start."""

import subprocess
import sys
from pathlib import Path

from eas_local.adapters import settings
from eas_local.adapters.launch import answers
from eas_local.adapters.locks import lives
from tests.chaos.faults import Fault, Report
from tests.chaos.killing import kill_process, program
from tests.chaos.trap import Trap
from tests.scenarios.emulator import Emulator
from tests.scenarios.eventually import eventually

ROOT = Path(__file__).parents[2]
SPRUNG_WITHIN = 60


class TrappedDaemon:
    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._settings = settings.load(emulator.environment())
        self._trap = Trap(emulator.place)
        self._process: subprocess.Popen[bytes] | None = None

    def runs(self) -> None:
        """It is the one that answers; the one before it is killed."""
        if self._process is not None:
            return
        kill_process(program(self._settings, "daemon"))
        eventually(lambda: not lives(self._settings, "daemon"), within=5, what="the end of the daemon")
        command = [sys.executable, "-m", "tests.chaos.daemon", str(self._emulator.place)]
        with (self._emulator.home / "logs" / "daemon.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._emulator.environment(), stdout=log, stderr=log
            )
        eventually(lambda: answers(self._settings.daemon_socket), within=30, what="the daemon with the trap")

    def set(self, fault: Fault) -> None:
        self._trap.set(fault)

    def sprung(self, fault: Fault) -> Report:
        """As soon as that has happened."""
        return eventually(self._trap.sprung, SPRUNG_WITHIN, f"the moment {fault.moment}")

    def is_gone(self) -> None:
        """It has been killed."""
        if self._process is not None:
            self._process.wait(10)
            self._process = None

    def end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self.is_gone()
