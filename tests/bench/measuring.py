"""How long things take: medians of a few turns, the things to be compared taking turns."""

import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from statistics import median
from time import perf_counter

from eas_local.adapters.clock import SystemClock
from tests.scenarios.calling import HOST

Turn = Callable[[], float]


def alternating(turns: int, *contestants: Turn) -> list[float]:
    """The median of each, in the order given; whatever the machine does meanwhile hits all of them."""
    taken: list[list[float]] = [[] for _ in contestants]
    for _ in range(turns):
        for mine, contestant in zip(taken, contestants, strict=True):
            mine.append(contestant())
    return [median(mine) for mine in taken]


def command(words: Sequence[object], environ: dict[str, str] | None = None) -> float:
    """Seconds that a command takes."""
    began = perf_counter()
    subprocess.run([str(word) for word in words], env=environ, check=True, capture_output=True, timeout=120)
    return perf_counter() - began


def until_answered(words: Sequence[object], port: int, path: str, environ: dict[str, str] | None = None) -> float:
    """Seconds from the start of a command to the first answer 200 at an address."""
    began = perf_counter()
    with subprocess.Popen(
        [str(word) for word in words], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while not _answered(port, path):
            assert perf_counter() - began < 60, f"no answer 200 at {path} within a minute of {words}"
            SystemClock().sleep(0.005)  # what is measured needs the processor, too
        took = perf_counter() - began
        process.wait(60)
    return took


def _answered(port: int, path: str) -> bool:
    """Asked with little patience: Docker's proxy takes a connection before the container can, and then keeps it waiting."""
    with suppress(OSError, HTTPException), closing(HTTPConnection(HOST, port, timeout=0.05)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    return False
