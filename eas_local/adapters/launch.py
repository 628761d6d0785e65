"""The daemon and the gateway as processes: whether they run, and how they are started.

A program runs when its socket answers; a socket file left by a killed one does not. What a program says goes to its file
under <home>/logs, and the end of that file is the error where it dies while starting.
"""

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from eas_local.adapters.clock import SystemClock
from eas_local.adapters.locks import make_runtime, one_at_a_time
from eas_local.adapters.settings import Settings, environ_of
from eas_local.core.errors import Temporary

START_LIMIT = 15.0
_LOOK_AGAIN = 0.02
_LAST_WORDS = 4096


class Program(StrEnum):
    """In the order of starting: the gateway finds out whether the address is free before any service is touched."""

    GATEWAY = "gateway"
    DAEMON = "daemon"


Say = Callable[[str], None]
Argv = Callable[[Program], Sequence[str]]


def module_of(program: Program) -> Sequence[str]:
    return (sys.executable, "-m", f"eas_local.{program}")


def socket_of(settings: Settings, program: Program) -> Path:
    return settings.daemon_socket if program is Program.DAEMON else settings.gateway_socket


def log_of(settings: Settings, program: Program) -> Path:
    return settings.home / "logs" / f"{program}.log"


def running(settings: Settings) -> tuple[Program, ...]:
    """The programs of this home that answer."""
    return tuple(program for program in Program if answers(socket_of(settings, program)))


def ensure_running(settings: Settings, say: Say, argv: Argv = module_of) -> None:
    """Start what does not run and wait until it answers. Where one fails, those started with it are ended again."""
    if len(running(settings)) == len(Program):
        return
    with one_at_a_time(settings):
        make_runtime(settings)
        children: list[_Child] = []
        try:
            for program in _missing(settings):
                say(f"[OK] Starting the {program}")
                children.append(_start(settings, program, argv(program)))
                _await(children[-1], socket_of(settings, program))
        except BaseException:
            _end(children)
            raise
        _leave(children)


def answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        with suppress(OSError):
            probe.connect(str(path))
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Child:
    """A program just started. `begin`: where in its log it began to write."""

    program: Program
    process: subprocess.Popen[bytes]
    log: Path
    begin: int


def _missing(settings: Settings) -> list[Program]:
    there = running(settings)
    return [program for program in Program if program not in there]


def _start(settings: Settings, program: Program, argv: Sequence[str]) -> _Child:
    log = log_of(settings, program)
    log.parent.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
        begin = output.seek(0, os.SEEK_END)
        process = subprocess.Popen(  # noqa: S603 - our own module, run by the interpreter that runs this
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=environ_of(settings),
        )
    return _Child(program, process, log, begin)


def _await(child: _Child, path: Path) -> None:
    clock = SystemClock()
    deadline = clock.now() + START_LIMIT
    while not answers(path):
        if child.process.poll() is not None:
            raise Temporary(f"the {child.program} ended as it started: {_last_words(child)}")
        if clock.now() > deadline:
            raise Temporary(f"the {child.program} does not answer after {START_LIMIT:.0f} s: {_last_words(child)}")
        clock.sleep(_LOOK_AGAIN)


def _last_words(child: _Child) -> str:
    """The last line it wrote, and where the rest is."""
    with child.log.open("rb") as file:
        file.seek(max(child.begin, child.log.stat().st_size - _LAST_WORDS))
        lines = file.read().decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    return f"{re.sub(rf'^eas.local.{child.program}: ', '', last)} (more in {child.log})"


def _end(children: Sequence[_Child]) -> None:
    for child in reversed(children):
        child.process.terminate()
        try:
            child.process.wait(5)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()


def _leave(children: Sequence[_Child]) -> None:
    """They outlive us; where we outlive them, they are reaped."""
    for child in children:
        threading.Thread(target=child.process.wait, daemon=True).start()
