"""Say why a service is not ready: what was seen, what to do now, and the evidence.

Ends with status 0 where nothing is wrong: every instance is ready, or merely starting; with status 1 where something is.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from eas_local.cli.arguments import add_name, add_output
from eas_local.cli.logs import entry
from eas_local.cli.shell import Shell
from eas_local.client import Json, LogLine


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument("--instance", metavar="I", default="", help="this instance alone (eas-local w NAME lists them)")
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    report = shell.client().diagnosis(args.name, args.instance)
    if args.output == "json":
        shell.show_json(report)
    else:
        shell.show_lines(_whole(report))
    return 1 if report["DiagnosisList"] else 0


def causes(report: Json) -> Iterator[str]:
    """Each cause and what to do about it, once, however many instances have it."""
    found = [pair for one in report["DiagnosisList"] for pair in zip(one["Reasons"], one["Causes"], strict=True)]
    yield from dict.fromkeys(f"{reason}: {sentence}" for reason, sentence in found)
    yield from dict.fromkeys(f"-> {advice}" for one in report["DiagnosisList"] for advice in one["Advices"])


def last_lines(container: Json) -> Iterator[str]:
    for line in container["Logs"]:
        yield entry(LogLine(container["InstanceName"], container["Name"], line["at"], line["text"]))


def _whole(report: Json) -> Iterator[str]:
    for one in report["DiagnosisList"]:
        yield f"[FAIL] {one['Error']}"
        yield from (f"     {line}" for line in causes({"DiagnosisList": [one]}))
    mark = "OK" if not report["DiagnosisList"] else "WARN"
    yield f"[{mark}] {report['ServiceName']}: {report['Summary']}"
    yield from (f"[WARN] {note}" for note in report["Notes"])
    for container in report["Containers"]:
        yield f"{container['InstanceName']}/{container['Name']} {container['State']}"
        yield from (f"     {line}" for line in (*container["Probes"], *last_lines(container)))
