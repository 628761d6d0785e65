"""What every command is given: the settings, the three streams, and the way to the daemon.

Data goes to stdout, everything said about it to stderr.
"""

import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TextIO

from eas_local.adapters.clock import SystemClock
from eas_local.adapters.launch import Say, ensure_running
from eas_local.adapters.settings import Settings
from eas_local.client import Client

_WIDTH = 160


@dataclass(frozen=True, slots=True)
class Shell:
    settings: Settings
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    clock: SystemClock = SystemClock()  # noqa: RUF009 - it has no state
    start: Callable[[Settings, Say], None] = ensure_running

    @property
    def width(self) -> int:
        """Columns of the terminal, or as many as suit a file."""
        with suppress(OSError):
            return os.get_terminal_size(self.stdout.fileno()).columns
        return _WIDTH

    def client(self) -> Client:
        """The daemon's API; the programs are started where they do not run, and that is said."""
        self.start(self.settings, self.say)
        return self.daemon()

    def daemon(self) -> Client:
        """Its API, without looking whether it runs."""
        return Client(self.settings.daemon_socket, self.settings.region)

    def say(self, message: str) -> None:
        print(message, file=self.stderr, flush=True)

    def complain(self, sentence: object) -> None:
        """The one form of every error."""
        self.say(f"eas-local: {sentence}")

    def show(self, text: str) -> None:
        print(text, file=self.stdout, flush=True)

    def show_json(self, document: Any) -> None:
        self.show(json.dumps(document, indent=2, ensure_ascii=False))

    def show_lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.show(line)
