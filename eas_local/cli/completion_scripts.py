"""Completion scripts, rendered from the parser itself, so that no command or option can be missing from them. Pure."""

from argparse import Action, ArgumentParser, _SubParsersAction
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_NAMES = "eas-local completion services 2>/dev/null"


@dataclass(frozen=True, slots=True)
class Word:
    """An option, or the positional argument where `flags` is empty.

    `takes` says what its value is: FILE, NAME, something nobody can complete, or nothing where it takes none.
    """

    flags: tuple[str, ...]
    about: str
    takes: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    about: str
    options: tuple[Word, ...]
    argument: Word | None


def commands_of(parser: ArgumentParser) -> list[Command]:
    subparsers = next(action for action in parser._actions if isinstance(action, _SubParsersAction))  # noqa: SLF001
    abouts = {action.dest: action.help or "" for action in subparsers._choices_actions}  # noqa: SLF001
    return [_command(name, abouts[name], sub) for name, sub in subparsers.choices.items()]


def bash(commands: Sequence[Command]) -> str:
    names = " ".join(command.name for command in commands)
    cases = "\n".join(line for command in commands for line in _bash_cases(command))
    return f"""\
_eas_local() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} words= options= kind=
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="{names}" options="--help --version"
    else
        case "${{COMP_WORDS[1]}} $before" in
{cases}
        esac
    fi
    case "$word" in -*) words=$options kind= ;; esac
    [ "$kind" = NAME ] && words=$({_NAMES})
    [ "$kind" = FILE ] && compopt -o default
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -F _eas_local eas-local"""


def zsh(commands: Sequence[Command]) -> str:
    names = "\n".join(f"        {_quoted(f'{command.name}:{command.about}')}" for command in commands)
    cases = "\n".join(_zsh_case(command) for command in commands)
    return f"""\
#compdef eas-local
_eas_local_services() {{
    compadd -- $({_NAMES})
}}
_eas_local() {{
    local -a commands=(
{names}
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    shift words
    (( CURRENT-- ))
    case $words[1] in
{cases}
    esac
}}
compdef _eas_local eas-local"""


def fish(commands: Sequence[Command]) -> str:
    lines = ["complete -c eas-local -f"]
    for command in commands:
        about = _quoted(command.about)
        lines.append(f"complete -c eas-local -n __fish_use_subcommand -a {command.name} -d {about}")
        lines += _fish_lines(command)
    return "\n".join(lines)


SHELLS: dict[str, Callable[[Sequence[Command]], str]] = {"bash": bash, "zsh": zsh, "fish": fish}


def _command(name: str, about: str, parser: ArgumentParser) -> Command:
    words = [_word(action) for action in parser._actions]  # noqa: SLF001 - argparse tells no other way
    options = tuple(word for word in words if word.flags)
    return Command(name, about, options, next((word for word in words if not word.flags), None))


def _word(action: Action) -> Word:
    takes = "" if action.nargs == 0 else str(action.metavar or action.dest)
    return Word(tuple(action.option_strings), action.help or "", takes, tuple(action.choices or ()))


def _bash_cases(command: Command) -> Iterator[str]:
    indent = " " * 12
    for option in (option for option in command.options if option.takes):
        patterns = " | ".join(f'"{command.name} {flag}"' for flag in option.flags)
        yield f'{indent}{patterns}) words="{" ".join(option.choices)}" ;;'
    flags = " ".join(flag for option in command.options for flag in option.flags)
    yield f'{indent}"{command.name} "*) options="{flags}" {_bash_argument(command.argument)};;'


def _bash_argument(argument: Word | None) -> str:
    if argument is None:
        return ""
    return f'words="{" ".join(argument.choices)}" ' if argument.choices else f"kind={argument.takes} "


def _zsh_case(command: Command) -> str:
    specs = [_zsh_option(option, flag) for option in command.options for flag in option.flags]
    if command.argument:
        specs.append(f"1:{command.argument.takes}:{_zsh_values(command.argument)}")
    return f"        {command.name}) _arguments {' '.join(_quoted(spec) for spec in specs)} ;;"


def _zsh_option(option: Word, flag: str) -> str:
    about = option.about.replace("[", r"\[").replace("]", r"\]")
    return f"{flag}[{about}]:{option.takes}:{_zsh_values(option)}" if option.takes else f"{flag}[{about}]"


def _zsh_values(word: Word) -> str:
    if word.choices:
        return f"({' '.join(word.choices)})"
    return {"FILE": "_files", "NAME": "_eas_local_services"}.get(word.takes, "")


def _fish_lines(command: Command) -> Iterator[str]:
    begin = f"complete -c eas-local -n '__fish_seen_subcommand_from {command.name}'"
    for option in command.options:
        flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags)
        yield f"{begin} {flags} -d {_quoted(option.about)}{_fish_value(option)}"
    if command.argument:
        yield f"{begin}{_fish_argument(command.argument)}"


def _fish_value(option: Word) -> str:
    if not option.takes:
        return ""
    return f" -x -a {_quoted(' '.join(option.choices))}" if option.choices else " -x"


def _fish_argument(argument: Word) -> str:
    if argument.choices:
        return f" -a {_quoted(' '.join(argument.choices))}"
    return " -F" if argument.takes == "FILE" else f" -a {_quoted(f'({_NAMES})')}"


def _quoted(text: str) -> str:
    """In single quotes; a quote inside is written so that all three shells read it."""
    return "'" + text.replace("'", "'\"'\"'") + "'"
