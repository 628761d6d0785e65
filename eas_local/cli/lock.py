"""Set a service's safety lock: what may not be asked of it until the lock is taken off.

dangerous refuses to stop or delete it, all refuses every change but that of the lock; none takes it off. A lock stays over
restarts of the emulator. It is no lock on the emulator itself: down ends every service.
"""

from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import add_name, add_output
from eas_local.cli.progress import acknowledge
from eas_local.cli.shell import Shell


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument("lock", choices=("none", "dangerous", "all"), help="what it refuses")
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    acknowledge(shell, args, shell.client().lock(args.name, args.lock))
    return 0
