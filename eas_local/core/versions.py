"""A version of a service's document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """`written_at` is when its text last changed, in seconds since the epoch."""

    number: int
    text: str
    written_at: float
