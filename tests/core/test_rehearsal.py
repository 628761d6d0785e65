"""What a plan says beforehand, and that it is what would happen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eas_local.core.desired import Change, Desired, Goal
from eas_local.core.instance import Instance, RunState
from eas_local.core.orders import Fate, Orders, SoftRestart
from eas_local.core.pace import Pace
from eas_local.core.places import seated
from eas_local.core.rehearsal import MOST_ROUNDS, Round, rehearse, rounds
from eas_local.core.service import Rolling, Share
from eas_local.core.steps import Drain, KillRun, RemovePod
from tests.builders import a_container, a_desired, a_link, a_run, a_sandbox, a_service, an_instance

NOW = 1000.0


def text(want: Desired, *have: Instance, pace: Pace = Pace()) -> list[str]:
    return rehearse(want, have, NOW, pace)


def test_a_creation_starts_each_container_of_each_instance():
    want = a_desired(a_service(containers=(a_container(), a_container(name="worker1", port=None))))
    pod = f"demo-{want.fingerprint}-*****"

    assert text(want) == [
        "create instance 0: no instance of this revision",
        f"start worker0 of {pod}: not started yet",
        f"start worker1 of {pod}: not started yet",
    ]


def test_a_rolling_update_goes_place_by_place():
    before = a_desired(a_service(replicas=2), settled=True)
    want = replace(before, restarts=1)
    revision = want.fingerprint
    olds = [an_instance(before, f"old{n}", ordinal=n) for n in range(2)]

    assert text(want, *olds) == [
        f"create instance 0: successor of revision {revision}",
        f"start worker0 of demo-{revision}-*****: not started yet",
        f"drain old0: replaced by revision {revision}",
        f"create instance 1: successor of revision {revision}",
        "remove old0: drained",
        f"start worker0 of demo-{revision}-*****: not started yet",
        f"drain old1: replaced by revision {revision}",
        "remove old1: drained",
    ]


def test_an_update_of_limits_only_configures():
    want = a_desired()
    have = an_instance(want)

    assert text(replace(want, token="other"), have) == ["configure a: token, limits or a run have changed"]


def test_nothing_is_left_to_do_for_what_is_as_wanted():
    want = a_desired()
    assert text(want, an_instance(want)) == []


@pytest.mark.parametrize(("goal", "cause"), [(Goal.STOP, "service is stopped"), (Goal.DELETE, "service is deleted")])
def test_stop_and_delete_drain_and_remove(goal: Goal, cause: str):
    want = a_desired(goal=goal)
    assert text(want, an_instance(want)) == [f"drain a: {cause}", "remove a: drained"]


def test_at_the_clouds_pace_the_grace_is_waited_for():
    want = a_desired(goal=Goal.STOP)

    assert text(want, an_instance(want), pace=Pace(full_grace=True))[1] == "remove a: grace period over"


def test_what_is_in_flight_now_will_have_ended():
    want = a_desired(goal=Goal.STOP)
    have = an_instance(want)
    busy = have.with_link(a_link(want, have, draining=True, draining_since=NOW, in_flight=3))

    assert text(want, busy) == ["remove a: drained"]


def test_a_soft_restart_ends_with_the_next_run_and_its_configuration():
    want = a_desired(orders=Orders(soft_restarts=(SoftRestart("a", "worker0", 0),)))

    assert text(want, an_instance(want)) == [
        "kill worker0 of a: a soft restart was asked for",
        "start worker0 of a: a soft restart was asked for",
        "store worker0 of a: run 0 has been followed by another",
        "configure a: token, limits or a run have changed",
    ]


def test_a_back_off_is_waited_for():
    want = a_desired()
    crashed = a_run(attempt=4, streak=4, state=RunState.EXITED, exit_code=3, started_at=990, finished_at=NOW)

    assert text(want, an_instance(want, runs=(crashed,), linked=False))[0] == ("start worker0 of a: exited with code 3")


def test_a_sandbox_that_ended_is_followed_by_its_containers():
    want = a_desired()
    ended = an_instance(want, sandbox=a_sandbox(running=False), linked=False)

    assert text(want, ended)[:2] == [
        "start sandbox of a: its sandbox has ended",
        "start worker0 of a: its sandbox was started anew",
    ]


def test_a_failed_update_is_cleared_by_the_next_one():
    first = a_desired(settled=True)
    second, third = replace(first, restarts=1), replace(first, restarts=2)
    failed = an_instance(second, "failed", ready=False, created_at=150)

    told = text(third, an_instance(first, "old"), failed)

    assert told.index(f"drain failed: replaced by revision {third.fingerprint}") < told.index("remove old: drained")


def test_a_crash_that_is_kept_for_inspection_ends_it():
    want = a_desired(a_service(crash_block=True))
    crashed = a_run(state=RunState.EXITED, exit_code=3, finished_at=NOW)

    assert text(want, an_instance(want, runs=(crashed,))) == []


def test_a_very_long_series_is_cut_short_and_says_so():
    told = rehearse(a_desired(), (), NOW, most=1)

    assert told == ["create instance 0: no instance of this revision", "and so on"]


# -- for whatever is wanted, and whatever a life so far has left there

SHARES = st.builds(Share, st.integers(0, 3)) | st.builds(Share, st.sampled_from([0, 25, 50, 100]), st.just(True))
SERVICES = st.builds(
    a_service,
    replicas=st.integers(0, 4),
    rolling=st.builds(Rolling, SHARES, SHARES),
    grace=st.sampled_from([0, 30]),
    containers=st.sampled_from([(a_container(),), (a_container(), a_container(name="worker1", port=8080))]),
)


@dataclass(frozen=True)
class Moment:
    """Somewhere in a service's life: a wish, how far it was carried out before the next one, and a mishap on the way."""

    want: Desired
    rounds: int
    mishap: str
    victim: int


MOMENTS = st.builds(
    Moment,
    st.builds(
        a_desired,
        SERVICES,
        restarts=st.integers(0, 2),
        token=st.sampled_from(["one", "two"]),
        goal=st.sampled_from([Goal.RUN, Goal.RUN, Goal.RUN, Goal.STOP, Goal.DELETE]),
        change=st.just(Change.UPDATE),
    ),
    st.integers(0, 8),
    st.sampled_from(["", "exit", "sandbox", "silence", "unready", *Fate]),
    st.integers(0, 3),
)


def lived(life: Sequence[Moment]) -> tuple[tuple[Instance, ...], Orders]:
    have: tuple[Instance, ...] = ()
    orders = Orders()
    for number, moment in enumerate(life):
        want = replace(moment.want, orders=orders)
        played = list(islice(rounds(want, have, NOW - 500 + 50 * number), moment.rounds))
        have = named(played[-1].have if played else have, number)
        have, orders = struck(have, orders.about([i.name for i in have]), moment)
    return have, orders


def named(have: Sequence[Instance], number: int) -> tuple[Instance, ...]:
    """Imagined names begin anew at each rehearsal."""
    return tuple(replace(i, name=f"{number}.{i.name}") if i.name[0].isalpha() else i for i in have)


def struck(have: tuple[Instance, ...], orders: Orders, moment: Moment) -> tuple[tuple[Instance, ...], Orders]:
    if not have or not moment.mishap:
        return have, orders
    victim = have[moment.victim % len(have)]
    if moment.mishap in set(Fate):
        return have, orders.doomed([victim.name], Fate(moment.mishap))
    return tuple(hurt(i, moment.mishap) if i is victim else i for i in have), orders


def hurt(instance: Instance, mishap: str) -> Instance:
    match mishap:
        case "exit":
            runs = tuple(replace(r, state=RunState.EXITED, finished_at=NOW, exit_code=1) for r in instance.runs)
            return replace(instance, runs=runs)
        case "sandbox":
            return replace(instance, sandbox=replace(instance.sandbox, running=False), link=None)
        case "silence":
            return replace(instance, link=None)
        case _:
            return instance.with_link(instance.link and replace(instance.link, ready=False))


@given(st.lists(MOMENTS, max_size=5), MOMENTS)
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_it_ends_in_what_is_wanted(life: list[Moment], last: Moment):
    have, orders = lived(life)
    want = replace(last.want, orders=orders)

    played = list(islice(rounds(want, have, NOW), MOST_ROUNDS))

    assert len(played) < MOST_ROUNDS
    left = played[-1].have if played else have
    managed = [i for i in left if orders.fate(i.name) is not Fate.DETACHED or want.goal is not Goal.RUN]
    assert sorted(i.ordinal for i in seated(want, managed)) == list(range(want.replicas))
    assert all(i.fingerprint == want.fingerprint for i in managed)


@given(SERVICES, SERVICES, st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_a_healthy_service_stays_within_its_rolling_strategy(before, after, restarted, paced):
    pace = Pace(full_grace=paced)
    first = a_desired(before)
    healthy = [*rounds(first, (), NOW, pace)]
    have = named(healthy[-1].have if healthy else (), 0)
    want = replace(a_desired(after), restarts=int(restarted))
    rolling = after.rolling
    fewest = min(before.replicas, after.replicas) - rolling.max_unavailable.of(after.replicas)
    most = max(before.replicas, after.replicas) + rolling.max_surge.of(after.replicas, at_least=1)

    for played in rounds(want, have, NOW + 100, pace):
        assert ready_meanwhile(have, played) >= fewest
        assert sum(not i.draining for i in played.have) <= most
        have = played.have


def ready_meanwhile(have: Sequence[Instance], played: Round) -> int:
    """Those that are ready however long the steps of a round take."""
    taken = {step.pod for step in played.steps if isinstance(step, Drain | RemovePod | KillRun)}
    return sum(i.ready and i.name not in taken for i in have)
