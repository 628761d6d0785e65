"""Commands in containers that run, on a Docker engine. The SDK's own call can neither be bounded nor cut off.

The engine has no way to end a command. One that hangs is left to itself, and is found again by its words: the engine lists
what still goes on in a container, so nobody has to remember it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any

from eas_local.adapters.docker_answer import Answer
from eas_local.adapters.docker_errors import translated
from eas_local.adapters.docker_logs import frames
from eas_local.core.errands import Execution

_KEPT = 4096  # bytes of what a command writes


def create(api: Any, run: str, argv: Sequence[str]) -> str | None:
    """The id of the command, which has yet to be begun; None while an earlier one of the same words goes on."""
    under_way = api.inspect_container(run)["ExecIDs"] or ()
    if any(_is(api.exec_inspect(other), argv) for other in under_way):
        return None
    created: str = api.exec_create(run, list(argv))["Id"]
    return created


def exit_code(api: Any, command: str) -> int | None:
    """None while it goes on."""
    code: int | None = api.exec_inspect(command)["ExitCode"]
    return code


class Output(Answer):
    """Begins a command; what it writes comes after a first, empty piece, which says that the engine has begun it."""

    def __init__(self, api: Any, command: str) -> None:
        super().__init__(api, f"/exec/{command}/start", send={"Detach": False, "Tty": False})
        if not self.found:
            self._refused()

    def __iter__(self) -> Iterator[bytes]:
        yield b""
        with translated("the output of a command"):
            yield from (piece for _, piece in frames(self.raw))


async def carried_out(
    output: AsyncIterator[bytes], exit_code: Callable[[], Awaitable[int | None]], within: float
) -> Execution:
    """How the command went. That the engine is slow is nobody's failure: time begins when it has begun the command, and
    it must still answer when time is up."""
    written, ended = await anext(output), True
    try:
        async with asyncio.timeout(within):
            # the engine ends it with the command, though that may have closed its end before
            async for piece in output:
                written += piece[: _KEPT - len(written)]
    except TimeoutError:
        ended = False
    code = await exit_code()
    return Execution(code if ended else None, written.decode(errors="replace"))


def _is(found: dict[str, Any], argv: Sequence[str]) -> bool:
    words = found["ProcessConfig"]
    return bool(found["Running"]) and [words["entrypoint"], *words["arguments"]] == list(argv)
