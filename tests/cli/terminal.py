"""A terminal to run commands on: what was typed goes in, status and both streams come out."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from eas_local.adapters.clock import SystemClock
from eas_local.adapters.settings import Settings
from eas_local.cli.main import main
from eas_local.cli.shell import Shell


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


class Typed(io.StringIO):
    """stdin; with `tty` somebody sits there."""

    def __init__(self, text: str, *, tty: bool) -> None:
        super().__init__(text)
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


@dataclass
class HastyClock(SystemClock):
    """Half a minute passes at every look."""

    time: float = 0

    def now(self) -> float:
        self.time += 30
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass
class InterruptedClock(SystemClock):
    """Somebody presses Ctrl-C, once, when it is used for the fourth time."""

    uses: int = 0

    def now(self) -> float:
        self.sleep(0)
        return 0

    def sleep(self, _seconds: float) -> None:
        self.uses += 1
        if self.uses == 4:
            raise KeyboardInterrupt


def nothing_to_start(_settings: Settings, _say: Callable[[str], None]) -> None:
    """The programs run already."""


@dataclass
class Terminal:
    settings: Settings
    clock: SystemClock = field(default_factory=SystemClock)
    start: Callable[[Settings, Callable[[str], None]], None] = nothing_to_start

    def run(self, *argv: str, typed: str = "", tty: bool = False) -> Said:
        shell = Shell(self.settings, Typed(typed, tty=tty), io.StringIO(), io.StringIO(), self.clock, self.start)
        code = main(argv, shell)
        return Said(code, shell.stdout.getvalue(), shell.stderr.getvalue())

    def hasty(self) -> "Terminal":
        return replace(self, clock=HastyClock())

    def interrupted(self) -> "Terminal":
        return replace(self, clock=InterruptedClock())
