"""The command line: finds the command, hands it the shell, and turns whatever happens into an exit status.

Each command is a module of its name: its docstring is its help, `arguments` adds what it takes, `run` does it. Only the
module of the command that was called is imported.
"""

import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module

from eas_local import __version__
from eas_local.adapters import settings
from eas_local.cli import failures
from eas_local.cli.arguments import Parser, Usage
from eas_local.cli.hints import did_you_mean
from eas_local.cli.shell import Shell

COMMANDS = (
    "up",
    "create",
    "validate",
    "ls",
    "desc",
    "w",
    "logs",
    "events",
    "diagnose",
    "stop",
    "start",
    "restart",
    "modify",
    "scale",
    "version",
    "plan",
    "instance",
    "label",
    "lock",
    "release",
    "delete",
    "doctor",
    "completion",
    "allspark",
    "down",
)
# Parity: eascmd's other names of the same commands (eascmd command page; `update` in EasyRec's documents).
OTHER_NAMES = {
    "list": ["ls"],
    "showworkers": ["w"],
    "update": ["modify"],
    "dw": ["instance", "delete"],
    "deleteworkers": ["instance", "delete"],
}

_ABOUT = "Run Alibaba Cloud PAI-EAS service.json files on this machine."
_MORE = "eas-local COMMAND --help tells more about each. The emulator is started by the first command that needs it."


def run() -> None:
    """The program `eas-local`."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a terminal without UTF-8 is no reason to fail
    try:
        config = settings.load()
    except ValueError as error:
        sys.exit(f"eas-local: {error}")
    sys.exit(main(sys.argv[1:], Shell(config, sys.stdin, sys.stdout, sys.stderr)))


def main(argv: Sequence[str], shell: Shell) -> int:
    args = Namespace()
    try:
        parse(argv, args)
        code: int = args.run(shell, args)
        shell.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last place that can say it in a sentence
        return failures.report(error, shell, getattr(args, "name", None))
    return code


def parse(argv: Sequence[str], args: Namespace) -> None:
    """Fill `args` from the command line. Raises Usage; shows help and version by leaving the program."""
    words = [*OTHER_NAMES.get(argv[0], argv[:1]), *argv[1:]] if argv else ["--help"]
    if words[0].startswith("-"):
        parser(() if words == ["--version"] else COMMANDS).parse_args(words, args)
    elif words[0] in COMMANDS:
        parser(words[:1]).parse_args(words, args)
    else:
        near = did_you_mean(words[0], COMMANDS)
        raise Usage(f'there is no command "{words[0]}"{near or "; eas-local --help lists them"}')


def parser(commands: Sequence[str]) -> Parser:
    """The parser of these commands."""
    top = Parser("eas-local", description=_ABOUT, epilog=_MORE)
    top.add_argument("--version", action="version", version=f"eas-local {__version__}")
    subparsers = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in commands:
        module = import_module(f"eas_local.cli.{name}")
        about = str(module.__doc__)
        sub = subparsers.add_parser(name, help=about.partition("\n")[0], description=about)
        module.arguments(sub)
        sub.set_defaults(run=module.run)
    return top
