import json

import pytest

from tests.cli.fake_daemon import a_service, an_event


@pytest.fixture(autouse=True)
def history(daemon):
    daemon.services = {"demo": a_service()}
    daemon.events = [
        an_event("Creating", "Service is created"),
        an_event("Error", "Container worker0 exited (exit code 1)", "demo-0", Type="Warning"),
    ]


def test_events_are_a_table_in_the_order_of_time(terminal):
    assert terminal.run("events", "demo").out.splitlines() == [
        "+---------------------+---------+----------+--------------+----------------------------------------+",
        "|        TIME         |  TYPE   |  REASON  | INSTANCENAME |                MESSAGE                 |",
        "+---------------------+---------+----------+--------------+----------------------------------------+",
        "| 2019-07-09 17:56:22 | Normal  | Creating |              | Service is created                     |",
        "| 2019-07-09 17:56:22 | Warning | Error    | demo-0       | Container worker0 exited (exit code 1) |",
        "+---------------------+---------+----------+--------------+----------------------------------------+",
    ]


def test_followed_events_are_a_line_each(terminal):
    assert terminal.run("events", "demo", "-f").out.splitlines() == [
        "[2019-07-09 17:56:22] Normal Creating: Service is created",
        "[2019-07-09 17:56:22] [demo-0] Warning Error: Container worker0 exited (exit code 1)",
    ]


def test_events_as_json_are_one_document_and_followed_ones_a_document_a_line(terminal, daemon):
    assert json.loads(terminal.run("events", "demo", "--output", "json").out) == {"Events": daemon.events}
    lines = terminal.run("events", "demo", "-f", "--output", "json").out.splitlines()
    assert [json.loads(line) for line in lines] == daemon.events


def test_an_instance_and_a_time_are_asked_for(terminal, daemon):
    terminal.run("events", "demo", "--instance", "demo-0", "--since", "60")

    assert daemon.asked == [{"instance": "demo-0", "since": "60.0", "follow": "false"}]


def test_a_run_of_a_container_is_asked_for_by_its_number(terminal, daemon):
    terminal.run("logs", "demo", "--container", "worker1", "--restart", "0", "--keyword", "two words")

    (asked,) = daemon.asked
    assert asked == {
        "container": "worker1",
        "restart": "0",
        "previous": "false",
        "keyword": "two words",
        "follow": "false",
    }


def test_a_run_is_either_the_one_before_or_that_of_a_number(terminal):
    said = terminal.run("logs", "demo", "--previous", "--restart", "0")

    assert said.code == 2
    assert "not allowed with" in said.err
