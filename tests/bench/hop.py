"""One hop: requests per second, latency and processor time of a sidecar and its peers, by sizes and connections.

Within a cell the contestants take turns, so that whatever the machine does meanwhile hits all of them. What is shown is
the median turn, and of ratios the median over the rounds.
"""

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from statistics import median

from tests.bench.commands import ENVOY, NGINX, OURS
from tests.bench.contestants import NONE, Contestant, contestants
from tests.bench.load import Cell, Turn, turn
from tests.bench.plan import Plan
from tests.bench.report import Number, Table

KIB, MIB = 1 << 10, 1 << 20
CONNECTIONS = (1, 16, 256)
CELLS = (
    *(Cell(many, answer=size) for size in (64, 16 * KIB, MIB) for many in CONNECTIONS),
    *(Cell(many, body=size) for size in (16 * KIB, MIB) for many in CONNECTIONS),
    Cell(16, differing=True),
)
COLUMNS = ("requests/s", "+- %", "x envoy", "p50 ms", "p99 ms", "CPU us")
SUMMARY = ("x envoy", "x nginx", "p99/envoy", "CPU/envoy", "CPU/nginx")

Turns = Mapping[str, Sequence[Turn]]
"""Of each contestant, one for each round."""


def tables(plan: Plan) -> Iterator[Table]:
    summary: dict[str, Sequence[Number]] = {}
    with contestants(plan.names) as them:
        for cell in CELLS:
            if plan.wants(str(cell)):
                turns = in_turn(them, cell, plan)
                summary[str(cell)] = _against(turns)
                yield Table(str(cell), COLUMNS, {name: row(turns, name, ENVOY) for name in turns})
    yield Table(f"{OURS} against its peers", SUMMARY, summary)


def in_turn(them: Sequence[Contestant], cell: Cell, plan: Plan) -> Turns:
    if plan.warm:
        for one in them:
            turn(one, cell, plan.warm)
    rounds = [[turn(one, cell, plan.seconds) for one in them] for _ in range(plan.rounds)]
    return {one.name: taken for one, taken in zip(them, zip(*rounds, strict=True), strict=True)}


def ratio(turns: Turns, name: str, other: str, of: str) -> Number:
    """How many times what the other has, by a field of the turns."""
    if other not in turns or name not in turns:
        return None
    value = attrgetter(of)
    return median(value(mine) / value(its) for mine, its in zip(turns[name], turns[other], strict=True))


def row(turns: Turns, name: str, peer: str) -> list[Number]:
    """One contestant's `COLUMNS`, its requests beside those of a peer."""
    mine = turns[name]
    rates = [turn.rate for turn in mine]
    rate = median(rates)
    return [
        rate,
        (max(rates) - min(rates)) / 2 / rate * 100,
        ratio(turns, name, peer, "rate"),
        median(turn.p50 for turn in mine),
        median(turn.p99 for turn in mine),
        None if name == NONE else median(turn.cpu for turn in mine),
    ]


def _against(turns: Turns) -> list[Number]:
    asked = (("rate", ENVOY), ("rate", NGINX), ("p99", ENVOY), ("cpu", ENVOY), ("cpu", NGINX))
    return [ratio(turns, OURS, peer, of) for of, peer in asked]
