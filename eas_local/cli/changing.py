"""A change of a service's document on the command line, in eascmd's spelling, and the wait until it has arrived."""

import json
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eas_local.cli import document
from eas_local.cli.arguments import Usage
from eas_local.cli.progress import Watch, changed
from eas_local.client import Json, Look
from eas_local.core import aliases
from eas_local.core.errors import InvalidDocument
from eas_local.core.states import State

_BRACKET = re.compile(r"[\[\]]")


@dataclass(frozen=True, slots=True)
class Change:
    """`base` is the folder that a file came from; keys of the command line came from none."""

    text: str
    base: str | None = None
    replace: bool = False


def add_change(parser: ArgumentParser) -> None:
    # Parity: `modify NAME -Dkey=value ...` and `modify NAME -s FILE` (eascmd command page).
    parser.add_argument(
        "-D",
        dest="keys",
        action="append",
        metavar="KEY=VALUE",
        help="one field, its key with dots, as in -Dmetadata.instance=2 or -Dcontainers[0].port=9000; may be repeated",
    )
    parser.add_argument("-s", "--file", metavar="FILE", help="a service.json, or the part of one that changes")
    parser.add_argument("--replace", action="store_true", help="let FILE take the place of the whole document")


def change_of(args: Namespace) -> Change | None:
    """What -D or -s ask for, None without them. Raises Usage and InvalidDocument."""
    if args.keys and args.file:
        raise Usage("-D and -s cannot be given together")
    if args.replace and not args.file:
        raise Usage("--replace needs the whole document: -s FILE")
    if args.keys:
        return Change(json.dumps(_tree(args.keys), ensure_ascii=False))
    if args.file:
        path = Path(args.file)
        return Change(document.read(path), document.base(path), args.replace)
    return None


def arrived(args: Namespace, watch: Watch, before: Look, answer: Json) -> int:
    """Wait for a change to reach every instance; a service that is stopped stays so, and there is nothing to wait for.
    `before` is the last look from before it was asked for."""
    if before.state in {State.STOPPED, State.STOPPING}:
        watch.shell.say(f"[OK] The service is stopped: this counts from its next start (eas-local start {watch.name})")
        return changed(args, watch, answer, State.STOPPED)
    return changed(args, watch, answer, State.RUNNING, after=before.seq)


def replaced(watch: Watch, before: Look, done: str) -> int:
    """Wait until every instance is ready again, after something was done to some of them, and say that it is `done`."""
    look = watch.wait(lambda look: look.state != State.RUNNING or not look.pending, after=before.seq)
    if look.state != State.RUNNING or look.pending:
        return watch.fall_short(look)
    watch.shell.say(f"[OK] {done}")
    return 0


def _tree(keys: Iterable[str]) -> Json:
    pairs = dict(_pair(text) for text in keys)
    normal = aliases.normalise(pairs)
    if normal.problems:
        raise InvalidDocument(normal.problems)
    return normal.document


def _pair(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise Usage(f'-D "{text}" is no KEY=VALUE')
    spelt = aliases.indexed(key)
    if _BRACKET.search(spelt) and not aliases.is_literal((spelt.split(".")[0],)):
        raise Usage(f'-D "{key}" names no field; an element of a list is named by its number, as in containers[0].port')
    return spelt, _typed(value)


def _typed(value: str) -> Any:
    """Numbers, booleans, lists and objects as JSON has them; anything else is text as it stands."""
    try:
        return json.loads(value, parse_constant=str)
    except ValueError:
        return value
