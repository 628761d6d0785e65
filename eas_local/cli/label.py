"""Set or remove labels of a service; its instances know nothing of them."""

from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import Usage, add_name, add_output
from eas_local.cli.progress import acknowledge
from eas_local.cli.shell import Shell


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument("labels", nargs="*", metavar="KEY=VALUE", help="labels to set")
    parser.add_argument(
        "--remove", action="append", default=[], metavar="KEY", help="a label to remove; may be repeated"
    )
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    labels = dict(_pair(text) for text in args.labels)
    if not labels and not args.remove:
        raise Usage("label needs KEY=VALUE or --remove KEY")
    client = shell.client()
    answers = [client.label(args.name, labels)] if labels else []
    answers += [client.unlabel(args.name, args.remove)] if args.remove else []
    acknowledge(shell, args, *answers)
    return 0


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise Usage(f'"{text}" is no KEY=VALUE')
    return key, value
