"""Replace every instance of a service by a new one; the old ones serve until the new ones are ready."""

from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import add_name, add_output, add_waiting
from eas_local.cli.progress import Watch, changed
from eas_local.cli.shell import Shell
from eas_local.core.states import State


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    add_waiting(parser)
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    client = shell.client()
    before = client.look(args.name)
    answer = client.restart(args.name)
    return changed(args, Watch(shell, client, args.name, args.timeout), answer, State.RUNNING, after=before.seq)
