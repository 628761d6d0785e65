"""Show, set or remove labels of a service; its instances know nothing of them."""

from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import Usage, add_name, add_output
from eas_local.cli.progress import acknowledge
from eas_local.cli.shell import Shell
from eas_local.client import Json
from eas_local.core.errors import NotFound


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument(
        "labels", nargs="*", metavar="KEY=VALUE", help="labels to set; without any, those it has are shown"
    )
    parser.add_argument(
        "--remove", action="append", default=[], metavar="KEY", help="a label to remove; may be repeated"
    )
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    labels = dict(_pair(text) for text in args.labels)
    client = shell.client()
    there = labels_of(client.describe(args.name))
    if not labels and not args.remove:
        return _show(shell, args, there)
    if strange := [key for key in args.remove if key not in there]:
        raise NotFound(f'service "{args.name}" has no label {", ".join(strange)}; it has {", ".join(there) or "none"}')
    answers = [client.label(args.name, labels)] if labels else []
    answers += [client.unlabel(args.name, args.remove)] if args.remove else []
    acknowledge(shell, args, *answers)
    return 0


def labels_of(service: Json) -> dict[str, str]:
    return {label["LabelKey"]: label["LabelValue"] for label in service["Labels"]}


def _show(shell: Shell, args: Namespace, labels: dict[str, str]) -> int:
    if args.output == "json":
        shell.show_json({"Labels": labels})
    else:
        shell.show_lines(f"{key}={value}" for key, value in labels.items())
    return 0


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise Usage(f'"{text}" is no KEY=VALUE')
    return key, value
