import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.fake_daemon import REQUEST_ID, FakeDaemon, a_line, a_look, a_report
from tests.cli.terminal import Terminal

TEXT = '{"metadata": {"name": "demo"}}'
WAITING = a_look("Waiting", "Instance <demo-x> is not ready: worker0: nothing listens on port 8000")
RUNNING = a_look("Running", "Service start successfully", running=1)
FAILED = a_look("Failed", "Instance <demo-x> not healthy: Instance crashed, please inspect instance log.", "Unhealthy")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "service.json"
    path.write_text(TEXT)
    return path


def test_create_prints_endpoint_and_token_and_watches_until_the_service_runs(terminal, daemon, file):
    daemon.looks = [a_look("Creating"), WAITING, RUNNING]

    said = terminal.run("create", str(file))

    assert said.code == 0
    assert said.out.splitlines() == [
        "+-------------------+----------------------------------------+",
        "| Intranet Endpoint | http://127.0.0.1:8600/api/predict/demo |",
        "|             Token | c2VjcmV0                               |",
        "+-------------------+----------------------------------------+",
    ]
    assert said.err.splitlines() == [
        f"[RequestId]: {REQUEST_ID}",
        "[OK] Creating [Total: 1, Pending: 1, Running: 0]",
        "[OK] Waiting [Total: 1, Pending: 1, Running: 0]",
        "[OK] Service is running",
    ]


def test_create_sends_the_text_as_it_is_and_the_folder_it_lies_in(terminal, daemon, file):
    terminal.run("create", str(file), "--lenient", "--no-wait")

    (sent,) = daemon.created
    assert sent == {"text": TEXT, "base": str(file.parent), "lenient": True, "labels": {}, "related": False}


def test_create_beside_a_service_says_so(terminal, daemon, file):
    terminal.run("create", "-r", str(file), "--no-wait")

    assert daemon.created[0]["related"] is True


@pytest.mark.usefixtures("daemon")
def test_create_without_waiting_returns_at_once(terminal, file):
    said = terminal.run("create", str(file), "--no-wait")

    assert (said.code, said.err) == (0, f"[RequestId]: {REQUEST_ID}\n")


def test_the_same_line_is_not_said_twice(terminal, daemon, file):
    daemon.looks = [WAITING, {**WAITING, "Message": "Instance <demo-x> is not ready: worker0: 503"}, RUNNING]

    said = terminal.run("create", str(file))

    assert said.err.count("[OK] Waiting") == 1


def test_what_a_service_waits_for_is_said_once_it_has_been_quiet_for_a_while(terminal, daemon, file):
    daemon.looks = [WAITING, None, None, RUNNING]

    said = terminal.run("create", str(file))

    assert said.err.splitlines()[1:] == [
        "[OK] Waiting [Total: 1, Pending: 1, Running: 0]",
        "     Instance <demo-x> is not ready: worker0: nothing listens on port 8000",
        "     (it goes on; Ctrl-C ends the wait and leaves the service)",
        "[OK] Service is running",
    ]


def test_a_service_that_fails_ends_create_with_its_cause_the_remedy_and_its_last_lines(terminal, daemon, file):
    daemon.looks = [WAITING, FAILED]
    daemon.diagnosis = a_report(
        "worker0 ended with exit code 1: no flask",
        advice="add it",
        lines=[a_line("starting"), a_line("ModuleNotFoundError: No module named 'flask'")],
    )

    said = terminal.run("create", str(file))

    assert said.code == 1
    assert said.err.splitlines()[2:] == [
        'eas-local: service "demo" failed: Instance <demo-x> not healthy: Instance crashed, please inspect instance log.',
        "     WrongPort: worker0 ended with exit code 1: no flask",
        "     -> add it",
        "[2019-07-09 17:56:22] [demo-x/worker0] starting",
        "[2019-07-09 17:56:22] [demo-x/worker0] ModuleNotFoundError: No module named 'flask'",
    ]


def test_while_create_waits_a_cause_and_its_remedy_are_said_once(terminal, daemon, file):
    daemon.looks = [WAITING, None, None, RUNNING]
    daemon.diagnosis = a_report("worker0 listens on 127.0.0.1:7000; EAS expects 0.0.0.0:8089", advice="set the port")

    said = terminal.run("create", str(file))

    assert said.err.splitlines()[2:] == [
        "     WrongPort: worker0 listens on 127.0.0.1:7000; EAS expects 0.0.0.0:8089",
        "     -> set the port",
        "     (it goes on; Ctrl-C ends the wait and leaves the service)",
        "[OK] Service is running",
    ]


def test_after_the_timeout_create_says_what_the_service_waits_for(terminal, daemon, file):
    daemon.looks = [WAITING]
    daemon.diagnosis = a_report("worker0 listens on 0.0.0.0:5000; EAS expects 0.0.0.0:8000", advice="set the port")

    said = terminal.hasty().run("create", str(file), "--timeout", "60")

    assert said.code == 1
    assert said.err.splitlines()[2:] == [
        "     WrongPort: worker0 listens on 0.0.0.0:5000; EAS expects 0.0.0.0:8000",
        "     -> set the port",
        "     (it goes on; Ctrl-C ends the wait and leaves the service)",
        f'eas-local: service "demo" is still Waiting and goes on: {WAITING["Message"]}; eas-local desc demo tells more',
    ]


def test_what_was_said_while_it_waited_is_not_said_again_at_the_end(terminal, daemon, file):
    daemon.looks = [WAITING, None, a_look("Failed", "gave up")]
    daemon.diagnosis = a_report("worker0 listens on 0.0.0.0:5000; EAS expects 0.0.0.0:8000", advice="set the port")

    said = terminal.run("create", str(file))

    assert said.err.count("EAS expects") == said.err.count("-> set the port") == 1


def test_a_daemon_that_was_killed_is_started_again_and_the_wait_goes_on(terminal, daemon, file, settings):
    settings.home.mkdir()
    daemon.looks = [WAITING, "killed", RUNNING]
    starting = replace(terminal, start=lambda _settings, say: say("[OK] Starting the daemon"))

    said = starting.run("create", str(file))

    assert said.code == 0
    assert said.err.count("[OK] Starting the daemon again; the wait goes on\n") == 1
    assert said.err.endswith("[OK] Service is running\n")


def test_an_emulator_that_was_shut_down_meanwhile_is_not_started_again(terminal, daemon, file):
    daemon.looks = [WAITING, "killed"]

    said = terminal.run("create", str(file))

    assert said.code == 1
    assert 'the emulator was shut down meanwhile; service "demo" comes back with eas-local up -d' in said.err


def test_warnings_and_fields_without_effect_are_said_and_enforced_ones_are_not(terminal, daemon, file):
    daemon.looks = [RUNNING]
    daemon.warnings = ["storage: two mounts on /mnt; the last one wins"]
    daemon.notes = [
        {"field": "metadata.cpu", "level": "enforced", "sentence": "a cap"},
        {"field": "metadata.qos", "level": "accepted without effect", "sentence": "nothing is reserved here"},
    ]

    said = terminal.run("create", str(file))

    assert said.err.splitlines()[:2] == [
        "[WARN] storage: two mounts on /mnt; the last one wins",
        "[OK] Without effect here: metadata.qos (eas-local validate tells why)",
    ]


def test_json_is_one_document_with_the_state_reached(terminal, daemon, file):
    daemon.looks = [WAITING, RUNNING]

    document = json.loads(terminal.run("create", str(file), "--output", "json").out)

    assert document["ServiceName"] == "demo"
    assert document["AccessToken"] == "c2VjcmV0"
    assert (document["Status"], document["RunningInstance"]) == ("Running", 1)


def test_every_problem_of_an_invalid_document_is_a_line_of_its_own(terminal, daemon, file):
    problems = [
        {"field": "metadata.gpu", "message": "Invalid GPU count 6, only supported: [0 1 2 4 8 16]"},
        {"field": "", "message": "containers is missing"},
    ]
    daemon.refusal = (400, {"Code": "InvalidParameter", "Message": "both", "RequestId": "", "Problems": problems})

    said = terminal.run("create", str(file))

    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines() == [
        "eas-local: metadata.gpu: Invalid GPU count 6, only supported: [0 1 2 4 8 16]",
        "eas-local: containers is missing",
    ]


def test_a_service_deleted_while_create_watches_ends_it_with_a_sentence(terminal, daemon: FakeDaemon, file):
    daemon.looks = [WAITING, "gone"]

    said = terminal.run("create", str(file))

    assert said.code == 1
    assert said.err.endswith('eas-local: service "demo" does not exist\n')


def test_interrupting_create_leaves_the_service_and_says_so(terminal: Terminal, daemon, file):
    daemon.looks = [WAITING, WAITING]

    said = terminal.interrupted().run("create", str(file))

    assert said.code == 130
    assert said.err.endswith(
        'eas-local: no longer watching; service "demo" goes on by itself, eas-local desc demo shows it and '
        "eas-local diagnose demo says why it is not ready\n"
    )
