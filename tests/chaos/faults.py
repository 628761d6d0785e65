"""What goes wrong, and when: a part that is killed at one moment of a plan that is being carried out."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Self

HELPER = "Helper"
"""Stands for a step where a moment is about a container that does one job for the daemon; it belongs to no service."""


class Victim(StrEnum):
    DAEMON = "daemon"
    GATEWAY = "gateway"
    SIDECAR = "sidecar process"
    SANDBOX = "sandbox"
    WORKER = "worker"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class Moment:
    """In the `nth` step of a kind that is carried out for a service once the trap is set.

    `acts`: what the step has done to the outside by then; 0 as it is about to begin, None when it has been done.
    """

    service: str
    step: str
    nth: int
    acts: int | None

    def __str__(self) -> str:
        step = f"{self.step} {self.nth}"
        if self.acts is None:
            return f"after {step}"
        return f"in {step} after act {self.acts}" if self.acts else f"before {step}"


@dataclass(frozen=True, slots=True)
class Fault:
    victim: Victim
    moment: Moment

    def __str__(self) -> str:
        return f"{self.victim} killed {self.moment}"

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        data = json.loads(text)
        return cls(Victim(data["victim"]), Moment(**data["moment"]))


@dataclass(frozen=True, slots=True)
class Report:
    """When the victim was killed, in seconds since the epoch, and how many acts the step had done by then."""

    began: float
    ended: float
    acts: int

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))
