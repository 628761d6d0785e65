"""Work in a thread that ends with its caller."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

GoOn = Callable[[], None]
"""Called again and again; raises where the caller has been given up."""


class _GivenUp(Exception):
    pass


async def in_thread(work: Callable[[GoOn], T]) -> T:
    """What it returns. A caller that is cancelled waits until the work has put away what it had begun."""
    stop = threading.Event()

    def go_on() -> None:
        if stop.is_set():
            raise _GivenUp

    job = asyncio.ensure_future(asyncio.to_thread(work, go_on))
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.gather(job, return_exceptions=True)
        raise
