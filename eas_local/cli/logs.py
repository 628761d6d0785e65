"""Show what the containers of a service wrote.

Of instances that are gone too, where one is named or none is left, and of earlier runs by their number. With -f new lines
are shown until interrupted, across restarts and new instances. Each line carries the time, the instance and the container.
With --output json the lines are one document, or with -f one document each.
"""

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from eas_local.cli.arguments import add_name, add_output, count
from eas_local.cli.shell import Shell
from eas_local.cli.tables import moment
from eas_local.client import LogLine


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on with new lines until interrupted")
    parser.add_argument("--instance", metavar="I", help="of this instance alone (eas-local w NAME lists them)")
    parser.add_argument("--container", metavar="C", help="of this container alone (worker0, worker1, ...)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--previous", action="store_true", help="of the run before the last restart")
    which.add_argument("--restart", metavar="N", type=count, help="of the run after so many restarts, 0 for the first")
    parser.add_argument("--keyword", metavar="TEXT", help="only lines with this text")
    parser.add_argument("--tail", metavar="N", type=count, help="the last N lines of each container")
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    lines = shell.client().logs(
        args.name,
        instance=args.instance,
        container=args.container,
        restart=args.restart,
        previous=args.previous,
        keyword=args.keyword,
        follow=args.follow,
        tail=args.tail,
    )
    if args.output == "text":
        shell.show_lines(entry(line) for line in lines)
    elif args.follow:
        shell.show_lines(json.dumps(asdict(line), ensure_ascii=False) for line in lines)
    else:
        shell.show_json({"Logs": [asdict(line) for line in lines]})
    return 0


def entry(line: LogLine) -> str:
    # Parity: `[time] [where] text` (the vendor's example of a local `eascmd test`); we name the instance, not its address.
    return f"[{moment(line.at)}] [{line.instance}/{line.container}] {line.text}"
