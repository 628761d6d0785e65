"""An event loop whose time passes only when nothing else happens: a wait of ten seconds is over at once."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Instead of waiting, it lets the loop's clock jump to where the waiting would have ended."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout:
            self.now += timeout
        return ready


class Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now


def run(story: Coroutine[Any, Any, T]) -> T:
    """The story's result, from a clock that begins at 0."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(story)
