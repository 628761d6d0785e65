"""Who answers at which endpoint. A member is written as its name, `*` where it is being deleted, and its weight."""

from dataclasses import replace

import pytest

from eas_local.core.desired import Goal
from eas_local.core.entries import Member, Standing, entry, inherited, member, shares, standings
from eas_local.core.instance import Address
from eas_local.core.orders import Fate, Orders
from eas_local.core.release import Release, TrafficState
from eas_local.core.rotation import Rotation
from eas_local.core.routes import Backend, Endpoint, RouteTable
from eas_local.core.service import GatewayPolicy
from tests.builders import a_desired, a_sandbox, a_service, an_instance

OLD = Member("demo", "demo")
NEW = Member("demo_1", "demo", generation=1)
NEXT = Member("demo_2", "demo", generation=2)
GROUPING = TrafficState.GROUPING


def weighing(one, weight):
    return replace(one, weight=weight)


def going(one):
    return replace(one, leaving=True)


@pytest.mark.parametrize(
    ("members", "at_the_entry", "at_its_own"),
    [
        ([OLD], {"demo": 100}, {}),
        ([OLD, NEW], {"demo": 100}, {"demo_1": 100}),
        ([OLD, weighing(NEW, 20)], {"demo": 80, "demo_1": 20}, {}),
        ([OLD, weighing(NEW, 0)], {"demo": 100, "demo_1": 0}, {}),
        ([OLD, weighing(NEW, 100)], {"demo": 0, "demo_1": 100}, {}),
        ([going(OLD), weighing(NEW, 20)], {"demo_1": 100}, {}),
        ([OLD, going(weighing(NEW, 20))], {"demo": 100}, {}),
        ([going(OLD), NEW], {"demo_1": 100}, {"demo_1": 100}),
        ([weighing(NEW, 20)], {"demo_1": 100}, {}),
        ([NEW], {"demo_1": 100}, {"demo_1": 100}),
        ([weighing(NEW, 20), NEXT], {"demo_1": 100}, {}),
        ([weighing(NEW, 20), weighing(NEXT, 30)], {"demo_1": 70, "demo_2": 30}, {}),
        ([going(OLD), going(weighing(NEW, 20))], {"demo": 80, "demo_1": 20}, {}),
    ],
)
def test_requests_are_shared_by_those_who_stay(members, at_the_entry, at_its_own):
    anybody = [Member("other", "other"), *reversed(members)]

    assert {one.service: share for one, share in shares("demo", anybody)} == at_the_entry
    assert {one.service: share for one, share in shares("demo_1", anybody)} == at_its_own


def test_the_older_one_is_the_first_made_for_the_endpoint_whatever_the_clock_said():
    assert [one.service for one, _ in shares("demo", [weighing(NEXT, 1), NEW])] == ["demo_1", "demo_2"]


def test_an_entry_has_the_policy_of_the_older_and_waits_as_long_as_either():
    strict = replace(OLD, policy=GatewayPolicy(rate_limit=5), hold=10)
    patient = replace(weighing(NEW, 20), policy=GatewayPolicy(rate_limit=9), hold=30)

    made = entry("demo", [patient, strict])

    assert made
    assert (made.policy.rate_limit, made.hold) == (5, 30)
    assert entry("demo_1", [patient, strict]) is None


def test_twenty_percent_of_a_hundred_requests_are_twenty():
    old = replace(OLD, instances=(Endpoint("a", "h", 1), Endpoint("b", "h", 2)))
    new = replace(weighing(NEW, 20), instances=(Endpoint("c", "h", 3),))
    made = entry("demo", [old, new])

    turns = Rotation((backend.weight, backend.instances) for backend in made.backends)
    asked = [turns.first(turn).uid for turn in range(100)]

    assert (asked.count("a"), asked.count("b"), asked.count("c")) == (40, 40, 20)


def test_who_has_nobody_ready_gives_its_turns_to_the_other():
    new = replace(weighing(NEW, 0), instances=(Endpoint("c", "h", 3),))
    made = entry("demo", [OLD, new])

    assert Rotation((backend.weight, backend.instances) for backend in made.backends).first(7).uid == "c"


WANT = a_desired()
READY = an_instance(WANT)


def test_a_member_brings_its_ready_instances_in_the_order_of_their_places():
    second = an_instance(WANT, "b", ordinal=1)
    waiting = an_instance(WANT, "c", ordinal=2, ready=False)
    isolated = an_instance(WANT, "d", ordinal=3)
    want = replace(WANT, orders=Orders((("d", Fate.ISOLATED),)))

    assert [end.uid for end in member(want, [isolated, second, waiting, READY]).instances] == ["a", "b"]


def test_an_instance_is_named_by_where_this_machine_reaches_it_and_by_its_own_address():
    published = an_instance(WANT, sandbox=a_sandbox(traffic=Address("127.0.0.1", 32768)))

    assert member(WANT, [published]).instances == (Endpoint("a", "127.0.0.1", 32768, ip="10.0.0.2"),)


def test_a_member_says_what_it_shares_and_whether_it_stays():
    made = a_desired(a_service("demo_1"), release=Release("demo", "secret", 20, generation=3), goal=Goal.DELETE)

    assert member(made) == Member("demo_1", "demo", 3, weight=20, leaving=True)


def test_a_new_daemon_goes_on_with_what_was_brought_and_the_weights_of_now():
    ends = Endpoint("a", "h", 1), Endpoint("b", "h", 2)
    before = [replace(OLD, instances=ends[:1], hold=7), replace(weighing(NEW, 100), instances=ends[1:])]
    table = RouteTable("before", 9, (entry("demo", before),))
    changed = a_desired(a_service("demo_1"), release=Release("demo", "secret", 0))

    made = entry("demo", inherited(table, [WANT, changed]))

    assert made.backends == (Backend(100, "demo", ends[:1]), Backend(0, "demo_1", ends[1:]))
    assert made.hold == 7


def test_a_new_daemon_takes_over_nothing_of_services_that_are_no_more():
    table = RouteTable("before", 9, (entry("gone", [Member("gone", "gone", instances=(Endpoint("a", "h", 1),))]),))

    assert inherited(table, [WANT]) == [Member("demo", "demo")]


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ([OLD], [Standing("demo")]),
        ([OLD, NEW], [Standing("demo", pair=("demo", "demo_1")), Standing("demo_1", pair=("demo", "demo_1"))]),
        (
            [OLD, weighing(NEW, 20)],
            [Standing("demo", GROUPING, 80, ("demo", "demo_1")), Standing("demo", GROUPING, 20, ("demo", "demo_1"))],
        ),
        ([weighing(NEW, 20)], [Standing("demo", GROUPING, 100)]),
        ([NEW], [Standing("demo", GROUPING, 100)]),
        (
            [NEW, NEXT],
            [Standing("demo", GROUPING, 100, ("demo_1", "demo_2")), Standing("demo_2", pair=("demo_1", "demo_2"))],
        ),
    ],
)
def test_a_service_is_found_where_its_requests_come(members, found):
    seen = standings([*members, Member("other", "other")])

    assert [seen[one.service] for one in members] == found
    assert seen["other"] == Standing("other")
