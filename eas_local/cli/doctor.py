"""Look for whatever keeps services from running here, and say what to do about it.

Starts and changes nothing. Ends with status 1 where a check fails.
"""

from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import add_output
from eas_local.cli.checks import Verdict, machine
from eas_local.cli.engine_checks import engine
from eas_local.cli.shell import Shell


def arguments(parser: ArgumentParser) -> None:
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    found = [*machine(shell.settings), *engine(shell.settings, shell.daemon())]
    if args.output == "json":
        shell.show_json({"Checks": [{"verdict": each.verdict, "message": each.message} for each in found]})
    else:
        shell.show_lines(str(each) for each in found)
    return 1 if any(each.verdict is Verdict.FAIL for each in found) else 0
