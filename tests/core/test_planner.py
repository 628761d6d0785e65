"""What is wanted and what is there, in; the plan as text, out."""

from dataclasses import replace

import pytest

from eas_local.core import render
from eas_local.core.desired import Desired, Goal
from eas_local.core.instance import Instance, RunState
from eas_local.core.orders import Fate, Orders, SoftRestart
from eas_local.core.pace import Pace
from eas_local.core.planner import plan
from eas_local.core.service import Check, CheckKind, Rolling, Share, TcpSocket
from tests.builders import a_container, a_desired, a_link, a_run, a_sandbox, a_service, an_instance

NOW = 200.0


def text(want: Desired, *have: Instance, now: float = NOW) -> str:
    return str(plan(want, have, now))


def revised(want: Desired, **changes: object) -> Desired:
    """The same service with another image: a new revision."""
    return replace(want, service=replace(want.service, containers=(a_container(image="img:2"),), **changes))


def linked(want: Desired, instance: Instance, **changes: object) -> Instance:
    return instance.with_link(a_link(want, instance, **changes))


def test_a_new_service_gets_its_instances():
    assert text(a_desired(a_service(replicas=2))) == (
        "create instance 0: no instance of this revision\ncreate instance 1: no instance of this revision"
    )


def test_a_sandbox_without_containers_gets_them_all_at_once():
    want = a_desired(a_service(containers=(a_container(), a_container(name="worker1", port=8001))))
    assert text(want, an_instance(want, runs=(), linked=False)) == (
        "start worker0 of a: not started yet\nstart worker1 of a: not started yet"
    )


def test_a_container_on_a_port_of_the_sidecar_starts_after_it():
    want = a_desired(a_service(containers=(a_container(port=8080),)))
    silent = an_instance(want, runs=(), linked=False)
    assert text(want, silent) == "nothing to do"
    assert text(want, linked(want, silent)) == "start worker0 of a: not started yet"


def test_a_silent_sidecar_is_looked_at_again_when_it_should_have_spoken():
    want = a_desired()
    assert plan(want, [an_instance(want, linked=False)], 106).look_again_at == 108


def test_a_ready_instance_needs_nothing():
    want = a_desired()
    assert text(want, an_instance(want)) == "nothing to do"


def test_an_instance_that_is_not_ready_is_waited_for():
    want = a_desired()
    assert text(want, an_instance(want, ready=False)) == "nothing to do"


def test_a_start_that_was_cut_off_is_made_again():
    want = a_desired()
    created = a_run(state=RunState.CREATED)
    assert (
        text(want, an_instance(want, runs=(created,), linked=False)) == "start worker0 of a: created, not started yet"
    )


def test_the_first_restart_comes_at_once():
    want = a_desired()
    exited = a_run(state=RunState.EXITED, exit_code=3, finished_at=NOW)
    assert text(want, an_instance(want, runs=(exited,), linked=False)) == "start worker0 of a: exited with code 3"


@pytest.mark.parametrize(("attempt", "wait"), [(1, 10), (2, 20), (3, 40), (9, 300), (60, 300)])
def test_later_restarts_are_held_back(attempt, wait):
    want = a_desired()
    exited = a_run(attempt=attempt, streak=attempt, state=RunState.EXITED, exit_code=3, started_at=190, finished_at=NOW)
    made = plan(want, [an_instance(want, runs=(exited,), linked=False)], NOW)
    assert str(made) == "nothing to do"
    assert made.look_again_at == NOW + wait


def test_a_run_of_ten_minutes_is_forgiven():
    want = a_desired()
    exited = a_run(attempt=7, state=RunState.EXITED, exit_code=3, started_at=NOW - 600, finished_at=NOW)
    sandbox = a_sandbox(started_at=NOW - 700)
    assert "start worker0" in text(want, an_instance(want, runs=(exited,), sandbox=sandbox, linked=False))


def test_a_crash_is_kept_for_inspection_where_the_file_says_so():
    want = a_desired(a_service(crash_block=True))
    exited = a_run(state=RunState.EXITED, exit_code=3, finished_at=NOW)
    assert text(want, an_instance(want, runs=(exited,), linked=False)) == "nothing to do"


def test_a_sandbox_that_ended_is_started_and_its_workers_after_it():
    want = a_desired()
    ended = an_instance(want, sandbox=a_sandbox(running=False), linked=False)
    assert text(want, ended) == "start sandbox of a: its sandbox has ended"

    again = an_instance(want, sandbox=a_sandbox(started_at=150), linked=False)
    assert text(want, again) == "start worker0 of a: its sandbox was started anew"


def test_a_sandbox_that_was_created_but_never_started_is_left_to_who_is_starting_it_for_a_while():
    want = a_desired()
    created = an_instance(want, created_at=NOW, sandbox=a_sandbox(running=False, started_at=0), linked=False)

    assert plan(want, [created], NOW).steps == ()
    assert text(want, created, now=NOW + 3) == "start sandbox of a: created, not started yet"


def test_the_run_before_is_stored_once_another_has_followed():
    want = a_desired()
    runs = (a_run(id="r0", state=RunState.EXITED, exit_code=1), a_run(id="r1", attempt=1))
    assert text(want, an_instance(want, runs=runs)) == "store worker0 of a: run 0 has been followed by another"


def test_a_failed_liveness_probe_kills_the_run_it_was_about():
    want = a_desired()
    instance = an_instance(want)
    failing = (("worker0", "Liveness probe failed: HTTP probe failed with statuscode: 500"),)
    assert text(want, linked(want, instance, failing=failing)) == (
        "kill worker0 of a: Liveness probe failed: HTTP probe failed with statuscode: 500"
    )

    stale = linked(want, instance, failing=failing, attempts=(("worker0", 7),))
    assert "kill" not in text(want, stale)


def test_a_verdict_from_before_the_run_began_kills_nobody():
    check = Check(CheckKind.LIVENESS, TcpSocket(8000), period=3, failure_threshold=4)
    want = a_desired(a_service(containers=(a_container(checks=(check,)),)))
    instance = linked(want, an_instance(want), failing=(("worker0", "Liveness probe failed"),))
    assert plan(want, [instance], 118).look_again_at == 119
    assert text(want, instance, now=119) == "kill worker0 of a: Liveness probe failed"


def test_a_new_token_is_told_to_the_sidecar_and_nothing_is_replaced():
    want = a_desired()
    instance = an_instance(want)
    assert text(replace(want, token="other"), instance) == "configure a: token, limits or a run have changed"


def test_a_run_is_told_to_the_sidecar_when_it_changes():
    want = a_desired()
    instance = replace(an_instance(want), runs=(a_run(attempt=1),))
    assert text(want, instance) == "configure a: token, limits or a run have changed"


def test_an_old_instance_serves_until_its_successor_is_ready():
    old_want = a_desired()
    want = revised(old_want)
    old = an_instance(old_want, "old")
    new = an_instance(want, "new", ready=False, created_at=150)

    assert text(want, old) == f"create instance 0: successor of revision {want.fingerprint}"
    assert text(want, old, new) == "nothing to do"
    assert text(want, old, linked(want, new, ready=True)) == f"drain old: replaced by revision {want.fingerprint}"


def test_successors_come_max_surge_at_a_time():
    old_want = a_desired(a_service(replicas=3))
    want = revised(old_want, rolling=Rolling(max_surge=Share(2)))
    olds = [an_instance(old_want, f"old{n}", ordinal=n) for n in range(3)]
    assert text(want, *olds).count("create instance") == 2


def test_max_unavailable_lets_old_ones_go_at_once():
    old_want = a_desired(a_service(replicas=2))
    want = revised(old_want, rolling=Rolling(max_unavailable=Share(50, percent=True)))
    olds = [an_instance(old_want, f"old{n}", ordinal=n) for n in range(2)]
    assert "drain old0: max_unavailable" in text(want, *olds)
    assert "drain old1" not in text(want, *olds)


def test_an_update_that_failed_is_cleared_by_the_next_one():
    first = a_desired()
    second, third = revised(first), replace(revised(first), restarts=1)
    serving = an_instance(first, "serving", created_at=105)
    failed = an_instance(second, "failed", ready=False, created_at=150)
    assert "drain failed: replaced by" in text(third, serving, failed)
    assert "drain serving" not in text(third, serving, failed)


def test_an_update_that_overtakes_an_arriving_one_leaves_somebody_to_serve():
    first = a_desired()
    second, third = revised(first), replace(revised(first), restarts=1)
    old = an_instance(first, "old", created_at=105)
    new = an_instance(second, "new", created_at=150)
    assert "drain old: replaced by" in text(third, old, new)
    assert "drain new" not in text(third, old, new)


def test_one_that_is_gone_but_for_its_removal_is_not_taken_for_the_one_that_serves():
    first = a_desired()
    second, third = revised(first), replace(revised(first), restarts=1)
    dying = an_instance(first, "dying", linked=False, created_at=105)
    serving = an_instance(second, "serving", created_at=150)
    assert "drain serving" not in text(third, dying, serving)


def test_a_successor_that_has_arrived_sends_away_only_whom_it_replaces():
    first = a_desired(a_service(replicas=2))
    second = revised(first)
    olds = [an_instance(first, f"old{n}", ordinal=n) for n in range(2)]
    successor = an_instance(second, "new0", ordinal=0, created_at=150)
    assert "drain old0: replaced by" in text(second, *olds, successor)
    assert "drain old1" not in text(second, *olds, successor)


def test_the_surplus_drains_when_scaled_down():
    want = a_desired(a_service(replicas=1))
    have = [an_instance(want, "a"), an_instance(want, "b", ordinal=1)]
    assert text(want, *have) == "drain b: scaled to 1"


def test_a_ready_surplus_stays_for_as_long_as_the_places_lack_one():
    want = a_desired(a_service(replicas=1))
    surplus = an_instance(want, "b", ordinal=1)
    assert plan(want, [an_instance(want, "a", ready=False), surplus], NOW).leaving == set()
    assert plan(want, [an_instance(want, "a"), surplus], NOW).leaving == {"b"}


def test_an_instance_whose_removal_has_begun_with_its_sandbox_keeps_no_place():
    want = a_desired()
    going = an_instance(want, "a", linked=False, sandbox=a_sandbox(id="", running=False))
    assert text(want, going, an_instance(want, "b", ready=False, created_at=150)) == "remove a: its sandbox is gone"


def test_of_two_instances_with_one_number_the_ready_one_stays():
    want = a_desired()
    assert text(want, an_instance(want, "a", ready=False), an_instance(want, "b")) == "drain a: b has its place"


@pytest.mark.parametrize(("goal", "cause"), [(Goal.STOP, "service is stopped"), (Goal.DELETE, "service is deleted")])
def test_stop_and_delete_drain_everything(goal, cause):
    want = a_desired(goal=goal)
    assert text(want, an_instance(want)) == f"drain a: {cause}"


def test_who_is_leaving_gets_no_requests_from_then_on():
    want = a_desired(goal=Goal.STOP)
    assert plan(want, [an_instance(want)], NOW).leaving == {"a"}


def test_a_drained_instance_is_removed_when_nothing_is_in_flight():
    want = a_desired(goal=Goal.STOP)
    instance = an_instance(want)
    busy = linked(want, instance, draining=True, draining_since=NOW, in_flight=1)
    idle = linked(want, instance, draining=True, draining_since=NOW)

    assert plan(want, [busy], NOW).look_again_at == NOW + 30
    assert text(want, busy, now=NOW + 30) == "remove a: grace period over"
    assert text(want, idle) == "remove a: drained"


def test_an_instance_that_drains_never_comes_back():
    want = a_desired()
    draining = linked(want, an_instance(want), draining=True, draining_since=NOW)
    assert text(want, draining) == "remove a: drained\ncreate instance 0: no instance of this revision"


def test_a_pod_whose_sidecar_is_silent_is_removed_without_draining():
    want = a_desired(goal=Goal.STOP)
    assert text(want, an_instance(want, linked=False)) == "remove a: service is stopped"


def test_a_run_of_ten_minutes_begins_the_back_off_anew():
    want = a_desired()
    run = a_run(attempt=7, streak=7, state=RunState.EXITED, exit_code=3, started_at=NOW - 600, finished_at=NOW)
    instance = an_instance(want, runs=(run,), linked=False)

    assert str(plan(want, [instance], NOW)) == "start worker0 of a: exited with code 3"
    assert render.container(want, instance, "worker0", 8, render.Prepared("img")).streak == 1


def test_where_the_clock_was_set_back_a_grace_begins_anew():
    want = a_desired(goal=Goal.STOP)
    busy = linked(want, an_instance(want), draining=True, draining_since=NOW + 7200, in_flight=1)

    assert text(want, busy) == "drain a: draining"


def test_where_the_clock_was_set_back_a_failed_probe_kills_at_once():
    check = Check(CheckKind.LIVENESS, TcpSocket(8000), period=3, failure_threshold=4)
    want = a_desired(a_service(containers=(a_container(checks=(check,)),)))
    instance = an_instance(want, runs=(a_run(started_at=NOW + 7200),), sandbox=a_sandbox(started_at=NOW + 7199))

    assert text(want, linked(want, instance, failing=(("worker0", "it is dead"),))) == "kill worker0 of a: it is dead"


def test_an_instance_that_knows_another_key_is_replaced():
    want = a_desired()
    estranged = an_instance(want, linked=False).with_link(None, estranged=True)

    assert text(want, estranged) == (
        "remove a: its sidecar refuses the key of this home\ncreate instance 0: no instance of this revision"
    )


def test_a_clock_that_was_set_back_holds_nobody_back():
    want = a_desired()
    run = a_run(attempt=7, streak=7, state=RunState.EXITED, exit_code=3, started_at=NOW + 3000, finished_at=NOW + 3600)

    assert (
        str(plan(want, [an_instance(want, runs=(run,), linked=False)], NOW)) == "start worker0 of a: exited with code 3"
    )


def test_a_soft_restart_kills_the_run_it_names_and_waits_for_nothing():
    orders = Orders(soft_restarts=(SoftRestart("a", "worker0", 5),))
    want = a_desired(orders=orders)
    running = an_instance(want, runs=(a_run(attempt=5, streak=5),))
    ended = an_instance(want, runs=(a_run(attempt=5, streak=5, state=RunState.EXITED, finished_at=NOW),), linked=False)
    next_one = an_instance(want, runs=(a_run(attempt=6),))

    assert str(plan(want, [running], NOW)) == "kill worker0 of a: a soft restart was asked for"
    assert str(plan(want, [ended], NOW)) == "start worker0 of a: a soft restart was asked for"
    assert str(plan(want, [next_one], NOW)) == "nothing to do"


def test_an_isolated_instance_keeps_its_place():
    want = a_desired(orders=Orders((("a", Fate.ISOLATED),)))

    assert str(plan(want, [an_instance(want)], NOW)) == "nothing to do"


def test_a_detached_instance_is_replaced_and_left_alone():
    want = a_desired(orders=Orders((("a", Fate.DETACHED),)))
    broken = an_instance(want, runs=(a_run(state=RunState.EXITED, exit_code=1, finished_at=NOW),), linked=False)

    assert str(plan(want, [broken], NOW)) == "create instance 0: no instance of this revision"
    assert str(plan(want, [broken, an_instance(want, "b")], NOW)) == "nothing to do"


def test_a_detached_instance_goes_with_its_service():
    want = a_desired(orders=Orders((("a", Fate.DETACHED),)), goal=Goal.STOP)

    assert str(plan(want, [an_instance(want)], NOW)) == "drain a: service is stopped"


def test_an_instance_whose_deletion_is_asked_for_is_drained_and_replaced():
    want = a_desired(orders=Orders((("a", Fate.DELETED),)))

    made = plan(want, [an_instance(want)], NOW)

    assert str(made) == "drain a: its deletion was asked for\ncreate instance 0: no instance of this revision"
    assert made.leaving == {"a"}


def test_the_clouds_pace_waits_for_the_whole_grace():
    want = a_desired(a_service(replicas=0, grace=30))
    idle = an_instance(want, ready=False)
    idle = idle.with_link(a_link(want, idle, draining=True, draining_since=NOW - 10))

    assert str(plan(want, [idle], NOW)) == "remove a: drained"
    assert plan(want, [idle], NOW, Pace(full_grace=True)).look_again_at == NOW + 20


def test_an_instance_that_serves_for_a_successor_is_repaired_as_it_was_made():
    want = a_desired()
    new = revised(want)
    crashed = an_instance(want, runs=(a_run(state=RunState.EXITED, exit_code=1, finished_at=NOW),), linked=False)
    cut_off = an_instance(want, sandbox=a_sandbox(running=False), linked=False)
    waiting = an_instance(new, "b", ready=False)

    (again,) = plan(new, [crashed, waiting], NOW).steps
    assert (str(again), again.as_made) == ("start worker0 of a: exited with code 1", True)
    assert text(new, cut_off, waiting) == "start sandbox of a: its sandbox has ended"


def test_the_sidecar_of_an_earlier_revision_is_told_the_services_token_and_limits():
    new = revised(a_desired())
    waiting = an_instance(new, "b", ready=False)
    serving = an_instance(a_desired())

    assert text(
        replace(new, token="other"), serving, an_instance(replace(new, token="other"), "b", ready=False)
    ).startswith("configure a")
    assert text(new, serving, waiting) == "nothing to do"


def test_the_sidecar_of_an_earlier_revision_is_told_of_new_runs_alone():
    want = a_desired()
    new = revised(want)
    waiting = an_instance(new, "b", ready=False)
    restarted = an_instance(want, runs=(a_run(id="r1", attempt=1),))

    assert text(new, linked(want, restarted, attempts=(("worker0", 0),)), waiting).startswith("configure a")
    assert text(new, restarted, waiting) == "nothing to do"


def test_a_clock_that_was_set_back_makes_no_container_look_like_one_of_an_earlier_sandbox():
    want = a_desired()
    started = a_run(started_at=NOW - 3600, joined=105.0)

    assert str(plan(want, [an_instance(want, runs=(started,))], NOW)) == "nothing to do"
    assert "started anew" in str(plan(want, [an_instance(want, runs=(replace(started, joined=99.0),))], NOW))


def test_one_that_goes_from_the_middle_leaves_the_others_as_they_are():
    want = a_desired(a_service(replicas=2), orders=Orders((("a", Fate.DELETED),)))
    three = [an_instance(want, name, ordinal=place) for place, name in enumerate("abc")]

    assert text(want, *three) == "drain a: its deletion was asked for"
    assert text(want, *three[1:]) == "nothing to do"


def test_who_sits_in_anothers_place_keeps_it_when_there_are_more_again():
    want = a_desired(a_service(replicas=3))

    assert text(want, an_instance(want, "b", ordinal=1), an_instance(want, "c", ordinal=2)).startswith(
        "create instance 0"
    )
