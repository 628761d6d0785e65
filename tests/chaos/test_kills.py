"""The bounded rows: a part is killed in the middle of a plan, and everything comes to what was asked for, once."""

from collections.abc import Iterator

import pytest

from tests.chaos.faults import Victim
from tests.chaos.rows import Row, bounded
from tests.chaos.stages import Stages
from tests.scenarios.second_engine import obstacle


@pytest.fixture(scope="module")
def stages() -> Iterator[Stages]:
    with Stages() as opened:
        yield opened


@pytest.mark.parametrize("row", list(bounded(list(Victim))), ids=str)
def test_everything_comes_to_what_was_asked_for(stages: Stages, row: Row):
    if row.victim is Victim.ENGINE and (reason := obstacle()):
        pytest.skip(reason)

    stages.play(row)
