"""Asking before something is done that others may feel."""

from eas_local.cli.shell import Shell
from eas_local.core.errors import NotAllowed

_YES = {"", "y", "yes"}
# Parity: the prompt's [Y/n]; a bare Enter counts as yes (eas-semantics section 5).


def agreed(shell: Shell, question: str, what: str) -> bool:
    """Raises NotAllowed where there is nobody to ask; `what` is done only after a yes."""
    if not shell.stdin.isatty():
        raise NotAllowed(f"{what} only after a yes, and there is no terminal to ask on; add --yes")
    print(f"{question} [Y/n] ", end="", file=shell.stderr, flush=True)
    answer = shell.stdin.readline()
    return answer.endswith("\n") and answer.strip().lower() in _YES
