"""Create a service from a service.json and wait until it runs.

Prints its endpoint and token. Ends with status 1 where the service fails, or does not run within the timeout; it then
stays as it is, for a look at its log. Interrupting the wait leaves the service as well.

With --related (blue-green) the file carries the name of a service that is there already: the new one gets that name with a
random ending, and an endpoint of its own until eas-local release gives it a share of the other one's.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from eas_local.cli import document
from eas_local.cli.arguments import add_file, add_output, add_waiting
from eas_local.cli.progress import Watch, announce
from eas_local.cli.remarks import remarks
from eas_local.cli.shell import Shell
from eas_local.cli.tables import pairs
from eas_local.client import Json, Look
from eas_local.core.states import State


def arguments(parser: ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("--related", "-r", action="store_true", help="beside the service of the same name (blue-green)")
    add_waiting(parser)
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    path = Path(args.file)
    text = document.read(path)
    client = shell.client()
    created = client.create(text, document.base(path), lenient=args.lenient, related=args.related)
    _tell(shell, created)
    if args.output == "text":
        # Parity: the two rows of `eascmd create` (eascmd command page).
        shell.show(pairs((("Intranet Endpoint", created["IntranetEndpoint"]), ("Token", created["AccessToken"]))))
    code = 0
    if not args.no_wait:
        watch = Watch(shell, client, created["ServiceName"], args.timeout)
        look = watch.until({State.RUNNING, State.FAILED})
        code = watch.conclude(look, State.RUNNING)
        created |= _state(look)
    if args.output == "json":
        shell.show_json(created)
    return code


def _tell(shell: Shell, created: Json) -> None:
    for line in remarks(created):
        shell.say(line)
    announce(shell, created)


def _state(look: Look) -> Json:
    return {
        "Status": look.state,
        "Reason": look.reason,
        "Message": look.message,
        "TotalInstance": look.total,
        "RunningInstance": look.running,
        "PendingInstance": look.pending,
    }
