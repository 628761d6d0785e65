"""Change a service's configuration and wait until the change has reached every instance.

Fields given with -D, or the file given with -s, are merged into the document in force; with --replace the file takes its
place. What is built into instances is changed by new ones, which take over one after another while the old ones serve;
limits, token, labels and the number of instances replace nothing. Ends with status 1 where a new instance fails: the update
is then paused, the old instances go on serving, and another modify, or version, goes on from there.

A list in FILE takes the place of the whole list in force; an element of one is changed by its number, counted from 0:
-Dcontainers[0].port=9000, or -Dcontainers.0.port=9000, which no shell wants in quotes.
"""

from argparse import ArgumentParser, Namespace

from eas_local.cli.arguments import Usage, add_name, add_output, add_waiting
from eas_local.cli.changing import add_change, arrived, change_of
from eas_local.cli.progress import Watch, acknowledge
from eas_local.cli.remarks import remarks
from eas_local.cli.shell import Shell


def arguments(parser: ArgumentParser) -> None:
    add_name(parser)
    add_change(parser)
    add_waiting(parser)
    add_output(parser)


def run(shell: Shell, args: Namespace) -> int:
    change = change_of(args)
    if change is None:
        raise Usage("modify needs a change: -Dkey=value or -s FILE")
    client = shell.client()
    before = client.look(args.name)
    answer = client.update(args.name, change.text, change.base, replace=change.replace)
    if not answer["Changed"]:
        acknowledge(shell, args, answer)
        return 0
    for line in remarks(answer):
        shell.say(line)
    return arrived(args, Watch(shell, client, args.name, args.timeout), before, answer)
