from dataclasses import replace

import pytest

from eas_local.core import blue_green
from eas_local.core.desired import Goal
from eas_local.core.errors import InvalidDocument, NameInUse, NotFound, WrongState
from eas_local.core.release import Release, TrafficState, percent
from tests.builders import a_desired, a_service

OLD = a_desired(token="old")
NEW = a_desired(a_service("demo_1"), token="new", release=Release("demo", "old"))
NEXT = a_desired(a_service("demo_2"), release=Release("demo", "old", generation=2))
RANDOM = bytes.fromhex("9c16a222")


def weighing(want, weight):
    return replace(want, release=replace(want.release, weight=weight))


def going(want):
    return replace(want, goal=Goal.DELETE)


@pytest.mark.parametrize(
    ("name", "wanted", "generation"), [("demo", [OLD], 1), ("demo", [NEW], 2), ("demo_1", [NEW], 2)]
)
def test_a_service_is_made_beside_the_one_that_answers_the_endpoint(name, wanted, generation):
    made = blue_green.beside(name, wanted, RANDOM)

    assert made == ("demo_9c16a222", Release("demo", "old", generation=generation))


def test_a_name_stays_as_short_as_a_name_must_be():
    long = a_desired(a_service("x" * 63))

    name, release = blue_green.beside(long.name, [long], RANDOM)

    assert (name, release.entry) == ("x" * 54 + "_9c16a222", long.name)


@pytest.mark.parametrize(
    ("name", "wanted", "kind", "sentence"),
    [
        ("demo", [], NotFound, 'there is no service "demo" to make another one beside; create it without -r'),
        ("demo", [OLD, NEW], NameInUse, 'endpoint "demo" has two services, demo and demo_1; delete one of them'),
        ("demo_1", [NEXT, NEW], NameInUse, 'endpoint "demo" has two services, demo_1 and demo_2; delete one of them'),
        ("demo", [going(OLD)], WrongState, 'service "demo" is being deleted; wait until it is gone'),
    ],
)
def test_what_cannot_be_made_beside_another_is_refused_with_a_sentence(name, wanted, kind, sentence):
    with pytest.raises(kind, match=sentence):
        blue_green.beside(name, wanted, RANDOM)


@pytest.mark.parametrize(("named", "asked", "weight"), [(NEW, 20, 20), (OLD, 20, 80), (NEW, 0, 0), (OLD, 0, 100)])
def test_the_weight_is_the_named_one_s_and_the_other_has_the_rest(named, asked, weight):
    after = blue_green.released(named, [OLD, NEW], asked, 300)

    assert after == replace(weighing(NEW, weight), updated_at=300)


@pytest.mark.parametrize(
    ("named", "wanted", "sentence"),
    [
        (OLD, [OLD], 'service "demo" shares its endpoint with no other, and gets all of its requests'),
        (NEW, [NEW], 'service "demo_1" shares its endpoint with no other'),
        (NEW, [going(OLD), NEW], 'service "demo" is being deleted; all requests go to the other one'),
        (OLD, [OLD, going(NEW)], 'service "demo_1" is being deleted'),
    ],
)
def test_only_one_of_two_can_be_released(named, wanted, sentence):
    with pytest.raises(WrongState, match=sentence):
        blue_green.released(named, wanted, 20, 300)


def test_a_service_that_parts_has_an_endpoint_of_its_own_again():
    shared = weighing(NEW, 20)

    assert blue_green.parted(shared, [OLD, shared], 300) == replace(NEW, updated_at=300)
    assert blue_green.parted(shared, [shared], 300) == replace(NEW, updated_at=300)


@pytest.mark.parametrize("wanted", [[OLD], [OLD, NEW]])
def test_one_that_has_its_own_endpoint_stays_as_it_is(wanted):
    assert [blue_green.parted(want, wanted, 300) for want in wanted] == wanted


def test_the_older_one_cannot_part_from_the_endpoint_that_is_its_own():
    with pytest.raises(
        WrongState, match='"demo" answers the endpoint that "demo_1" shares; it is demo_1 that can part'
    ):
        blue_green.parted(OLD, [OLD, weighing(NEW, 20)], 300)


def test_who_shares_an_endpoint_learns_the_other_token_of_its_callers():
    renewed = replace(OLD, token="renewed")

    (after,) = blue_green.following(renewed, [OLD, NEW, a_desired(a_service("other"))])

    assert after == replace(NEW, release=Release("demo", "renewed"))
    assert list(blue_green.following(OLD, [OLD, NEW])) == []
    assert list(blue_green.following(replace(NEW, token="x"), [NEW, NEXT])) == []


GROUPING, STANDALONE = TrafficState.GROUPING, TrafficState.STANDALONE


@pytest.mark.parametrize(
    ("state", "weight", "asked"),
    [
        (None, 20, 20), (GROUPING, 0, 0), (GROUPING, 100, 100),
        (STANDALONE, None, None), (STANDALONE, -1, None), (STANDALONE, 0, None),
    ],
)  # fmt: skip
def test_a_weight_is_a_percent_and_standing_alone_has_none(state, weight, asked):
    assert percent(state, weight) == asked


@pytest.mark.parametrize(
    ("state", "weight", "sentence"),
    [
        (None, None, "Weight: is missing"), (GROUPING, -1, "Weight: is missing"),
        (None, 101, "101 would be a share in a service group"), (STANDALONE, 20, "a standalone service has no weight"),
    ],
)  # fmt: skip
def test_a_weight_that_is_no_percent_is_refused(state, weight, sentence):
    with pytest.raises(InvalidDocument, match=sentence):
        percent(state, weight)
