"""Restart a service: new instances take the places of all, or of one; the old ones serve until the new ones are ready.

With --instance only that one is replaced, and serves no more from then on. With --soft it stays, and its containers begin
anew in it, which takes less time; --container names one of them.
"""

from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import Usage, add_name, add_output, add_waiting
from eas_local.cli.changing import arrived, replaced
from eas_local.cli.progress import Watch, acknowledge
from eas_local.cli.shell import Shell
from eas_local.client import Client, Json


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument("--instance", metavar="I", help="only this one (eas-local w NAME lists them)")
    parser.add_argument("--soft", action="store_true", help="its containers alone, in the same instance")
    parser.add_argument("--container", metavar="C", default="", help="this container alone, with --soft")
    add_waiting(parser)
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    if (args.soft and not args.instance) or (args.container and not args.soft):
        raise Usage("--container goes with --soft, and --soft with --instance")
    client = shell.client()
    before = client.look(args.name)
    watch = Watch(shell, client, args.name, args.timeout)
    if args.instance is None:
        return arrived(args, watch, before, client.restart(args.name))
    acknowledge(shell, args, _one(client, args))
    return 0 if args.no_wait else replaced(watch, before, _done(args))


def _done(args: Namespace) -> str:
    if args.soft:
        return f"{args.container or 'Every container'} of {args.instance} was started anew in place"
    return f"{args.instance} was replaced by another instance"


def _one(client: Client, args: Namespace) -> Json:
    if args.soft:
        return client.restart_softly(args.name, args.instance, args.container)
    return client.delete_instances(args.name, [args.instance])
