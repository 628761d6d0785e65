"""Create a service from a service.json and wait until it runs.

Prints its endpoint and token. Ends with status 1 where the service fails, or does not run within the timeout; it then
stays as it is, for a look at its log. Interrupting the wait leaves the service as well.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path

from eas_local.cli import document
from eas_local.cli.arguments import add_file, add_output, add_waiting
from eas_local.cli.progress import Watch, announce
from eas_local.cli.shell import Shell
from eas_local.cli.tables import pairs
from eas_local.client import Json, Look
from eas_local.core.ledger import Level
from eas_local.core.states import State

_NO_NEWS = {Level.ENFORCED, Level.SIMULATED, Level.ACCEPTED}


def arguments(parser: ArgumentParser) -> None:
    add_file(parser)
    add_waiting(parser)
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    path = Path(args.file)
    text = document.read(path)
    client = shell.client()
    created = client.create(text, document.base(path), lenient=args.lenient)
    _tell(shell, created)
    if args.output == "text":
        # Parity: the two rows of `eascmd create` (eascmd command page).
        shell.show(pairs((("Intranet Endpoint", created["IntranetEndpoint"]), ("Token", created["AccessToken"]))))
    if args.no_wait:
        return _answer(shell, args, created, 0)
    watch = Watch(shell, client, created["ServiceName"], args.timeout)
    look = watch.until({State.RUNNING, State.FAILED})
    code = watch.conclude(look, State.RUNNING)
    return _answer(shell, args, {**created, **_state(look)}, code)


def _tell(shell: Shell, created: Json) -> None:
    for line in _remarks(created):
        shell.say(line)
    announce(shell, created)


def _remarks(created: Json) -> Iterable[str]:
    yield from (f"[WARN] {warning}" for warning in created["Warnings"])
    idle = [note["field"] for note in created["Notes"] if note["level"] == Level.ACCEPTED]
    if idle:
        yield f"[OK] Without effect here: {', '.join(idle)} (eas-local validate tells why)"
    for note in created["Notes"]:
        if note["level"] not in _NO_NEWS:
            yield f"[WARN] {note['field']}: {note['level']}: {note['sentence']}"


def _answer(shell: Shell, args: Namespace, document: Json, code: int) -> int:
    if args.output == "json":
        shell.show_json(document)
    return code


def _state(look: Look) -> Json:
    return {
        "Status": look.state,
        "Reason": look.reason,
        "Message": look.message,
        "TotalInstance": look.total,
        "RunningInstance": look.running,
        "PendingInstance": look.pending,
    }
