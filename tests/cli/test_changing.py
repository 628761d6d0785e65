import json

import pytest

from tests.cli.fake_daemon import REQUEST_ID, a_look, a_service

RUNNING = a_look("Running", "Service start successfully", running=1)


@pytest.fixture(autouse=True)
def _a_service_runs(daemon):
    daemon.services = {"demo": a_service()}
    daemon.shown = RUNNING


def test_stop_watches_until_the_service_is_stopped(terminal, daemon):
    daemon.looks = [RUNNING, a_look("Stopping"), a_look("Stopped", total=0)]

    said = terminal.run("stop", "demo")

    assert said.code == 0
    assert said.err.splitlines() == [
        f"[RequestId]: {REQUEST_ID}",
        "[OK] Service [demo] in region [cn-local] is stopping",
        "[OK] Service is running",
        "[OK] Service is stopping",
        "[OK] Service is stopped",
    ]


def test_start_watches_until_the_service_runs(terminal, daemon):
    daemon.looks = [a_look("Stopped", total=0), a_look("Starting"), a_look("Waiting"), RUNNING]

    said = terminal.run("start", "demo")

    assert said.code == 0
    assert said.err.splitlines()[-2:] == ["[OK] Waiting [Total: 1, Pending: 1, Running: 0]", "[OK] Service is running"]


def test_restart_does_not_take_the_state_before_it_for_its_success(terminal, daemon):
    daemon.looks = [None, a_look("Updating", running=1), RUNNING]

    said = terminal.run("restart", "demo")

    assert said.code == 0
    assert said.err.splitlines()[2:] == ["[OK] Updating [Total: 1, Pending: 0, Running: 1]", "[OK] Service is running"]


@pytest.mark.parametrize("verb", ["stop", "start", "restart"])
def test_a_change_that_is_not_waited_for_returns_with_the_answer(terminal, verb):
    said = terminal.run(verb, "demo", "--no-wait", "--output", "json")

    assert said.code == 0
    assert json.loads(said.out)["RequestId"] == REQUEST_ID


def test_start_that_fails_says_why(terminal, daemon):
    daemon.looks = [a_look("Starting"), a_look("Failed", "bucket folder is missing")]

    said = terminal.run("start", "demo")

    assert said.code == 1
    assert said.err.endswith('eas-local: service "demo" failed: bucket folder is missing\n')


@pytest.mark.parametrize("typed", ["\n", "y\n", "Y\n", "yes\n"])
def test_delete_asks_and_takes_enter_for_yes(terminal, daemon, typed):
    daemon.looks = [a_look("Deleting", "Service is terminating"), None, "gone"]

    said = terminal.run("delete", "demo", typed=typed, tty=True)

    assert said.code == 0
    assert said.err.splitlines() == [
        f"Are you sure to delete the service [demo] in [cn-local]? [Y/n] [RequestId]: {REQUEST_ID}",
        "[OK] Service [demo] in region [cn-local] is terminating",
        "[OK] Service is terminating",
        "[OK] Service was deleted successfully",
    ]


@pytest.mark.parametrize("typed", ["n\n", "N\n", "what?\n", ""])
def test_anything_else_and_the_end_of_input_delete_nothing(terminal, typed):
    said = terminal.run("delete", "demo", typed=typed, tty=True)

    assert said.code == 1
    assert said.err.endswith('eas-local: service "demo" was not deleted\n')


def test_without_a_terminal_delete_wants_yes_on_the_command_line(terminal):
    said = terminal.run("delete", "demo", typed="y\n")

    assert said.code == 1
    assert said.err == (
        'eas-local: service "demo" is deleted only after a yes, and there is no terminal to ask on; add --yes\n'
    )


def test_delete_with_yes_asks_nothing(terminal, daemon):
    daemon.looks = ["gone"]

    said = terminal.run("delete", "demo", "--yes")

    assert (said.code, said.err.splitlines()[-1]) == (0, "[OK] Service was deleted successfully")


def test_delete_that_takes_too_long_says_where_it_stands(terminal, daemon):
    daemon.looks = [a_look("Deleting", "Service is terminating")]

    said = terminal.hasty().run("delete", "demo", "--yes", "--timeout", "60")

    assert said.code == 1
    assert said.err.endswith('"demo" is still Deleting: Service is terminating; eas-local w demo shows it\n')
