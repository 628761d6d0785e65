"""A version of a service's document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """`built_at` is when it was made, in seconds since the epoch."""

    number: int
    text: str
    built_at: float
