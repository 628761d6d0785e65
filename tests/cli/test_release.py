import json

import pytest

from tests.cli.fake_daemon import REQUEST_ID, a_service

NAME = "demo_9c16a222"


@pytest.fixture(autouse=True)
def _a_second_service_runs(daemon):
    daemon.services = {NAME: a_service(NAME)}


def test_release_asks_and_takes_enter_for_yes(terminal, daemon):
    said = terminal.run("release", NAME, "-w", "20", typed="\n", tty=True)

    assert said.code == 0
    assert said.err.splitlines() == [
        f"Confirmed to release this service at weight [20%]? [Y/n] [RequestId]: {REQUEST_ID}",
        f"[OK] Service [{NAME}] is weighted to 20% now",
    ]
    assert daemon.released == [{"TrafficState": "grouping", "Weight": 20}]


def test_release_with_yes_asks_nothing(terminal, daemon):
    said = terminal.run("release", NAME, "--weight", "0", "--yes", "--output", "json")

    assert (said.code, json.loads(said.out)["RequestId"]) == (0, REQUEST_ID)
    assert daemon.released == [{"TrafficState": "grouping", "Weight": 0}]


@pytest.mark.parametrize(
    ("typed", "tty", "sentence"),
    [
        ("n\n", True, f'service "{NAME}" was not released'),
        ("y\n", False, f'service "{NAME}" is released only after a yes, and there is no terminal to ask on; add --yes'),
    ],
)
def test_without_a_yes_nothing_is_released(terminal, daemon, typed, tty, sentence):
    said = terminal.run("release", NAME, "-w", "20", typed=typed, tty=tty)

    assert said.code == 1
    assert said.err.endswith(f"eas-local: {sentence}\n")
    assert daemon.released == []


@pytest.mark.parametrize("weight", ["101", "-1", "x"])
def test_a_weight_is_a_percent(terminal, daemon, weight):
    said = terminal.run("release", NAME, f"--weight={weight}", "--yes")

    assert said.code == 2
    assert daemon.released == []


def test_the_path_in_the_list_is_where_a_service_is_called(terminal, daemon):
    shared = "http://127.0.0.1:8600/api/predict/demo"
    daemon.services = {NAME: a_service(NAME, IntranetEndpoint=shared, Weight=20)}

    row = terminal.run("ls").out.splitlines()[3].split()

    assert (row[1], row[-2], row[-4]) == (NAME, "/api/predict/demo", "20")
