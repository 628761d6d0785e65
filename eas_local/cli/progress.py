"""Watching a service until it is where somebody wanted it, told in eascmd's words on stderr.

One line for each change. Where nothing has changed for a second and the goal is not reached, what it waits for is said.
"""

from argparse import Namespace
from collections.abc import Collection
from dataclasses import dataclass, field

from eas_local.cli.logs import entry
from eas_local.cli.shell import Shell
from eas_local.client import Client, ClientError, Json, Look
from eas_local.core.states import State

_QUIET = 1.0
_PATIENCE = 30.0
_LAST_LINES = 20
_NO_EXPLANATION = "Service is "
"""How messages begin that only say the state in other words."""

# Parity: `Service is running` and `Service is terminating` (eascmd command page); the other two by analogy.
_SENTENCES = {
    State.RUNNING: "Service is running",
    State.STOPPING: "Service is stopping",
    State.STOPPED: "Service is stopped",
    State.DELETING: "Service is terminating",
}


def line_of(look: Look) -> str:
    for state, sentence in _SENTENCES.items():
        if look.state == state:
            return f"[OK] {sentence}"
    return f"[OK] {look.state} [Total: {look.total}, Pending: {look.pending}, Running: {look.running}]"


def announce(shell: Shell, answer: Json) -> None:
    """What the API answered to a change."""
    shell.say(f"[RequestId]: {answer['RequestId']}")
    if answer.get("Message"):
        shell.say(f"[OK] {answer['Message']}")


@dataclass(frozen=True, slots=True)
class Watch:
    """Somebody waiting for a service, `timeout` seconds at most."""

    shell: Shell
    client: Client
    name: str
    timeout: float

    def until(self, ends: Collection[State], after: int = -1) -> Look:
        """The first look later than `after` that shows one of `ends`, or the one when the time was over."""
        try:
            return self._until(ends, after)
        except KeyboardInterrupt:
            self.shell.complain(
                f'no longer watching; service "{self.name}" goes on by itself, eas-local desc {self.name} shows it'
            )
            raise

    def conclude(self, look: Look, goal: State) -> int:
        """The exit status; where the goal was missed, why."""
        if look.state == goal:
            return 0
        self.shell.complain(f'service "{self.name}" {_shortfall(look, self.name)}')
        for line in _last_lines(self.client, self.name):
            self.shell.say(line)
        return 1

    def _until(self, ends: Collection[State], after: int) -> Look:
        teller = _Teller(self.shell)
        deadline = self.shell.clock.now() + self.timeout
        wait = _QUIET
        while True:
            left = deadline - self.shell.clock.now()
            look = self.client.look(self.name, after, max(0.0, min(wait, left)))
            news = look.seq != after
            arrived = look.state in ends
            if news:
                teller.tell(look)
            elif not arrived:
                teller.explain(look)
            if (news and arrived) or left <= 0:
                return look
            after, wait = look.seq, _QUIET if news else _PATIENCE


def changed(args: Namespace, watch: Watch, answer: Json, goal: State, after: int = -1) -> int:
    """The rest of start, stop and restart: announce, watch, conclude."""
    announce(watch.shell, answer)
    if args.output == "json":
        watch.shell.show_json(answer)
    if args.no_wait:
        return 0
    return watch.conclude(watch.until({goal, State.FAILED}, after), goal)


@dataclass
class _Teller:
    """Says each thing once."""

    shell: Shell
    line: str = ""
    explained: set[str] = field(default_factory=set)

    def tell(self, look: Look) -> None:
        if (line := line_of(look)) != self.line and look.state != State.FAILED:
            self.line = line
            self.shell.say(line)

    def explain(self, look: Look) -> None:
        if not look.message.startswith(_NO_EXPLANATION) and look.message not in self.explained:
            self.shell.say(f"     {look.message}")
            if not self.explained:
                self.shell.say("     (it goes on; Ctrl-C ends the wait and leaves the service)")
            self.explained.add(look.message)


def _shortfall(look: Look, name: str) -> str:
    if look.state == State.FAILED:
        return f"failed: {look.message}"
    return f"is still {look.state} and goes on: {look.message}; eas-local desc {name} tells more"


def _last_lines(client: Client, name: str) -> list[str]:
    """From the run that is on, or from the one before it where that has said nothing yet."""
    try:
        lines = list(client.logs(name, tail=_LAST_LINES)) or list(client.logs(name, previous=True, tail=_LAST_LINES))
    except ClientError as error:
        return [f"its log cannot be read: {error}"]
    return [entry(line) for line in lines[-_LAST_LINES:]]
