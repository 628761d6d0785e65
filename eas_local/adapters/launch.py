"""The daemon and the gateway as processes: whether they run, and how they are started.

A program runs when its socket answers; a socket file left by a killed one does not. What a program says goes to its file
under <home>/logs (`program_log`), and the end of that file is the error where it dies while starting.

One that runs but is of another release of this package is replaced: a daemon ends and another adopts what runs, a gateway
hands its address over to the next, and no request fails.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from eas_local import __version__
from eas_local.adapters import program_log
from eas_local.adapters.clock import SystemClock
from eas_local.adapters.locks import Holder, holder, lives, make_runtime, one_at_a_time
from eas_local.adapters.settings import NAMED, Settings, environ_of
from eas_local.core.errors import Temporary

START_LIMIT = 15.0
_END_LIMIT = 5.0
_GUARD_LIMIT = 3.0
_LOOK_AGAIN = 0.02
_LAST_WORDS = 4096
_FOLLOW = "--follow"


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
    """Start what does not run, and wait until it answers. Where one fails, those started with it are ended again."""
    if _is_guarded(settings):
        _wait(lambda: answers(settings.gateway_socket), _GUARD_LIMIT)
    if not _due(settings):
        return
    with one_at_a_time(settings):
        make_runtime(settings)
        children: list[_Child] = []
        try:
            for program, other in _due(settings).items():
                say(_announced(program, other))
                children.append(_begin(settings, program, argv(program), other))
                _await(settings, children[-1])
                if other:
                    _leave([children.pop()])
        except BaseException:
            _end(children)
            raise
        _leave(children)


def next_gateway(settings: Settings) -> "subprocess.Popen[bytes]":
    """One just started, that takes over what is offered of another one's."""
    child = _start(settings, Program.GATEWAY, (*module_of(Program.GATEWAY), _FOLLOW))
    _leave([child])
    return child.process


def answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        with suppress(OSError):
            probe.connect(str(path))
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Child:
    """A program just started. `begin`: where in its log it began to write; `follows`: another of its kind serves until
    it does."""

    program: Program
    process: subprocess.Popen[bytes]
    log: Path
    begin: int
    follows: bool = False


def _is_guarded(settings: Settings) -> bool:
    """The daemon lives alone: it is about to have another gateway take the place of one that was killed."""
    return running(settings) == (Program.DAEMON,)


def _due(settings: Settings) -> dict[Program, Holder | None]:
    """The programs to be started, each with the one of another release in whose place it comes, if there is one."""
    there = running(settings)
    found = {program: _other(settings, program) if program in there else None for program in Program}
    return {program: other for program, other in found.items() if other or program not in there}


def _other(settings: Settings, program: Program) -> Holder | None:
    signed = holder(settings, program)
    return signed if signed and signed.version != __version__ else None


def _announced(program: Program, other: Holder | None) -> str:
    if other is None:
        return f"[OK] Starting the {program}"
    return f"[OK] Replacing the {program}: eas-local {other.version} gives way to {__version__}, and services go on"


def _begin(settings: Settings, program: Program, argv: Sequence[str], other: Holder | None) -> _Child:
    """In another's place by the settings he had: somebody may have named them to `up`."""
    if other is None:
        _end_unreachable(settings, program)
        return _start(settings, program, argv)
    kept = replace(settings, **{name: value for name, value in other.options.items() if name in NAMED})
    if program is Program.GATEWAY:
        return replace(_start(kept, program, (*argv, _FOLLOW)), follows=True)
    _end_other(settings, program)
    return _start(kept, program, argv)


def _end_unreachable(settings: Settings, program: Program) -> None:
    """One that lives while its socket is gone, perhaps with the folder it was in, can be reached by nobody any more."""
    if lives(settings, program) and not _wait(lambda: answers(socket_of(settings, program)), _GUARD_LIMIT):
        _end_other(settings, program)


def _end_other(settings: Settings, program: Program) -> None:
    """Its work can be cut off anywhere, so that one that does not end is ended."""
    for number, patience in ((signal.SIGTERM, _END_LIMIT), (signal.SIGKILL, _END_LIMIT)):
        signed = holder(settings, program)
        if signed and lives(settings, program):
            os.kill(signed.pid, number)
            _wait(lambda: not lives(settings, program), patience)


def _start(settings: Settings, program: Program, argv: Sequence[str]) -> _Child:
    log = log_of(settings, program)
    log.parent.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(program_log.opened(log), "ab") as output:
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


def _await(settings: Settings, child: _Child) -> None:
    if not _wait(lambda: _serves(settings, child) or child.process.poll() is not None, START_LIMIT):
        raise Temporary(f"the {child.program} does not answer after {START_LIMIT:.0f} s: {_last_words(child)}")
    if child.process.poll() is not None:
        raise Temporary(f"the {child.program} ended as it started: {_last_words(child)}")


def _serves(settings: Settings, child: _Child) -> bool:
    signed = holder(settings, child.program) if child.follows else None
    followed = not child.follows or (signed is not None and signed.pid == child.process.pid)
    return followed and answers(socket_of(settings, child.program))


def _wait(check: Callable[[], bool], within: float) -> bool:
    """Whether it has come true in time."""
    clock = SystemClock()
    deadline = clock.monotonic() + within
    while not (came := check()) and clock.monotonic() < deadline:
        clock.sleep(_LOOK_AGAIN)
    return came


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
