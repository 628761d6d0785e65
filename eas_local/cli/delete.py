"""Delete a service with everything that belongs to it, after asking."""

from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import add_name, add_output, add_waiting
from eas_local.cli.confirmation import agreed
from eas_local.cli.progress import Watch, acknowledge
from eas_local.cli.shell import Shell
from eas_local.client import ClientError


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask")
    add_waiting(parser)
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    client = shell.client()
    service = client.describe(args.name)
    question = f"Are you sure to delete the service [{args.name}] in [{service['Region']}]?"
    if not args.yes and not agreed(shell, question, f'service "{args.name}" is deleted'):
        shell.complain(f'service "{args.name}" was not deleted')
        return 1
    acknowledge(shell, args, client.delete(args.name))
    return 0 if args.no_wait else _watch(Watch(shell, client, args.name, args.timeout))


def _watch(watch: Watch) -> int:
    try:
        look = watch.until(())
    except ClientError as error:
        if error.status != 404:
            raise
        watch.shell.say("[OK] Service was deleted successfully")
        return 0
    watch.shell.complain(
        f'service "{watch.name}" is still {look.state}: {look.message}; eas-local w {watch.name} shows it'
    )
    return 1
