"""Show what a change would do, step by step and each with its cause, and change nothing.

The fields that change are said first, with their values before and after.

NAME is a service, or a service.json: that of a service which is there already is planned as a modify, any other as its
creation. With -D or -s it is the plan of that change, with --start, --stop, --restart or --delete of that act, with neither
what is still to be done. New instances are called as they will be but for the random end of their names. It is what happens
if all goes well: a container that crashes has a longer story.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from eas_local.cli import document
from eas_local.cli.arguments import Usage, add_output
from eas_local.cli.changing import add_change, change_of
from eas_local.cli.shell import Shell
from eas_local.client import Json

_ACTS = ("start", "stop", "restart", "delete")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the service, or a service.json")
    add_change(parser)
    acts = parser.add_mutually_exclusive_group()
    for act in _ACTS:
        acts.add_argument(f"--{act}", dest="act", action="store_const", const=act, help=f"the plan of this {act}")
    parser.add_argument("--lenient", action="store_true", help="allow comments and trailing commas in a service.json")
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    asked = _asked(args)
    plan = shell.client().plan(**asked)
    if args.output == "json":
        shell.show_json({"Changes": plan.changes, "Steps": plan.steps})
        return 0
    for change in plan.changes:
        shell.say(f"[OK] {change}")
    shell.show_lines(plan.steps)
    if not plan.steps:
        shell.say("nothing to do")
    return 0


def _asked(args: Namespace) -> Json:
    change = change_of(args)
    if change and args.act:
        raise Usage(f"-D and -s cannot be given together with --{args.act}")
    mode = "replace" if args.replace else "merge"
    if _is_file(args.name):
        if change or args.act:
            raise Usage(f'"{args.name}" is a file; to plan a change of a service, name the service')
        path = Path(args.name)
        return {"text": document.read(path), "base": document.base(path), "lenient": args.lenient}
    if change:
        return {"name": args.name, "text": change.text, "base": change.base, "lenient": args.lenient, "mode": mode}
    return {"name": args.name, "act": args.act}


def _is_file(word: str) -> bool:
    """No service's name has a dot or a slash in it."""
    return "." in word or "/" in word
