"""How long and how often to measure, and what of it."""

from dataclasses import dataclass

from tests.bench.contestants import ALL


@dataclass(frozen=True, slots=True)
class Plan:
    """Seconds of one turn and of its warm-up. `cells`: only those whose title has these words in it."""

    rounds: int = 5
    seconds: int = 2
    warm: int = 1
    names: tuple[str, ...] = ALL
    cells: str = ""

    def wants(self, title: str) -> bool:
        return self.cells in title


QUICK = Plan(rounds=1, seconds=1, warm=0)
