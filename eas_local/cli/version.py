"""List a service's versions, or go to another one and wait until it runs.

Each change of containers, model or processor makes a version. Going to one brings its text back as it was, its number of
instances included; labels, token and lock belong to the service and stay. The next change makes a version after the latest.
"""

import json
from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import add_name, add_output, add_waiting, count
from eas_local.cli.changing import arrived
from eas_local.cli.progress import Watch
from eas_local.cli.shell import Shell
from eas_local.cli.tables import Column, grid, moment
from eas_local.client import Json
from eas_local.core import aliases

_COLUMNS = (
    Column("VERSION", right=True),
    Column("IN FORCE"),
    Column("BUILDTIME"),
    Column("IMAGE OR PROCESSOR"),
    Column("MESSAGE"),
)


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument("version", type=count, nargs="?", metavar="N", help="the version to go to; without it, a list")
    add_waiting(parser)
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    client = shell.client()
    if args.version is None:
        return _list(shell, args, client.versions(args.name), client.describe(args.name)["CurrentVersion"])
    before = client.look(args.name)
    answer = client.switch_version(args.name, args.version)
    return arrived(args, Watch(shell, client, args.name, args.timeout), before, answer)


def _list(shell: Shell, args: Namespace, versions: list[Json], in_force: int) -> int:
    if args.output == "json":
        shell.show_json({"Versions": versions})
    else:
        shell.show(grid(_COLUMNS, [_row(version, in_force) for version in versions]))
    return 0


def _row(version: Json, in_force: int) -> tuple[str, ...]:
    number, built = version["ImageId"], moment(version["BuildTime"])
    mark = "*" if number == in_force else ""
    return str(number), mark, built, _runs(version["ServiceConfig"]), version["Message"]


def _runs(config: str) -> str:
    document = aliases.normalise(json.loads(config)).document
    if containers := document.get("containers"):
        return str(containers[0].get("image", ""))
    entry = document.get("processor_entry") or document.get("processor_mainclass", "")
    return f"{document.get('processor_path', '')} {entry}".strip()
