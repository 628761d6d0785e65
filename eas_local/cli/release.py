"""Give a service its share of the endpoint that it has in common with another one, after asking.

Of two services (create --related makes the second one) the named one gets so many percent of the requests to the endpoint,
the other one the rest. The new service's own endpoint is closed from then on; both are called at the old one's. Deleting
either of them sends everything to the other.
"""

from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import add_name, add_output, percent
from eas_local.cli.confirmation import agreed
from eas_local.cli.shell import Shell


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument("--weight", "-w", type=percent, required=True, metavar="W", help="percent of the requests")
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask")
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    # Parity: the question and the last line of `eascmd release` (eascmd command page).
    client = shell.client()
    client.describe(args.name)  # that there is none is said before anything is asked
    question = f"Confirmed to release this service at weight [{args.weight}%]?"
    if not args.yes and not agreed(shell, question, f'service "{args.name}" is released'):
        shell.complain(f'service "{args.name}" was not released')
        return 1
    answer = client.release(args.name, args.weight)
    shell.say(f"[RequestId]: {answer['RequestId']}")
    shell.say(f"[OK] Service [{args.name}] is weighted to {args.weight}% now")
    if args.output == "json":
        shell.show_json(answer)
    return 0
