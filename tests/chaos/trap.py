"""The trap in a daemon: a test sets it for one moment, and when that has come the victim is killed, there and then.

It is set and reports through two files, so that the test learns of the moment even where the daemon is the victim. What
the step does next waits until the victim is dead.
"""

import threading
from collections.abc import Callable
from pathlib import Path

from eas_local.adapters.clock import SystemClock
from tests.chaos.faults import Fault, Report, Victim


class Trap:
    """The test's side. One fault at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fault = folder / "fault.json"
        self.report = folder / "report.json"

    def set(self, fault: Fault) -> None:
        self.report.unlink(missing_ok=True)
        _write(self.fault, fault.to_json())

    def sprung(self) -> Report:
        """Raises OSError before that."""
        return Report.from_json(self.report.read_text())


class Watch:
    """The daemon's side: told of each step and act, it springs the trap. `kill` is given the fault and the step's pod."""

    def __init__(self, trap: Trap, kill: Callable[[Fault, str], None]) -> None:
        self._trap = trap
        self._kill = kill
        self._clock = SystemClock()
        self._lock = threading.Lock()  # acts come from the engine's threads
        self._fault: Fault | None = None
        self._seen = 0
        self._pod: str | None = None
        self._acts = 0

    def begins(self, service: str, step: str, pod: str) -> bool:
        """Whether it is the step that the fault is about."""
        fault = self._set_fault()
        if fault is None or (fault.moment.service, fault.moment.step) != (service, step):
            return False
        self._seen += 1
        if self._seen != fault.moment.nth:
            return False
        self._pod, self._acts = pod, 0
        self._spring_at(0)
        return True

    @property
    def hot(self) -> bool:
        """The step that the fault is about is being carried out."""
        return self._pod is not None

    def acted(self, pod: str, *, new: bool = False) -> None:
        """Something has been done to a pod, beside others to other pods. A `new` one is that of a step that makes one."""
        with self._lock:
            if self._pod == "" and new:
                self._pod = pod
            if self._pod == pod:
                self._acts += 1
                self._spring_at(self._acts)

    def done(self) -> None:
        self._spring_at(None)

    def ends(self) -> None:
        self._pod = None

    def _set_fault(self) -> Fault | None:
        """The one that is set; a new one begins counting anew."""
        try:
            fault = Fault.from_json(self._trap.fault.read_text())
        except FileNotFoundError:
            self._fault = None
            return None
        if fault != self._fault:
            self._fault, self._seen = fault, 0
        return fault

    def _spring_at(self, acts: int | None) -> None:
        fault = self._fault
        if fault is None or self._pod is None or fault.moment.acts != acts:
            return
        began = self._clock.now()
        self._trap.fault.unlink()
        self._fault = None
        if fault.victim is Victim.DAEMON:  # there is no afterwards
            _write(self._trap.report, Report(began, began, self._acts).to_json())
        self._kill(fault, self._pod)
        _write(self._trap.report, Report(began, self._clock.now(), self._acts).to_json())


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.rename(path)
