import pytest

from eas_local import __version__
from eas_local.cli.completion_scripts import SHELLS, commands_of
from eas_local.cli.main import COMMANDS, parser

EVERY = commands_of(parser(COMMANDS))


def test_there_is_a_command_for_everything_the_readme_promises():
    assert set(COMMANDS) == {
        *(
            "up",
            "down",
            "create",
            "validate",
            "ls",
            "desc",
            "w",
            "logs",
            "events",
            "stop",
            "start",
            "restart",
            "delete",
        ),
        *("modify", "scale", "version", "plan", "instance", "label", "lock"),
        "release",
        "diagnose",
        *("doctor", "completion", "allspark"),
    }


@pytest.mark.parametrize("command", EVERY, ids=lambda command: command.name)
def test_every_command_and_each_of_its_options_has_help(command):
    assert command.about.endswith(".")
    assert all(word.about for word in command.options)
    assert command.argument is None or command.argument.about


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("command", EVERY, ids=lambda command: command.name)
def test_every_command_and_each_of_its_options_appears_in_completion(command, shell):
    script = SHELLS[shell](EVERY)

    assert command.name in script
    for option in command.options:
        assert all(flag.lstrip("-") in script for flag in option.flags)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_shown_for_every_command(terminal, capsys, command):
    with pytest.raises(SystemExit) as left:
        terminal.run(command, "--help")

    assert left.value.code == 0
    assert f"usage: eas-local {command}" in capsys.readouterr().out


def test_no_words_at_all_show_the_help(terminal, capsys):
    with pytest.raises(SystemExit):
        terminal.run()

    assert all(command in capsys.readouterr().out for command in ["create"])


def test_the_version_is_shown(terminal, capsys):
    with pytest.raises(SystemExit):
        terminal.run("--version")

    assert capsys.readouterr().out == f"eas-local {__version__}\n"


def test_every_command_that_shows_something_speaks_json():
    silent = {"down", "completion", "allspark"}

    assert {command.name for command in EVERY if "--output" not in str(command.options)} == silent
