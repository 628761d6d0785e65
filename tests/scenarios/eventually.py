"""The only wait of the scenarios: bounded, and named after what it waits for."""

from collections.abc import Callable
from typing import TypeVar

from eas_local.adapters.clock import SystemClock

T = TypeVar("T")

_LOOK_AGAIN = 0.05


def eventually(check: Callable[[], T], within: float, what: str) -> T:
    """The first true answer of `check`; a failed assertion or a broken connection in it means not yet."""
    clock = SystemClock()
    deadline = clock.now() + within
    while True:
        try:
            if seen := check():
                return seen
        except (AssertionError, OSError) as error:
            seen = error
        if clock.now() > deadline:
            raise AssertionError(f"{what}: not within {within:g} s; last seen: {seen!r}")
        clock.sleep(_LOOK_AGAIN)


def throughout(check: Callable[[], object], lasting: float) -> None:
    """`check`, which asserts for itself, holds again and again for so long."""
    clock = SystemClock()
    deadline = clock.now() + lasting
    while clock.now() < deadline:
        check()
        clock.sleep(_LOOK_AGAIN)
