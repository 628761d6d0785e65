"""The states of a service, from what is wanted and what is there."""

from dataclasses import replace

import pytest

from eas_local.core import status
from eas_local.core.desired import Change, Goal
from eas_local.core.instance import RunState
from eas_local.core.orders import Fate, Orders, SoftRestart
from eas_local.core.states import State
from eas_local.core.status import Trouble
from tests.builders import a_desired, a_link, a_run, a_sandbox, a_service, an_instance

SETTLED = a_desired(settled=True)
FRESH = a_desired()
EXITED = a_run(state=RunState.EXITED, exit_code=1, finished_at=120)


def trouble(*, permanent: bool = False) -> Trouble:
    return Trouble("ImagePullBackOff", "no such image", permanent, since=100)


@pytest.mark.parametrize(
    ("want", "have", "state"),
    [
        (FRESH, [], State.CREATING),
        (FRESH, [an_instance(FRESH, ready=False)], State.WAITING),
        (FRESH, [an_instance(FRESH)], State.RUNNING),
        (FRESH, [an_instance(FRESH, runs=(EXITED,), linked=False)], State.FAILED),
        (a_desired(change=Change.START), [], State.STARTING),
        (a_desired(goal=Goal.STOP), [an_instance(FRESH)], State.STOPPING),
        (a_desired(goal=Goal.STOP), [], State.STOPPED),
        (a_desired(goal=Goal.DELETE), [], State.DELETING),
        (SETTLED, [an_instance(SETTLED, runs=(EXITED,), linked=False)], State.RUNNING),
        (SETTLED, [], State.RUNNING),
        (a_desired(change=Change.UPDATE), [an_instance(FRESH, "old", fingerprint="r0")], State.UPDATING),
        (a_desired(change=Change.RESTART), [], State.UPDATING),
        (a_desired(a_service(replicas=2), change=Change.SCALE), [an_instance(FRESH)], State.SCALING),
    ],
)
def test_state(want, have, state):
    assert status.of(want, have).state is state


def test_a_service_is_stopped_only_when_nothing_is_being_done_to_it():
    want = a_desired(goal=Goal.STOP)
    assert status.of(want, [], busy=True).state is State.STOPPING
    assert status.of(want, []).state is State.STOPPED


def test_what_takes_long_is_told_while_nothing_is_wrong():
    assert status.of(FRESH, [], doing="image is being pulled").message == "image is being pulled"
    assert status.of(FRESH, [], trouble(), doing="image is being pulled").message == "no such image"
    assert status.of(SETTLED, [an_instance(SETTLED)], doing="x").message == "Service start successfully"


def test_a_crash_before_the_first_readiness_fails_with_the_platforms_sentence():
    seen = status.of(FRESH, [an_instance(FRESH, runs=(EXITED,), linked=False)])
    assert seen.message == "Instance <a> not healthy: Instance crashed, please inspect instance log."


def test_what_ails_an_old_instance_does_not_ail_the_service():
    old = an_instance(FRESH, "old", runs=(EXITED,), linked=False, fingerprint="r0")
    assert status.of(FRESH, [old, an_instance(FRESH, "new", ready=False)]).state is State.WAITING


def test_a_restart_that_becomes_ready_brings_a_failed_service_back():
    restarted = an_instance(FRESH, runs=(replace(EXITED, id="r0"), a_run(id="r1", attempt=1)))
    assert status.of(FRESH, [restarted]).state is State.RUNNING


def test_waiting_says_what_it_waits_for():
    instance = an_instance(FRESH)
    link = a_link(FRESH, instance, unready=(("worker0", "nothing listens on port 8000"),))
    seen = status.of(FRESH, [instance.with_link(link)])
    assert seen.message == "Instance <a> is not ready: worker0: nothing listens on port 8000"


def test_waiting_for_a_silent_sidecar_says_so():
    instance = an_instance(FRESH, linked=False)
    assert "sidecar" not in status.of(FRESH, [instance], now=107).message
    seen = status.of(FRESH, [instance], now=108)
    assert "its sidecar does not answer yet" in seen.message


def test_an_old_restart_is_not_why_a_running_service_is_not_ready():
    instance = an_instance(SETTLED, runs=(a_run(attempt=2),))
    link = a_link(SETTLED, instance, unready=(("worker0", "nothing listens on port 8000"),))
    assert "nothing listens" in status.of(SETTLED, [instance.with_link(link)]).message


def test_trouble_that_passes_keeps_waiting_and_says_why():
    seen = status.of(FRESH, [], trouble())
    assert (seen.state, seen.reason, seen.message) == (State.WAITING, "ImagePullBackOff", "no such image")


def test_trouble_that_stays_fails_a_new_service_but_not_a_running_one():
    assert status.of(FRESH, [], trouble(permanent=True)).state is State.FAILED
    assert status.of(SETTLED, [], trouble(permanent=True)).state is State.RUNNING


def test_an_update_is_over_only_when_the_old_ones_are_gone():
    want = a_desired(change=Change.UPDATE)
    old, new = an_instance(want, "old", fingerprint="r0"), an_instance(want, "new")
    assert status.of(want, [old, new]).state is State.UPDATING
    assert status.of(want, [new]).state is State.RUNNING


def test_an_update_whose_successor_crashes_is_paused_also_while_that_is_tried_again():
    want = a_desired(change=Change.UPDATE)
    old = an_instance(want, "old", fingerprint="r0")
    for run in (EXITED, a_run(id="r1", attempt=1)):
        seen = status.of(want, [old, an_instance(want, "new", runs=(run,), ready=False)])
        assert (seen.state, seen.reason) == (State.UPDATING, "Unhealthy")
        assert seen.message.startswith("Instance <new> not healthy")
        assert "paused" in seen.message


def test_counts_are_of_ready_instances():
    want = a_desired(a_service(replicas=3))
    have = [an_instance(want, "a"), an_instance(want, "b", ordinal=1, ready=False)]
    seen = status.of(want, have)
    assert (seen.total, seen.running, seen.pending) == (3, 1, 2)


def test_a_later_oom_is_told_only_of_exit_code_137():
    assert replace(EXITED, oom_killed=True, exit_code=137).ended.reason == "OOMKilled"
    assert replace(EXITED, oom_killed=True, exit_code=1).ended.reason == "Error"
    assert replace(EXITED, exit_code=0).ended.reason == "Completed"


def changing(*have, change=Change.UPDATE, replicas=1, trouble=None):
    """The status of a service that ran before, in the middle of a change."""
    return status.of(a_desired(a_service(replicas=replicas), change=change), have, trouble)


def test_a_change_is_paused_by_a_newcomer_that_fails_and_by_what_somebody_must_mend():
    old = an_instance(FRESH, "old", fingerprint="r0")
    crashed = an_instance(FRESH, runs=(EXITED,), linked=False)
    again = an_instance(FRESH, runs=(a_run(attempt=1),), ready=False)

    assert not changing(old).paused
    assert not changing(old, an_instance(FRESH, ready=False)).paused
    assert not changing(old, trouble=trouble()).paused
    assert changing(old, crashed).paused
    assert changing(old, again).paused
    assert changing(old, trouble=trouble(permanent=True)).paused


@pytest.mark.parametrize("want", [FRESH, SETTLED, a_desired(goal=Goal.STOP)])
def test_nothing_but_a_change_is_paused(want):
    assert not status.of(want, [an_instance(want, runs=(EXITED,), linked=False)], trouble(permanent=True)).paused


def test_the_end_of_one_that_leaves_is_no_crash():
    gone = an_instance(FRESH, "b", ordinal=1, runs=(EXITED,), linked=False)

    seen = changing(an_instance(FRESH), gone, change=Change.SCALE)

    assert (seen.state, seen.paused, seen.message) == (State.SCALING, False, "Service is scaling")


def test_a_hot_update_lasts_until_every_sidecar_has_been_told():
    want = replace(SETTLED, token="other", change=Change.HOT_UPDATE, settled=False)

    assert status.of(want, [an_instance(SETTLED)]).state is State.HOT_UPDATE
    assert status.of(want, [an_instance(want)]).state is State.RUNNING


@pytest.mark.parametrize(
    "orders", [Orders((("a", Fate.DELETED),)), Orders(soft_restarts=(SoftRestart("a", "worker0", 0),))]
)
def test_one_that_was_asked_to_end_counts_no_more(orders):
    want = replace(SETTLED, orders=orders)

    assert (status.of(want, [an_instance(want)]).running, status.of(want, [an_instance(want)]).pending) == (0, 1)


def test_one_that_begins_anew_counts_again_as_soon_as_its_next_run_is_ready():
    want = replace(SETTLED, orders=Orders(soft_restarts=(SoftRestart("a", "worker0", 0),)))

    assert status.of(want, [an_instance(want, runs=(a_run(attempt=1),))]).pending == 0


@pytest.mark.parametrize("run", [EXITED, a_run(attempt=1)])
def test_an_end_that_somebody_asked_for_is_no_crash(run):
    want = a_desired(change=Change.UPDATE, orders=Orders(soft_restarts=(SoftRestart("a", "worker0", 0),)))
    old = an_instance(want, "old", fingerprint="r0")

    assert not status.of(want, [old, an_instance(want, runs=(run,), ready=False)]).paused


def test_a_service_whose_instances_are_all_isolated_says_that_nobody_takes_requests():
    want = replace(SETTLED, orders=Orders((("a", Fate.ISOLATED),)))

    seen = status.of(want, [an_instance(want)])

    assert (seen.state, seen.reason, seen.running) == (State.RUNNING, "Isolated", 1)
    assert seen.message == (
        "Nobody takes requests, because its only instance is isolated; eas-local instance rejoin demo a takes that back"
    )


STARTING = an_instance(FRESH, ready=False)
CRASHED = an_instance(FRESH, ready=False, runs=(EXITED,))


@pytest.mark.parametrize(
    ("want", "have", "known", "coming"),
    [
        (FRESH, [], None, True),
        (FRESH, [STARTING], None, True),
        (FRESH, [an_instance(FRESH)], None, False),
        (a_desired(a_service(replicas=2)), [an_instance(FRESH)], None, True),
        (SETTLED, [CRASHED], None, True),
        (FRESH, [CRASHED], None, False),
        (a_desired(a_service(crash_block=True), settled=True), [CRASHED], None, False),
        (FRESH, [], trouble(), True),
        (FRESH, [], trouble(permanent=True), False),
        (a_desired(goal=Goal.STOP), [], None, False),
        (a_desired(goal=Goal.DELETE), [], None, False),
    ],
)
def test_an_instance_is_on_its_way_where_one_is_missing_and_may_come(want, have, known, coming):
    assert status.on_its_way(want, have, known) is coming


def test_one_that_is_replaced_and_gone_already_is_not_taken_for_a_crashed_one():
    want = a_desired(change=Change.UPDATE)
    leaving = an_instance(want, "a", sandbox=a_sandbox(id="", running=False), runs=(EXITED,), linked=False)
    serving = an_instance(want, "b", fingerprint="r0")

    assert status.of(want, [leaving, serving]).reason == "UPDATING"
