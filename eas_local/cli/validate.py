"""Check a service.json and show what becomes of each of its fields. Needs nothing but the file.

Ends with status 1 where the file is invalid; with --strict also where a field of it is refused.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eas_local.cli import document
from eas_local.cli.arguments import add_file, add_output
from eas_local.cli.shell import Shell
from eas_local.cli.tables import Column, grid
from eas_local.core.errors import InvalidDocument, Problem

if TYPE_CHECKING:
    from eas_local.core.spec import Parsed

_COLUMNS = (Column("FIELD"), Column("LEVEL"), Column("REMARK"))


def arguments(parser: ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("--strict", action="store_true", help="count refused fields as errors")
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    from eas_local.core import spec, support  # noqa: PLC0415 - pydantic is too slow for the sake of a help text

    path = Path(args.file)
    try:
        parsed = spec.parse(document.read(path), lenient=args.lenient)
    except InvalidDocument as error:
        return _invalid(shell, args, error.problems)
    _show(shell, args, parsed)
    refused = ", ".join(note.field for note in support.refusals(parsed.notes))
    if refused and args.strict:
        shell.complain(f"{path}: refused, and --strict counts that: {refused}")
        return 1
    shell.say(f"[WARN] {path} is valid, but create refuses it for: {refused}" if refused else f"[OK] {path} is valid")
    return 0


def _show(shell: Shell, args: Namespace, parsed: "Parsed") -> None:
    if args.output == "json":
        notes = [{"field": note.field, "level": note.level, "sentence": note.sentence} for note in parsed.notes]
        name = parsed.service.name
        shell.show_json({"Valid": True, "ServiceName": name, "Notes": notes, "Warnings": parsed.warnings})
        return
    shell.show(grid(_COLUMNS, [(note.field, note.level, note.sentence) for note in parsed.notes]))
    for warning in parsed.warnings:
        shell.say(f"[WARN] {warning}")


def _invalid(shell: Shell, args: Namespace, problems: Sequence[Problem]) -> int:
    if args.output == "json":
        found = [{"field": problem.field, "message": problem.message} for problem in problems]
        shell.show_json({"Valid": False, "Problems": found})
    for problem in problems:
        shell.complain(problem)
    return 1
