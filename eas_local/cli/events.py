"""Show what happened to a service and its instances, and why.

A table of the last of them, oldest first; messages that are too long for the line are cut. What was done and is seen at
once after it is told once: --all shows the act beside what was seen, in the words of plan. With -f events are shown as they
come until interrupted, one line each. With --output json they are whole, and all of them: one document, or with -f one each.
"""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from eas_local.cli.arguments import Usage, add_name, add_output, count, seconds
from eas_local.cli.shell import Shell
from eas_local.cli.tables import Column, grid, moment, narrowed
from eas_local.client import Json
from eas_local.core.steps import CreatePod, Drain, RemovePod, StartRun

_COLUMNS = (Column("TIME"), Column("TYPE"), Column("REASON"), Column("INSTANCENAME"), Column("MESSAGE"))
_TAIL = 50
_SEEN_TOO = {act.__name__ for act in (CreatePod, StartRun, Drain, RemovePod)}
"""Acts that the next look at the instances tells as Created, Started, Killing and Deleted."""


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on with new events until interrupted")
    parser.add_argument("--instance", metavar="I", help="of this instance alone, also of one that is gone")
    parser.add_argument("--since", metavar="S", type=seconds, help="of the last S seconds")
    parser.add_argument("--tail", metavar="N", type=count, help=f"the last N of them (the table's default is {_TAIL})")
    parser.add_argument("--warnings", action="store_true", help="only what is of type Warning")
    parser.add_argument("--all", action="store_true", help="each act, too, that shows in what was seen after it")
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    if args.follow and args.tail is not None:
        raise Usage("--tail and -f cannot be given together; --since S says how far back to begin")
    told = shell.client().events(args.name, instance=args.instance, since=args.since, follow=args.follow)
    events = (event for event in told if _is_asked_for(event, args))
    if args.follow:
        line = _line if args.output == "text" else _document
        shell.show_lines(line(event) for event in events)
    elif args.output == "json":
        shell.show_json({"Events": _last(list(events), args.tail)})
    else:
        _show(shell, list(events), _TAIL if args.tail is None else args.tail)
    return 0


def _is_asked_for(event: Json, args: Namespace) -> bool:
    if args.warnings and event["Type"] != "Warning":
        return False
    return args.all or args.output == "json" or event["Reason"] not in _SEEN_TOO


def _show(shell: Shell, events: Sequence[Json], most: int) -> None:
    last = _last(events, most)
    shell.show(grid(_COLUMNS, narrowed(_COLUMNS, [_row(event) for event in last], shell.width)))
    if len(last) < len(events):
        shell.say(f"the last {len(last)} of {len(events)} events; --tail {len(events)} shows all of them")


def _last(events: Sequence[Json], most: int | None) -> Sequence[Json]:
    return events if most is None else events[max(len(events) - most, 0) :]


def _row(event: Json) -> tuple[str, ...]:
    return moment(event["Time"]), event["Type"], event["Reason"], event["InstanceName"], event["Message"]


def _line(event: Json) -> str:
    where = f"[{event['InstanceName']}] " if event["InstanceName"] else ""
    return f"[{moment(event['Time'])}] {where}{event['Type']} {event['Reason']}: {event['Message']}"


def _document(event: Json) -> str:
    return json.dumps(event, ensure_ascii=False)
