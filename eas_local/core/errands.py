"""Commands that only the engine can run inside a container: the `exec` checks of a sidecar.

The sidecar shows those that are due as errands. The daemon has each carried out, in the very run it is about, and reports
how it went; a report on an errand that is no more counts for nothing.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

_LONGEST = 300
_NOT_EXECUTED = {126, 127}
# What the engine writes in place of a command whose program it does not find.
_ABSENT = re.compile(r"OCI runtime exec failed: .*(executable file not found|no such file or directory)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Errand:
    """`id` is named in the report; the command may take `within` seconds."""

    id: str
    container: str
    attempt: int
    command: tuple[str, ...]
    within: float


@dataclass(frozen=True, slots=True)
class Execution:
    """How a command went. `exit_code` is None where it did not end in time; `output` is what it wrote first."""

    exit_code: int | None
    output: str = ""


@dataclass(frozen=True, slots=True)
class ErrandReport:
    """`failure` says why the check failed, empty where it went well. It took so many seconds, waiting not counted."""

    errand: str
    failure: str
    took: float

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> "ErrandReport":
        """Raises ValueError where the text is no report."""
        try:
            data = json.loads(text)
            return cls(str(data["errand"]), str(data["failure"]), float(data["took"]))
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"not a report on an errand: {error}") from error


def failure_of(command: Sequence[str], execution: Execution) -> str:
    """Why a check by this command failed, empty where it went well."""
    # Parity: kubelet says what the command wrote, and `command "..." timed out` of one that took too long (Kubernetes,
    # pkg/probe/exec). One that wrote nothing is named with its exit code.
    match execution.exit_code:
        case 0:
            return ""
        case None:
            return f'command "{_bounded(" ".join(command))}" timed out'
        case code if code in _NOT_EXECUTED and _ABSENT.search(execution.output):
            return f'command "{_bounded(" ".join(command))}" cannot be run: the container has no {_bounded(command[0])}'
        case code:
            said = _bounded(execution.output)
            return said or f'command "{_bounded(" ".join(command))}" exited with code {code}'


def _bounded(text: str) -> str:
    """On one line, and no longer than a sentence may be."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
