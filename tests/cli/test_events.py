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


def test_what_was_done_and_seen_is_told_once_unless_all_is_asked_for(terminal, daemon):
    daemon.events = [
        an_event("StartRun", "start worker0 of demo-0: not started yet", "demo-0"),
        an_event("Started", "Container worker0 has started", "demo-0"),
        an_event("KillRun", "kill worker0 of demo-0: liveness probe failed", "demo-0"),
    ]

    assert reasons(terminal.run("events", "demo").out) == ["Started", "KillRun"]
    assert reasons(terminal.run("events", "demo", "--all").out) == ["StartRun", "Started", "KillRun"]


def test_the_table_has_the_last_events_and_says_how_many_there_are(terminal, daemon):
    daemon.events = [an_event("Started", f"run {number}") for number in range(60)]

    said = terminal.run("events", "demo")
    assert len(reasons(said.out)) == 50
    assert said.err == "the last 50 of 60 events; --tail 60 shows all of them\n"
    assert len(reasons(terminal.run("events", "demo", "--tail", "3").out)) == 3
    assert len(json.loads(terminal.run("events", "demo", "--output", "json").out)["Events"]) == 60


def test_warnings_alone_are_shown(terminal):
    assert reasons(terminal.run("events", "demo", "--warnings").out) == ["Error"]


def test_a_long_message_is_cut_in_the_table_alone(terminal, daemon):
    daemon.events = [an_event("Error", "x" * 200)]

    table = terminal.run("events", "demo").out

    assert {len(line) for line in table.splitlines()} == {160}
    assert "xxx... |" in table
    assert json.loads(terminal.run("events", "demo", "--output", "json").out)["Events"] == daemon.events


def test_followed_events_begin_at_a_time_and_not_at_a_number(terminal):
    assert terminal.run("events", "demo", "-f", "--tail", "3").code == 2


def reasons(table: str) -> list[str]:
    return [line.split("|")[3].strip() for line in table.splitlines()[3:-1]]


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
