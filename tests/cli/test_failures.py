import subprocess
import sys
from pathlib import Path

import pytest

from eas_local.core.errors import Temporary
from tests.cli.fake_daemon import a_service
from tests.cli.terminal import Terminal


def test_an_unknown_service_is_answered_with_names_like_it(terminal, daemon):
    daemon.services = {"mnist": a_service("mnist"), "demo": a_service("demo")}

    assert terminal.run("desc", "mnits").err == 'eas-local: service "mnits" does not exist; did you mean mnist?\n'
    assert terminal.run("release", "mnits", "-w", "1").err.endswith("did you mean mnist?\n")
    assert terminal.run("w", "zzz").err == 'eas-local: service "zzz" does not exist\n'


def test_what_a_service_does_not_have_is_answered_without_another_name_for_it(terminal, daemon):
    daemon.services = {"demo": a_service()}
    daemon.refusal = (404, {"Code": "InvalidService.NotFound", "Message": "no instance b; it has a", "RequestId": ""})

    assert terminal.run("instance", "isolate", "demo", "b").err == "eas-local: no instance b; it has a\n"


def test_an_unknown_command_is_answered_with_one_like_it(terminal):
    said = terminal.run("crate", "service.json")

    assert (said.code, said.err) == (2, 'eas-local: there is no command "crate"; did you mean create?\n')


def test_a_command_like_no_other_is_sent_to_the_help(terminal):
    assert terminal.run("zzz").err == 'eas-local: there is no command "zzz"; eas-local --help lists them\n'


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["desc"], "the following arguments are required: NAME; eas-local desc --help shows how"),
        (["ls", "--wide"], "unrecognized arguments: --wide; eas-local --help shows how"),
        (["create", "x", "--timeout", "soon"], "argument --timeout: invalid seconds value: 'soon'"),
        (["create", "x", "--timeout", "-1"], "argument --timeout: invalid seconds value: '-1'"),
        (["create", "x", "--timeout", "nan"], "argument --timeout: invalid seconds value: 'nan'"),
        (["logs", "x", "--tail", "-3"], 'argument --tail: "-3" is no whole number from 0 on'),
        (["ls", "--output", "yaml"], "argument --output: invalid choice: 'yaml'"),
    ],
)
def test_wrong_usage_is_one_line_and_status_two(terminal, argv, sentence):
    said = terminal.run(*argv)

    assert said.code == 2
    assert said.err.startswith(f"eas-local: {sentence}")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("command", ["create", "validate"])
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing", "does not exist; name a service.json"),
        ("folder", "is a folder; name the service.json in it"),
        ("binary", "the text is not UTF-8 (byte 1); save the file as UTF-8"),
        ("endless", "is this the right file?"),
        ("circle", "cannot be read: Too many levels of symbolic links"),
    ],
)
@pytest.mark.usefixtures("daemon")
def test_a_file_that_is_no_service_json_is_one_sentence(terminal, tmp_path: Path, command, name, sentence):
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\x80\x02\x00")
    (tmp_path / "endless").symlink_to("/dev/zero")
    (tmp_path / "circle").symlink_to("circle")

    said = terminal.run(command, str(tmp_path / name))

    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("eas-local: ")
    assert said.err.endswith(f"{sentence}\n")
    assert said.err.count("\n") == 1


def test_a_daemon_that_is_not_there_is_one_sentence(terminal, settings):
    assert terminal.run("ls").err == (
        f"eas-local: nothing answers on {settings.daemon_socket}; eas-local up -d starts the emulator\n"
    )


def test_an_error_of_the_api_is_one_sentence(terminal, daemon):
    daemon.services = {"demo": a_service()}
    daemon.refusal = (503, {"Code": "EngineDown", "Message": "the engine does not answer; start it", "RequestId": ""})

    said = terminal.run("stop", "demo")

    assert (said.code, said.err) == (1, "eas-local: the engine does not answer; start it\n")


def test_a_change_that_was_not_answered_may_have_been_accepted(terminal, daemon):
    daemon.services = {"demo": a_service()}
    daemon.dies = True

    assert terminal.run("stop", "demo").err == (
        "eas-local: the emulator ended before it had answered; the change was accepted, or was not; "
        "eas-local desc demo shows which\n"
    )


def test_a_daemon_that_cannot_be_started_is_one_sentence(settings):
    def start(_settings, _say):
        raise Temporary("the gateway ended as it started: address 127.0.0.1:8600 is taken")

    said = Terminal(settings, start=start).run("ls")

    assert (said.code, said.err) == (
        1,
        "eas-local: the gateway ended as it started: address 127.0.0.1:8600 is taken\n",
    )


def test_a_folder_that_cannot_be_made_is_one_sentence(settings):
    def start(_settings, _say):
        Path("/dev/null/home").mkdir()

    assert Terminal(settings, start=start).run("ls").err == "eas-local: /dev/null/home: Not a directory\n"


def test_a_mistake_of_ours_is_one_line_and_its_traceback_is_in_the_log(settings):
    def start(_settings, _say):
        raise ZeroDivisionError("oh")

    said = Terminal(settings, start=start).run("ls")

    log = settings.home / "logs" / "cli.log"
    assert (said.code, said.err) == (
        1,
        f"eas-local: this is a mistake in eas-local (ZeroDivisionError: oh); {log} says more\n",
    )
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_interrupting_says_nothing_and_ends_as_shells_expect(settings):
    def start(_settings, _say):
        raise KeyboardInterrupt

    said = Terminal(settings, start=start).run("ls")

    assert (said.code, said.out, said.err) == (130, "", "")


def test_a_reader_that_leaves_early_is_no_error():
    """Like `eas-local completion bash | head -1`, with a reader that is gone before the first byte."""
    command = [sys.executable, "-m", "eas_local.cli", "completion", "bash"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        program.stdout.close()

        assert program.stderr.read() == b""


def test_a_full_disk_under_stdout_is_one_sentence():
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "eas_local.cli", "completion", "bash"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert (done.returncode, done.stderr) == (1, "eas-local: No space left on device\n")
