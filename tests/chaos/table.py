"""The table of how it went: for each kind of step and each victim how many kills it stood, and how long it took at most."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.faults import Victim
from tests.chaos.rows import Row


@dataclass(frozen=True, slots=True)
class Outcome:
    """`seconds` from the kill until everything was at rest, or what was `wrong`."""

    row: Row
    seconds: float = 0
    wrong: str = ""


def table(outcomes: Sequence[Outcome]) -> str:
    cells: dict[tuple[str, Victim], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        cells[outcome.row.moment.step, outcome.row.victim].append(outcome)
    victims = [victim for victim in Victim if any(victim == column for _, column in cells)]
    steps = list(dict.fromkeys(step for step, _ in cells))
    lines = [["killed in or beside", *victims], ["---"] * (len(victims) + 1)]
    lines += [[step, *(_cell(cells[step, victim]) for victim in victims)] for step in steps]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(outcomes: Sequence[Outcome]) -> str:
    """Good ones of all, and the slowest of them."""
    good = [outcome.seconds for outcome in outcomes if not outcome.wrong]
    if not outcomes:
        return ""
    return f"{len(good)}/{len(outcomes)}" + (f", {max(good):.1f} s" if good else "")
