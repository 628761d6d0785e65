"""`python -m tests.chaos [--only TEXT] [--rounds N] [--seed S]`: every part is killed at every moment of every plan, and the
table of how it went; then random kills amid random changes.

`--only` takes the rows that say TEXT, such as "engine killed" or "before StartRun".
"""

import argparse
import random
import sys
from collections.abc import Sequence

from tests.chaos.faults import Victim
from tests.chaos.rows import Row, every
from tests.chaos.stages import Stages
from tests.chaos.storm import storm
from tests.chaos.table import Outcome, table


def play(rows: Sequence[Row]) -> list[Outcome]:
    outcomes = []
    with Stages() as stages:
        for number, row in enumerate(rows, 1):
            outcomes.append(outcome := _played(stages, row))
            print(f"{number}/{len(rows)} {row}: {outcome.wrong or f'{outcome.seconds:.1f} s'}", flush=True)
    return outcomes


def _played(stages: Stages, row: Row) -> Outcome:
    try:
        return Outcome(row, stages.play(row))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this row's, and the others are played as well
        return Outcome(row, wrong=f"{type(error).__name__}: {error}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.chaos", description="Kills every part at every moment.")
    parser.add_argument("--only", default="", metavar="TEXT", help="the rows that say this")
    parser.add_argument("--rounds", type=int, default=40, metavar="N", help="rounds of random kills")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    arguments = parser.parse_args()
    outcomes = play([row for row in every(list(Victim)) if arguments.only in str(row)])
    wrong = [f"{outcome.row}: {outcome.wrong}" for outcome in outcomes if outcome.wrong]
    wrong += _stormed(arguments.rounds, arguments.seed)
    print(table(outcomes), *(f"WRONG: {sentence}" for sentence in wrong), sep="\n")
    return int(bool(wrong))


def _stormed(rounds: int, seed: int) -> list[str]:
    print(f"{rounds} rounds of random kills, seed {seed}", flush=True)
    try:
        storm(rounds, seed)
    except AssertionError as error:
        return [f"random kills, seed {seed}: {error}"]
    return []


if __name__ == "__main__":
    sys.exit(main())
