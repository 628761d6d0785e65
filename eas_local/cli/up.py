"""Start the emulator.

Without -d this stays, shows what happens, and shuts the emulator down when interrupted, as down does.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from eas_local.adapters import program_log
from eas_local.adapters.launch import Program, log_of, running
from eas_local.adapters.settings import LONGEST_HOLD, NAMED
from eas_local.cli import down
from eas_local.cli.arguments import add_output, held, seconds, workers
from eas_local.cli.shell import Shell
from eas_local.client import Json
from eas_local.core.errors import NotAllowed

_LOOK_AGAIN = 0.2


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("-d", "--detach", action="store_true", help="return as soon as it runs, and leave it running")
    parser.add_argument(
        "--hold",
        type=held,
        nargs="?",
        const=LONGEST_HOLD,
        metavar="S",
        help=f"let requests wait for an instance that is on its way, {LONGEST_HOLD:.0f} seconds or this many",
    )
    parser.add_argument(
        "--gateway-timeout", type=seconds, metavar="S", help="answer 504 where an instance takes longer than this"
    )
    parser.add_argument("--gateway-workers", type=workers, metavar="N", help="processes of the gateway (default 1)")
    parser.add_argument(
        "--parity-timing",
        action="store_true",
        default=None,
        help="as in the cloud, an instance that leaves is there until its grace is over",
    )
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    shell = _asked(shell, args)
    log = log_of(shell.settings, Program.DAEMON)
    begin = log.stat().st_size if log.exists() else 0
    health = shell.client().health()
    _greet(shell, health)
    if args.output == "json":
        shell.show_json(health)
    return 0 if args.detach else _stay(shell, log, begin)


def _asked(shell: Shell, args: Namespace) -> Shell:
    """With the settings of the command line in place of the environment's."""
    asked = {name: value for name in NAMED if (value := getattr(args, name)) is not None}
    if asked and running(shell.settings):
        raise NotAllowed("the emulator runs already, by its own settings; for these: eas-local down, then eas-local up")
    return replace(shell, settings=replace(shell.settings, **asked))


def _greet(shell: Shell, health: Json) -> None:
    shell.say(f"[OK] Serving at: [{health['gateway']}]")
    if not health["engine"]["ok"]:
        shell.say(f"[WARN] {health['engine']['message']}")


def _stay(shell: Shell, log: Path, begin: int) -> int:
    try:
        for line in _lines(shell, log, begin):
            shell.say(line)
    except KeyboardInterrupt:
        shell.say("")
        down.stop(shell)
        return 0
    shell.complain("the emulator was stopped from elsewhere")
    return 1


def _lines(shell: Shell, log: Path, begin: int) -> Iterator[str]:
    """The daemon's log from there on, for as long as it runs."""
    rest = ""
    for piece in program_log.written(log, begin):
        *lines, rest = (rest + piece).split("\n")
        yield from lines
        if Program.DAEMON not in running(shell.settings):
            return
        shell.clock.sleep(_LOOK_AGAIN)
