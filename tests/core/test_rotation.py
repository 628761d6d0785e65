"""Whose turn it is, and in which order the others follow."""

from itertools import islice

import pytest

from eas_local.core.rotation import Rotation


def turns(rotation: Rotation[str], count: int) -> str:
    return "".join(rotation.first(turn) or "-" for turn in range(count))


def orders(rotation: Rotation[str], count: int) -> list[str]:
    return ["".join(rotation.order(turn)) for turn in range(count)]


def test_each_turn_begins_with_the_next_member_and_ends_with_the_others():
    assert orders(Rotation([(100, "abc")]), 4) == ["abc", "bca", "cab", "abc"]


def test_where_nobody_is_there_is_nobody_to_ask():
    empty = Rotation[str]([(100, "")])

    assert empty.first(3) is None
    assert list(empty.order(3)) == []


@pytest.mark.parametrize(
    ("weights", "begin"),
    [((3, 1), "bbbgbbbg"), ((80, 20), "bbbbgbbbbg"), ((100, 100), "bgbg"), ((1, 0), "bbbb"), ((0, 0), "bgbg")],
)
def test_backends_have_their_share_of_the_turns_in_lowest_terms(weights, begin):
    blue, green = weights

    assert turns(Rotation([(blue, "b"), (green, "g")]), len(begin)) == begin


def test_a_backends_turns_go_round_all_its_members():
    assert turns(Rotation([(1, "abc"), (1, "xy")]), 10) == "axbycxaybx"


def test_who_is_tried_next_is_of_the_same_backend_and_each_is_tried_once():
    assert orders(Rotation([(4, "ab"), (1, "xyz")]), 5) == ["abxyz", "bayzx", "abzxy", "baxyz", "xyzab"]


def test_a_backend_without_members_gives_its_turns_to_the_others():
    assert turns(Rotation([(3, ""), (1, "g")]), 3) == "ggg"


def test_the_order_is_made_as_it_is_asked_for():
    many = Rotation([(1, range(10**12))])

    assert many.first(5) == 5
    assert list(islice(many.order(5), 2)) == [5, 6]
