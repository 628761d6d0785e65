import json

import pytest

from tests.cli.fake_daemon import a_line, a_report, a_service

CAUSE = "worker0 listens on 127.0.0.1:7000; EAS expects 0.0.0.0:8089"


@pytest.fixture
def ill(daemon):
    daemon.services = {"demo": a_service(Status="Waiting", RunningInstance=0)}
    daemon.diagnosis = a_report(
        CAUSE,
        advice="set containers[0].port to 7000",
        summary="Waiting, ready 0/1",
        lines=[a_line("Running on http://127.0.0.1:7000")],
    )
    daemon.diagnosis["Notes"] = ["metadata.cpu is 64 and the engine has 2: instances run with 2"]
    daemon.diagnosis["Containers"][0]["Probes"] = ["readiness: --- connection refused"]
    return daemon


@pytest.mark.usefixtures("ill")
def test_the_error_comes_first_then_causes_advice_and_evidence(terminal):
    said = terminal.run("diagnose", "demo")

    assert said.code == 1
    assert said.out.splitlines() == [
        "[FAIL] Instance <demo-x> is not ready.",
        f"     WrongPort: {CAUSE}",
        "     -> set containers[0].port to 7000",
        "[WARN] demo: Waiting, ready 0/1",
        "[WARN] metadata.cpu is 64 and the engine has 2: instances run with 2",
        "demo-x/worker0 runs for 2 s",
        "     readiness: --- connection refused",
        "     [2019-07-09 17:56:22] [demo-x/worker0] Running on http://127.0.0.1:7000",
    ]


def test_a_service_that_is_well_is_said_to_be(terminal, daemon):
    daemon.services = {"demo": a_service()}

    said = terminal.run("diagnose", "demo")

    assert (said.code, said.out) == (0, "[OK] demo: ready 1/1\n")


@pytest.mark.usefixtures("ill")
def test_json_is_the_whole_report(terminal):
    said = terminal.run("diagnose", "demo", "--output", "json")

    assert said.code == 1
    assert json.loads(said.out)["DiagnosisList"][0]["Causes"] == [CAUSE]


def test_one_instance_may_be_asked_about(terminal, ill):
    terminal.run("diagnose", "demo", "--instance", "demo-x")

    assert ill.asked[-1]["instance"] == "demo-x"


@pytest.mark.usefixtures("ill")
def test_desc_has_a_row_for_it_while_the_service_is_not_ready(terminal):
    assert f"Diagnosis | WrongPort: {CAUSE}" in terminal.run("desc", "demo").out


@pytest.mark.usefixtures("daemon")
def test_an_unknown_service_is_named(terminal):
    said = terminal.run("diagnose", "nobody")

    assert (said.code, said.err) == (1, 'eas-local: service "nobody" does not exist\n')
