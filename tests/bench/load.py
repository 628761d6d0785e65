"""One turn of load by wrk: as many requests as a number of kept connections can have answered, one after the other."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.bench.commands import TOKEN
from tests.bench.contestants import Contestant
from tests.bench.processes import LOAD, installed, pinned

SCRIPT = Path(__file__).parent / "request.lua"


@dataclass(frozen=True, slots=True)
class Cell:
    """What is asked for: an answer of so many bytes to a request with so many. `differing`: every head is another."""

    connections: int
    answer: int = 64
    body: int = 0
    differing: bool = False

    def __str__(self) -> str:
        what = f"requests of {_size(self.body)}" if self.body else f"answers of {_size(self.answer)}"
        return f"{what}{', every head another' if self.differing else ''}, {_count(self.connections)}"


@dataclass(frozen=True, slots=True)
class Turn:
    """Requests per second; milliseconds of latency; microseconds of the proxy's processor time for a request."""

    rate: float
    p50: float
    p99: float
    cpu: float


def turn(contestant: Contestant, cell: Cell, seconds: int, path: str = "") -> Turn:
    """Raises AssertionError where a single request was not answered 200."""
    contestant.empty_log()
    before = contestant.cpu
    said = json.loads(_wrk(contestant.url(path or f"/answer/{cell.answer}"), cell, seconds))
    spent = contestant.cpu - before
    failed = said["refused"] + said["broken"]
    assert not failed, f"{contestant.name}: {failed} of {said['requests']} requests failed, with {cell}: {said}"
    assert said["requests"], f"{contestant.name}: not one answer within {seconds} s, with {cell}"
    rate = said["requests"] / said["microseconds"] * 1e6
    return Turn(rate, said["p50"] / 1000, said["p99"] / 1000, spent / said["requests"] * 1e6)


def _wrk(url: str, cell: Cell, seconds: int) -> str:
    """The last line that it says."""
    options = ("--threads", 1, "--connections", cell.connections, "--duration", f"{seconds}s", "--timeout", "20s")
    arguments = (TOKEN, cell.body, *(["differing"] if cell.differing else []))
    command = pinned(LOAD, installed("wrk"), *options, "--script", SCRIPT, url, "--", *arguments)
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
    assert done.returncode == 0, f"wrk ended with {done.returncode}: {done.stderr or done.stdout}"
    return done.stdout.splitlines()[-1]


def _size(count: int) -> str:
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            return f"{count // unit} {name}"
    return f"{count} B"


def _count(connections: int) -> str:
    return f"{connections} connection{'s' if connections > 1 else ''}"
