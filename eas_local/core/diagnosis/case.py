"""One run that has ended, with everything that is known of it: what the rules of `endings` and `unfit` see."""

import re
from dataclasses import dataclass

from eas_local.core.diagnosis.evidence import Program
from eas_local.core.diagnosis.report import Cause
from eas_local.core.instance import LastState
from eas_local.core.service import Container, Service


@dataclass(frozen=True, slots=True)
class Case:
    """`program` is there where the run ended as one does that cannot be executed; `here` is this machine, and `killed` why
    this emulator has ended it."""

    service: Service
    container: Container
    last: LastState
    lines: list[str]
    program: Program | None
    here: str
    killed: str

    @property
    def code(self) -> int:
        return self.last.exit_code

    def cause(self, reason: str, sentence: str, advice: str) -> Cause:
        return Cause(reason, f"{self.container.name} {sentence}", advice, self.container.name)

    def named(self, pattern: re.Pattern[str]) -> str:
        """What the last line of this pattern names; empty where there is none."""
        found = [match for line in self.lines if (match := pattern.search(line))]
        return next(filter(None, found[-1].groups()), "") if found else ""

    def holding(self, pattern: re.Pattern[str]) -> list[str]:
        return [line for line in self.lines if pattern.search(line)]
