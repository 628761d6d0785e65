"""How long and how often to measure, and what of it."""

from dataclasses import dataclass

from tests.bench.contestants import ALL


@dataclass(frozen=True, slots=True)
class Plan:
    """Seconds of one turn, of its warm-up, and of a look at what is at rest. `cells`: only those whose title has these
    words in it. `services`: how many there are where there are many."""

    rounds: int = 5
    seconds: int = 2
    warm: int = 1
    rest: int = 60
    services: int = 50
    names: tuple[str, ...] = ALL
    cells: str = ""

    def wants(self, title: str) -> bool:
        return self.cells in title


QUICK = Plan(rounds=1, seconds=1, warm=0, rest=5, services=5)
