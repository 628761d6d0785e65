"""Change the number of a service's instances and wait until as many run.

Those that stay are not touched; those that are too many end what they have begun first.
"""

from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import add_name, add_output, add_waiting, count
from eas_local.cli.changing import arrived
from eas_local.cli.progress import Watch
from eas_local.cli.shell import Shell


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument("instances", type=count, metavar="N", help="how many instances")
    add_waiting(parser)
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    client = shell.client()
    before = client.look(args.name)
    answer = client.scale(args.name, args.instances)
    return arrived(args, Watch(shell, client, args.name, args.timeout), before, answer)
