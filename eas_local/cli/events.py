"""Show what happened to a service and its instances, and why.

Oldest first, in the words that plan announces and the log repeats. With -f new events are shown until interrupted, one
line each. With --output json the events are one document, or with -f one document each.
"""

import json
from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import add_name, add_output, seconds
from eas_local.cli.shell import Shell
from eas_local.cli.tables import Column, grid, moment
from eas_local.client import Json

_COLUMNS = (Column("TIME"), Column("TYPE"), Column("REASON"), Column("INSTANCENAME"), Column("MESSAGE"))


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on with new events until interrupted")
    parser.add_argument("--instance", metavar="I", help="of this instance alone, also of one that is gone")
    parser.add_argument("--since", metavar="S", type=seconds, help="of the last S seconds")
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    events = shell.client().events(args.name, instance=args.instance, since=args.since, follow=args.follow)
    if args.follow:
        line = _line if args.output == "text" else _document
        shell.show_lines(line(event) for event in events)
    elif args.output == "json":
        shell.show_json({"Events": list(events)})
    else:
        shell.show(grid(_COLUMNS, [_row(event) for event in events]))
    return 0


def _row(event: Json) -> tuple[str, ...]:
    return moment(event["Time"]), event["Type"], event["Reason"], event["InstanceName"], event["Message"]


def _line(event: Json) -> str:
    where = f"[{event['InstanceName']}] " if event["InstanceName"] else ""
    return f"[{moment(event['Time'])}] {where}{event['Type']} {event['Reason']}: {event['Message']}"


def _document(event: Json) -> str:
    return json.dumps(event, ensure_ascii=False)
