"""Server-sent events: what a thousand streams of ten events a second cost a proxy, and how late an event comes.

The origin writes into each event when it was sent; both ends read the clock of this machine.
"""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from sys import executable

from tests.bench.commands import TOKEN
from tests.bench.contestants import NONE, PREFIX, Contestant, contestants
from tests.bench.plan import Plan
from tests.bench.processes import LOAD, pinned
from tests.bench.report import Number, Table

STREAMS = 1000
CLIENT = Path(__file__).parent / "streams_client.py"
COLUMNS = ("events/s", "CPU s/s", "p50 ms", "p99 ms")


@dataclass(frozen=True, slots=True)
class Turn:
    """`cpu`: seconds of the proxy's processor time in a second."""

    rate: float
    cpu: float
    p50: float
    p99: float


def tables(plan: Plan) -> Iterator[Table]:
    with contestants(plan.names) as them:
        rounds = [[_turn(one, plan.seconds * 2) for one in them] for _ in range((plan.rounds + 1) // 2)]
        taken = dict(zip(plan.names, zip(*rounds, strict=True), strict=True))
    yield Table(f"{STREAMS} streams", COLUMNS, {name: _row(name, turns) for name, turns in taken.items()})


def _row(name: str, turns: tuple[Turn, ...]) -> list[Number]:
    rate, cpu, p50, p99 = (median(getattr(turn, of) for turn in turns) for of in ("rate", "cpu", "p50", "p99"))
    return [rate, None if name == NONE else cpu, p50, p99]


def _turn(contestant: Contestant, seconds: int) -> Turn:
    """The client says when all streams flow, then what it saw in so many seconds."""
    arguments = (contestant.port, f"{PREFIX}/events", TOKEN, STREAMS, seconds)
    command = pinned(LOAD, executable, CLIENT, *arguments)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:
        assert client.stdout
        client.stdout.readline()
        before = contestant.cpu
        seen, errors = client.communicate(timeout=seconds + 30)
        spent = contestant.cpu - before
    assert client.returncode == 0, f"{contestant.name}: no {STREAMS} streams: {errors[-500:]}"
    said = json.loads(seen)
    return Turn(said["events"] / said["seconds"], spent / said["seconds"], said["p50"], said["p99"])
