"""Do something to particular instances of a service (eas-local w NAME lists them).

delete has them end, after what they have begun, and new ones take their places. isolate has them run on without requests,
rejoin takes that back. detach takes them out of the service for good: new ones take their places, and they run on without
requests until they are deleted, or their service is stopped or deleted.
"""

from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import add_name, add_output, add_waiting
from eas_local.cli.changing import replaced
from eas_local.cli.confirmation import agreed
from eas_local.cli.progress import Watch, acknowledge
from eas_local.cli.shell import Shell
from eas_local.client import Client, Json

_WISHES = {"isolate": {"Isolate": True}, "rejoin": {"Isolate": False}, "detach": {"Detach": True}}
_DONE = {
    "delete": " replaced by as many other instances",
    "isolate": ": no more requests; it runs on",
    "rejoin": ": requests again",
    "detach": " runs on outside the service, another instance in its place",
}


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("verb", choices=("delete", *_WISHES), help="what to do")
    add_name(parser)
    parser.add_argument("instances", metavar="INSTANCES", help="their names, with commas between them")
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask before a delete")
    add_waiting(parser)
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    client = shell.client()
    names = args.instances.split(",")
    if args.verb == "delete" and not args.yes and not _agreed(shell, client, args.name, args.instances):
        shell.complain(f"instances {args.instances} were not deleted")
        return 1
    before = client.look(args.name)
    acknowledge(shell, args, *_ask(client, args, names))
    done = f"{', '.join(names)}{_DONE[args.verb]}"
    return 0 if args.no_wait else replaced(Watch(shell, client, args.name, args.timeout), before, done)


def _agreed(shell: Shell, client: Client, name: str, instances: str) -> bool:
    # Parity: the question of `eascmd dw` (eascmd command page).
    region = client.describe(name)["Region"]
    question = f"Are you sure to delete the instances [{instances}] of service [{name}] in [{region}]?"
    return agreed(shell, question, f"instances {instances} are deleted")


def _ask(client: Client, args: Namespace, names: list[str]) -> list[Json]:
    if args.verb == "delete":
        return [client.delete_instances(args.name, names)]
    return [client.update_instance(args.name, name, **_WISHES[args.verb]) for name in names]
