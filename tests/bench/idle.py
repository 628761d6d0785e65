"""Memory that connections cost a proxy while nothing is asked on them: each has had one answer and is kept."""

import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from sys import executable

from tests.bench.commands import TOKEN
from tests.bench.contestants import NONE, PREFIX, contestants
from tests.bench.load import Cell, turn
from tests.bench.plan import Plan
from tests.bench.processes import LOAD, Program, pinned
from tests.bench.report import Number, Table

MOST = 10_000
SPARE = 500
CLIENT = Path(__file__).parent / "idle_client.py"
COLUMNS = ("MiB before", "MiB with", "KiB each")


def tables(plan: Plan) -> Iterator[Table]:
    """As many as this machine lets one program have open, where that is less."""
    connections = min(MOST, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE)
    rows = {name: _row(name, connections, plan) for name in plan.names if name != NONE}
    yield Table(f"{connections:,} idle connections", COLUMNS, rows)


def _row(name: str, connections: int, plan: Plan) -> list[Number]:
    """Of a fresh one that has worked a moment."""
    with contestants([name]) as (one,):
        assert one.program
        turn(one, Cell(16), plan.seconds)
        before = one.program.resident
        address = (one.port, f"{PREFIX}/answer/64", TOKEN)
        during = _with_connections(connections, address, one.program)
        return [before, during, (during - before) * 1024 / connections]


def _with_connections(count: int, address: tuple[object, ...], program: Program) -> float:
    """The client keeps them until its input ends."""
    command = pinned(LOAD, executable, CLIENT, *address, count)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout
        client.stdout.readline()
        resident = program.resident
        _, errors = client.communicate(timeout=30)
    assert client.returncode == 0, f"{program.name} does not keep {count} connections: {errors[-500:]}"
    return resident
