"""plan: which change it asks the plan of, and how it shows it."""

import json

import pytest

from tests.cli.fake_daemon import a_service

STEPS = ["create instance 0: no instance of this revision", "start worker0 of demo-1-*****: not started yet"]


@pytest.fixture(autouse=True)
def _a_service_runs(daemon):
    daemon.services = {"demo": a_service()}


def test_the_steps_are_shown_one_in_a_line(terminal, daemon):
    daemon.steps = STEPS
    daemon.differences = ["metadata.cpu: 1 -> 2"]

    said = terminal.run("plan", "demo", "--restart")
    assert (said.out.splitlines(), said.err) == (STEPS, "[OK] metadata.cpu: 1 -> 2\n")
    assert json.loads(terminal.run("plan", "demo", "--restart", "--output", "json").out) == {
        "Changes": ["metadata.cpu: 1 -> 2"],
        "Steps": STEPS,
    }


def test_nothing_to_do_is_said_and_is_no_failure(terminal):
    said = terminal.run("plan", "demo")

    assert (said.code, said.out, said.err) == (0, "", "nothing to do\n")


@pytest.mark.parametrize("act", ["start", "stop", "restart", "delete"])
def test_an_act_is_planned_by_its_name(terminal, daemon, act):
    terminal.run("plan", "demo", f"--{act}")

    assert daemon.changes == [{"name": "demo", "act": act}]


def test_a_change_is_planned_as_modify_would_ask_for_it(terminal, daemon):
    terminal.run("plan", "demo", "-Dmetadata.instance=3")

    (asked,) = daemon.changes
    assert (asked["name"], json.loads(asked["text"])) == ("demo", {"metadata": {"instance": 3}})


@pytest.mark.parametrize("text", ['{"metadata": {"name": "other"}}'])
def test_a_file_is_planned_with_its_folder(terminal, daemon, tmp_path, text):
    file = tmp_path / "service.json"
    file.write_text(text)

    terminal.run("plan", str(file), "--lenient")

    assert daemon.changes == [{"text": text, "base": str(tmp_path), "lenient": True}]


@pytest.mark.parametrize(
    "words",
    [("demo", "-Da=1", "--stop"), ("service.json", "-Da=1"), ("service.json", "--stop"), ("demo", "--stop", "--start")],
)
def test_what_cannot_be_meant_is_refused(terminal, daemon, words):
    assert terminal.run("plan", *words).code == 2
    assert daemon.changes == []
