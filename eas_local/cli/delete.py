"""Delete a service with everything that belongs to it, after asking."""

from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import add_name, add_output, add_waiting
from eas_local.cli.progress import Watch, announce
from eas_local.cli.shell import Shell
from eas_local.client import ClientError
from eas_local.core.errors import NotAllowed

_YES = {"", "y", "yes"}
# Parity: the prompt's [Y/n]; a bare Enter counts as yes (eas-semantics section 5).


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask")
    add_waiting(parser)
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    client = shell.client()
    service = client.describe(args.name)
    if not args.yes and not _agreed(shell, args.name, service["Region"]):
        shell.complain(f'service "{args.name}" was not deleted')
        return 1
    answer = client.delete(args.name)
    announce(shell, answer)
    if args.output == "json":
        shell.show_json(answer)
    return 0 if args.no_wait else _watch(Watch(shell, client, args.name, args.timeout))


def _agreed(shell: Shell, name: str, region: str) -> bool:
    if not shell.stdin.isatty():
        raise NotAllowed(f'service "{name}" is deleted only after a yes, and there is no terminal to ask on; add --yes')
    print(f"Are you sure to delete the service [{name}] in [{region}]? [Y/n] ", end="", file=shell.stderr, flush=True)
    answer = shell.stdin.readline()
    return answer.endswith("\n") and answer.strip().lower() in _YES


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
