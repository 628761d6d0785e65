"""Print the completion script of a shell.

For bash: source <(eas-local completion bash). For zsh, after compinit: source <(eas-local completion zsh). For fish:
eas-local completion fish | source. Names of services are looked up while completing, of a running emulator only;
"services" is what the scripts call for that.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import suppress

from eas_local.cli.completion_scripts import SHELLS, commands_of
from eas_local.cli.shell import Shell
from eas_local.core.errors import EasError

_SERVICES = "services"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=(*SHELLS, _SERVICES), help="the shell it is for")


def run(shell: Shell, args: Namespace) -> int:
    if args.shell == _SERVICES:
        shell.show_lines(_services(shell))
        return 0
    from eas_local.cli.main import COMMANDS, parser  # noqa: PLC0415 - main finds commands by name; only this one knows main

    shell.show(SHELLS[args.shell](commands_of(parser(COMMANDS))))
    return 0


def _services(shell: Shell) -> Iterator[str]:
    with suppress(EasError):
        for service in shell.daemon().services():
            yield service["ServiceName"]
