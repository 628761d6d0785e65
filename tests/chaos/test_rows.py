"""The rows cover what there is."""

from itertools import product
from typing import get_args

from eas_local.core.steps import Step
from tests.chaos.changes import ACTS, CHANGES
from tests.chaos.faults import Fault, Moment, Victim
from tests.chaos.rows import bounded, every
from tests.chaos.table import Outcome, table

KINDS = get_args(Step)


def test_every_kind_of_step_is_in_the_plan_of_some_change():
    assert set(ACTS) == set(KINDS) == {step for change in CHANGES for step in change.steps}


def test_every_part_is_killed_in_every_kind_of_step():
    names = [kind.__name__ for kind in KINDS]

    for rows in (every(list(Victim)), bounded(list(Victim))):
        assert {(row.moment.step, row.victim) for row in rows} == set(product(names, Victim))


def test_the_bounded_rows_kill_the_daemon_at_every_moment_of_every_kind_of_step():
    daemons = [row for row in bounded(list(Victim)) if row.victim is Victim.DAEMON]

    assert len(daemons) == sum(ACTS[kind] + 2 for kind in KINDS)


def test_no_row_is_there_twice():
    rows = list(map(str, every(list(Victim))))

    assert len(rows) == len(set(rows))


def test_a_fault_is_read_as_it_was_written():
    fault = Fault(Victim.SIDECAR, Moment("demo", "Drain", 2, None))

    assert Fault.from_json(fault.to_json()) == fault
    assert str(fault) == "sidecar process killed after Drain 2"


def test_the_table_shows_how_many_rows_went_well_and_the_slowest_of_them():
    first, second, third = list(every([Victim.DAEMON]))[:3]

    shown = table([Outcome(first, 1.25), Outcome(second, 2.5), Outcome(third, wrong="stuck")])

    assert shown.splitlines()[-1] == "| CreatePod | 2/3, 2.5 s |"
