"""Which service a path means, and how a table of them travels."""

import pytest

from eas_local.core.routes import Backend, Endpoint, Entry, Reader, RouteTable, inner_target, match, service_of
from eas_local.core.service import GatewayPolicy


def an_entry(name: str = "demo", *uids: str) -> Entry:
    return Entry(name, (Backend(100, name, tuple(Endpoint(uid, "127.0.0.1", 8080, "10.0.0.2") for uid in uids)),))


@pytest.mark.parametrize(
    ("path", "service"),
    [
        (b"/api/predict/demo", b"demo"),
        (b"/api/predict/demo/v1/x?a=/b", b"demo"),
        (b"/api/predict/demo?x=1", b"demo"),
        (b"/api/predict/group.demo/v1", b"group.demo"),
        (b"/api/predict/", b""),
        (b"/api/predict", b""),
        (b"/metrics", b""),
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


def test_a_service_is_found_by_its_name_and_in_a_group():
    names = {b"demo": "demo", b"blue": "demo"}

    assert match(names, b"demo") == match(names, b"blue") == match(names, b"group.demo") == "demo"
    assert match(names, b"missing") is None
    assert match(names, b"demo.missing") is None


def test_a_name_with_a_dot_comes_before_a_group():
    assert match({b"demo": 1, b"group.demo": 2}, b"group.demo") == 2


def test_a_table_survives_its_journey():
    entry = Entry("demo", an_entry("demo", "a").backends, ("blue",), GatewayPolicy(rate_limit=5), hold=2)
    table = RouteTable("e1", 7, (entry, an_entry("other")))

    assert RouteTable.from_json(table.to_json()) == table


def test_what_a_new_table_does_not_change_is_not_read_again():
    first = Reader()
    one = first.read(RouteTable("e", 1, (an_entry("demo", "a"), an_entry("other", "b"))).to_json())
    two = first.read(RouteTable("e", 2, (an_entry("demo", "a"), an_entry("other", "c"))).to_json())

    assert two.entries[0] is one.entries[0]
    assert two.entries[1] == an_entry("other", "c")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"epoch": "e", "n": 1, "entries": 1}',
        '{"epoch": "e", "n": 1, "entries": 1}\n{}',
        '{"epoch": "e", "n": 1, "entries": 2}\n' + Entry("demo").to_json(),
        '{"epoch": "e", "n": 1, "entries": [{}]}',
    ],
)
def test_text_that_is_no_whole_table_is_refused(text):
    with pytest.raises(ValueError, match=r"not a route table|Expecting"):
        RouteTable.from_json(text)
