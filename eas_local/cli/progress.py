"""Watching a service until it is where somebody wanted it, told in eascmd's words on stderr.

One line for each change. Where nothing has changed for half a second and the goal is not reached, it is said why: what is
wrong and what to do now, or what it waits for. A goal that was missed is concluded with the whole of it.
"""

from argparse import Namespace
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from eas_local.adapters.locks import one_at_a_time
from eas_local.adapters.settings import Settings
from eas_local.cli import diagnose
from eas_local.cli.shell import Shell
from eas_local.client import Client, ClientError, DaemonDown, Json, Look
from eas_local.core.states import State

_QUIET = 0.5
_PATIENCE = 30.0
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
        if look.state == state and not (state is State.RUNNING and look.pending):
            return f"[OK] {sentence}"
    return f"[OK] {look.state} [Total: {look.total}, Pending: {look.pending}, Running: {look.running}]"


def announce(shell: Shell, answer: Json) -> None:
    """What the API answered to a change."""
    shell.say(f"[RequestId]: {answer['RequestId']}")
    if answer.get("Message"):
        shell.say(f"[OK] {answer['Message']}")


def acknowledge(shell: Shell, args: Namespace, *answers: Json) -> None:
    """Announce what the API answered; the last of it is the document of --output json."""
    for answer in answers:
        announce(shell, answer)
    if args.output == "json":
        shell.show_json(answers[-1])


@dataclass(frozen=True, slots=True)
class Watch:
    """Somebody waiting for a service, `timeout` seconds at most. `explained`: what was said of why it takes its time."""

    shell: Shell
    client: Client
    name: str
    timeout: float
    explained: set[str] = field(default_factory=set)

    def until(self, ends: Collection[State], after: int = -1) -> Look:
        """The first look later than `after` that shows one of `ends` or a change that is paused, or the one when the time
        was over."""
        return self.wait(lambda look: look.state in ends or look.paused, after)

    def wait(self, arrived: Callable[[Look], bool], after: int = -1) -> Look:
        """The first look later than `after` that has arrived, or the one when the time was over."""
        try:
            return self._wait(arrived, after)
        except KeyboardInterrupt:
            self.shell.complain(
                f'no longer watching; service "{self.name}" goes on by itself, eas-local desc {self.name} shows it and '
                f"eas-local diagnose {self.name} says why it is not ready"
            )
            raise

    def conclude(self, look: Look, goal: State) -> int:
        """The exit status; where the goal was missed, why."""
        return 0 if look.state == goal else self.fall_short(look)

    def fall_short(self, look: Look) -> int:
        """The exit status, after it was said what is missing and why."""
        complaint = f'service "{self.name}" {_shortfall(look, self.name)}'
        self.shell.complain(complaint)
        for line in _conclusion(self.client, self.name, {*self.explained, complaint}):
            self.shell.say(line)
        return 1

    def _wait(self, arrived: Callable[[Look], bool], after: int) -> Look:
        teller = _Teller(self.shell, self.explained)
        deadline = self.shell.clock.now() + self.timeout
        wait = _QUIET
        while True:
            left = deadline - self.shell.clock.now()
            try:
                look = self.client.look(self.name, after, max(0.0, min(wait, left)))
            except DaemonDown:
                if left <= 0:
                    raise
                self._revive()
                after = -1  # another daemon counts its looks anew
                continue
            news = look.seq != after
            there = arrived(look)
            if news:
                teller.tell(look)
            elif not there:
                teller.explain(look, _causes(self.client, self.name))
            if (news and there) or left <= 0:
                return look
            after, wait = look.seq, _QUIET if news else _PATIENCE

    def _revive(self) -> None:
        """Raises DaemonDown where somebody has shut the emulator down, or what keeps it from being started."""
        if _is_shut_down(self.shell.settings):
            raise DaemonDown(
                f'the emulator was shut down meanwhile; service "{self.name}" comes back with eas-local up -d'
            )
        self.shell.start(self.shell.settings, lambda line: self.shell.say(f"{line} again; the wait goes on"))
        self.client.health()


def changed(args: Namespace, watch: Watch, answer: Json, goal: State, after: int = -1) -> int:
    """The rest of a command that changes a service: announce, watch, conclude. Of looks later than `after` one that shows
    it stopped ends the wait as well."""
    acknowledge(watch.shell, args, answer)
    if args.no_wait:
        return 0
    ends = {goal, State.FAILED} if after < 0 else {goal, State.FAILED, State.STOPPED}
    return watch.conclude(watch.until(ends, after), goal)


@dataclass
class _Teller:
    """Says each thing once."""

    shell: Shell
    explained: set[str]
    line: str = ""

    def tell(self, look: Look) -> None:
        if (line := line_of(look)) != self.line and look.state != State.FAILED:
            self.line = line
            self.shell.say(line)

    def explain(self, look: Look, causes: Sequence[str]) -> None:
        waits = [] if look.message.startswith(_NO_EXPLANATION) else [look.message]
        new = [sentence for sentence in causes or waits if sentence not in self.explained]
        for sentence in new:
            self.shell.say(f"     {sentence}")
        if new and not self.explained:
            self.shell.say("     (it goes on; Ctrl-C ends the wait and leaves the service)")
        self.explained.update(new)


def _shortfall(look: Look, name: str) -> str:
    if look.state == State.FAILED:
        return f"failed: {look.message}"
    if look.paused:
        return f"has not arrived where it should: {look.message}"
    if look.state == State.STOPPED:
        return f"was stopped meanwhile; eas-local start {name} starts it"
    return f"is still {look.state} and goes on: {look.message}; eas-local desc {name} tells more"


def _is_shut_down(settings: Settings) -> bool:
    """A daemon that was killed leaves its socket. One that gives way to another release is awaited."""
    if not settings.home.exists():
        return True
    with one_at_a_time(settings):
        return not settings.daemon_socket.exists()


def _causes(client: Client, name: str) -> list[str]:
    try:
        return list(diagnose.causes(client.diagnosis(name)))
    except (ClientError, DaemonDown):  # whether there is such a service, and a daemon, is for the look to find out
        return []


def _conclusion(client: Client, name: str, said: Collection[str]) -> list[str]:
    """Causes and what to do, as far as that was not said, and the last lines of the first container that has some."""
    try:
        report = client.diagnosis(name)
    except (ClientError, DaemonDown) as error:
        return [f"it cannot be diagnosed: {error}"]
    lines = next(filter(None, (list(diagnose.last_lines(container)) for container in report["Containers"])), [])
    return [*(f"     {line}" for line in diagnose.causes(report) if not _is_said(line, said)), *lines]


def _is_said(line: str, said: Collection[str]) -> bool:
    """As a line of its own or in another one, where it stands without the word for its reason."""
    sentence = line.removeprefix("-> ") if line.startswith("-> ") else line.partition(": ")[2]
    return any(sentence in other for other in said)
