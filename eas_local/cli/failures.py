"""Every way a command can fail, as its exit status and what is said about it: one line for each thing wrong."""

import os
import traceback
from collections.abc import Sequence
from contextlib import suppress

from eas_local.adapters import program_log
from eas_local.adapters.settings import Settings
from eas_local.cli.arguments import Usage
from eas_local.cli.hints import did_you_mean
from eas_local.cli.shell import Shell
from eas_local.client import ClientError, Unanswered
from eas_local.core.errors import EasError, InvalidDocument

UNKNOWN_SERVICE = "InvalidService.NotFound"


def report(error: BaseException, shell: Shell, name: str | None) -> int:
    """`name` is the service the command was about, None where it was about none."""
    match error:
        case KeyboardInterrupt():
            return 130
        case BrokenPipeError():
            return _unheard(shell)
    for sentence in _sentences(error, shell, name):
        shell.complain(sentence)
    return 2 if isinstance(error, Usage) else 1


def _sentences(error: BaseException, shell: Shell, name: str | None) -> Sequence[object]:
    match error:
        case InvalidDocument() | ClientError() if error.problems:
            return error.problems
        case ClientError() if error.code == UNKNOWN_SERVICE and name:
            return [f"{error}{_alike(shell, name)}"]
        case Unanswered():
            return [f"{error}; eas-local {f'desc {name}' if name else 'ls'} shows which"]
        case Usage() | EasError():
            return [error]
        case OSError():
            return [_of_system(error)]
        case _:
            return [_surprise(error, shell.settings)]


def _unheard(shell: Shell) -> int:
    """Nobody reads on, and nothing is left to say; also not when the interpreter flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), shell.stdout.fileno())
    return 1


def _alike(shell: Shell, name: str) -> str:
    """Empty for a service that exists: what was not found is something of it."""
    with suppress(EasError):
        services = [service["ServiceName"] for service in shell.daemon().services()]
        return "" if name in services else did_you_mean(name, services)
    return ""


def _of_system(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)


def _surprise(error: BaseException, settings: Settings) -> str:
    """A mistake of ours: the user gets one line, the log the rest."""
    log = settings.home / "logs" / "cli.log"
    what = f"this is a mistake in eas-local ({type(error).__name__}: {error})"
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(program_log.opened(log), "a", encoding="utf-8") as file:
            traceback.print_exception(error, file=file)
    except OSError as unwritten:
        return f"{what}; its log cannot be written: {unwritten}"
    return f"{what}; {log} says more"
