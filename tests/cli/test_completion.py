import shutil
import subprocess

import pytest

from eas_local.cli.completion_scripts import SHELLS, commands_of
from eas_local.cli.main import COMMANDS, parser
from tests.cli.fake_daemon import a_service

SERVICES = "eas-local() { echo mnist; echo demo; }"


def complete(*words: str) -> list[str]:
    """What bash offers for a line of these words, the last of which is being typed."""
    script = SHELLS["bash"](commands_of(parser(COMMANDS)))
    line = " ".join(f"'{word}'" for word in ("eas-local", *words))
    ask = f"COMP_WORDS=({line}); COMP_CWORD={len(words)}; _eas_local; echo ${{COMPREPLY[@]}}"
    done = subprocess.run(["bash", "-c", f"{script}\n{SERVICES}\n{ask}"], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_commands_are_completed():
    assert complete("rest") == ["restart"]
    assert set(COMMANDS) <= set(complete(""))


def test_names_of_services_are_completed_where_a_command_wants_one():
    assert complete("desc", "") == ["mnist", "demo"]
    assert complete("delete", "--yes", "d") == ["demo"]


def test_options_and_their_values_are_completed():
    assert complete("create", "--no") == ["--no-wait"]
    assert complete("ls", "--output", "") == ["text", "json"]
    assert complete("ls", "") == []
    assert complete("completion", "z") == ["zsh"]


def test_an_option_with_a_value_of_its_own_offers_nothing():
    assert complete("logs", "--tail", "") == []


@pytest.mark.parametrize("shell", [*filter(shutil.which, ["bash", "zsh", "fish"])])
def test_the_scripts_are_valid_for_the_shells_of_this_machine(terminal, shell):
    done = subprocess.run(
        [shell, "-n"], input=terminal.run("completion", shell).out, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_names_are_those_of_a_running_emulator_and_nothing_is_started(terminal, daemon):
    daemon.services = {"mnist": a_service("mnist"), "demo": a_service()}

    assert terminal.run("completion", "services").out == "mnist\ndemo\n"


def test_without_an_emulator_there_are_no_names_and_no_complaints(terminal):
    said = terminal.run("completion", "services")

    assert (said.code, said.out, said.err) == (0, "", "")
