"""Which entry a path means, and which instances are tried in which order."""

import pytest

from eas_local.core.routes import (
    Backend,
    Endpoint,
    Entry,
    RouteTable,
    by_name,
    inner_target,
    match,
    order,
    service_of,
)
from eas_local.core.service import GatewayPolicy


def an_endpoint(uid: str) -> Endpoint:
    return Endpoint(uid, "127.0.0.1", 8080)


def an_entry(*uids: str, name: str = "demo") -> Entry:
    return Entry(name, (Backend(100, name, tuple(an_endpoint(uid) for uid in uids)),))


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/api/predict/demo", "demo"),
        ("/api/predict/demo/v1/x?a=/b", "demo"),
        ("/api/predict/demo?x=1", "demo"),
        ("/api/predict/group.demo/v1", "group.demo"),
        ("/api/predict/", None),
        ("/api/predict", None),
        ("/metrics", None),
    ],
)
def test_the_first_segment_behind_the_prefix_names_the_service(path, service):
    assert service_of(path) == service


@pytest.mark.parametrize(
    ("target", "inner"),
    [
        (b"/api/predict/demo", b"/"),
        (b"/api/predict/demo/", b"/"),
        (b"/api/predict/demo?x=1", b"/?x=1"),
        (b"/api/predict/demo/v1/a%20b?x=%2F", b"/v1/a%20b?x=%2F"),
        (b"/api/predict/demo//../x", b"//../x"),
        (b"/api/predict/", b"/api/predict/"),
        (b"/test", b"/test"),
        (b"*", b"*"),
    ],
)
def test_the_container_sees_what_is_behind_the_service(target, inner):
    assert inner_target(target) == inner


def test_a_service_is_found_by_name_alias_and_group():
    demo, other = an_entry(), Entry("other", aliases=("blue",))
    names = by_name(RouteTable(entries=(demo, other)))

    assert match(names, "demo") is demo
    assert match(names, "blue") is other
    assert match(names, "group.demo") is demo
    assert match(names, "missing") is None
    assert match(names, "demo.missing") is None


def test_a_name_with_a_dot_comes_before_a_group():
    demo, dotted = an_entry(), an_entry(name="group.demo")

    assert match(by_name(RouteTable(entries=(demo, dotted))), "group.demo") is dotted


def test_each_turn_begins_with_the_next_instance_and_ends_with_the_others():
    entry = an_entry("a", "b", "c")

    assert ["".join(e.uid for e in order(entry, turn)) for turn in range(4)] == ["abc", "bca", "cab", "abc"]


def test_an_entry_without_instances_has_nobody_to_try():
    assert list(order(an_entry(), turn=3)) == []
    assert list(order(Entry("demo"), turn=3)) == []


def test_backends_have_as_many_turns_as_their_weight():
    blue, green = Backend(3, "blue", (an_endpoint("b"),)), Backend(1, "green", (an_endpoint("g"),))
    entry = Entry("demo", (blue, green))

    assert "".join(next(order(entry, turn)).uid for turn in range(8)) == "bbbgbbbg"
    assert [e.uid for e in order(entry, turn=3)] == ["g", "b"]


def test_a_backend_without_instances_gives_its_turns_to_the_others():
    entry = Entry("demo", (Backend(3, "blue"), Backend(1, "green", (an_endpoint("g"),))))

    assert [next(order(entry, turn)).uid for turn in range(3)] == ["g", "g", "g"]


def test_a_table_survives_its_journey():
    entry = Entry("demo", an_entry("a").backends, ("blue",), GatewayPolicy(rate_limit=5), hold=2)
    table = RouteTable("e1", 7, (entry,))

    assert RouteTable.from_json(table.to_json()) == table


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"epoch": "e", "n": 1, "entries": [{}]}', "[" * 100_000])
def test_text_that_is_no_table_is_refused(text):
    with pytest.raises(ValueError, match=r"not a|Expecting"):
        RouteTable.from_json(text)
