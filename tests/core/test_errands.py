"""Why a check by a command failed, in a sentence."""

import pytest

from eas_local.core.errands import Execution, failure_of

_NOT_FOUND = 'OCI runtime exec failed: exec failed: unable to start container process: exec: "/nope": {}: unknown'


@pytest.mark.parametrize(
    ("execution", "failure"),
    [
        (Execution(0, "fine"), ""),
        (Execution(None), 'command "/nope now" timed out'),
        (Execution(1), 'command "/nope now" exited with code 1'),
        (Execution(1, "no model\nyet"), "no model yet"),
        (Execution(127, "sh: other: not found"), "sh: other: not found"),
        (
            Execution(127, _NOT_FOUND.format("executable file not found in $PATH")),
            'command "/nope now" cannot be run: the container has no /nope',
        ),
        (
            Execution(126, _NOT_FOUND.format("stat /nope: no such file or directory")),
            'command "/nope now" cannot be run: the container has no /nope',
        ),
    ],
)
def test_the_command_is_told_where_it_says_nothing_itself(execution, failure):
    assert failure_of(("/nope", "now"), execution) == failure
