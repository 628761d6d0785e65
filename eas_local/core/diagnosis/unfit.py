"""Rules for a program that could not be executed: built for another machine, not there, or not for execution.

The engine's init says so in a line of its own; what it cannot execute it hands to a shell, which says it in others.
"""

import re

from eas_local.core.diagnosis.case import Case
from eas_local.core.diagnosis.program import foreign, machine
from eas_local.core.diagnosis.report import Cause

_FORMAT = re.compile(
    r"exec (\S+) failed: exec format error|(\S+): (?:cannot execute binary file: )?exec format error|"
    r"(\S+): cannot execute binary file|exec format error",
    re.IGNORECASE,
)
_ABSENT = re.compile(r"exec (\S+) failed: No such file or directory|(?:\d+: |: )([\w./-]+): (?:command )?not found")
_FORBIDDEN = re.compile(r"exec (\S+) failed: Permission denied|(?:\d+: |: )([\w./-]+): Permission denied")
_PLATFORMS = {"x86_64": "amd64", "aarch64": "arm64"}


def built_for_another_machine(case: Case) -> Cause | None:
    """Without a line of its own where a shell read the program as a script, as the engine's init has it try."""
    built_for = machine(case.program.head) if case.program else ""
    is_foreign = bool(case.here) and foreign(built_for, case.here)
    if not is_foreign and not case.holding(_FORMAT):
        return None
    named = case.program.name if case.program and is_foreign else case.named(_FORMAT)
    program = f'"{named}"' if named else "a program"
    why = f"it is built for {built_for}, and this machine is {case.here}" if is_foreign else "exec format error"
    # Parity: "exec format error" and its cause, another processor architecture (FAQ).
    return case.cause(
        "ExecFormatError",
        f"cannot execute {program}: {why} (exit code {case.code})",
        "use an image and programs built for this machine's processor"
        + (f" (docker build --platform linux/{_PLATFORMS.get(case.here, case.here)})" if case.here else ""),
    )


def absent(case: Case) -> Cause | None:
    program = case.named(_ABSENT)
    if not program or case.code != 127:
        return None
    if case.program and case.program.head and case.program.name == program:
        return case.cause(
            "CommandNotFound",
            f'cannot execute "{program}": the file is there, but not what it needs to run (exit code {case.code})',
            "use an image that has its interpreter (first line of a script) or its C library (for a compiled program)",
        )
    return case.cause(
        "CommandNotFound",
        f'cannot execute "{program}": the image has no such program (exit code {case.code})',
        _put_right(case),
    )


def _put_right(case: Case) -> str:
    if case.container.is_host:
        return "name an image in data_image that has it"
    return f"correct command or script in {case.container.field}, or put the program into the image"


def forbidden(case: Case) -> Cause | None:
    program = case.named(_FORBIDDEN)
    if not program or case.code != 126:
        return None
    return case.cause(
        "CommandNotExecutable",
        f'may not execute "{program}" (exit code 126)',
        "make it executable in the image (chmod +x), or start it through its interpreter",
    )
