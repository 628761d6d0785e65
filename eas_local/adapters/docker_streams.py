"""A blocking stream of the engine as an asynchronous iterator.

A stream may last for days, so it gets a thread of its own instead of one of the bounded pool. The thread waits when its
reader is slow, and ends with it: leaving the iteration shuts the stream's socket, which wakes a blocked read.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from threading import BoundedSemaphore, Event, Thread
from typing import Generic, Protocol, TypeVar

_AHEAD = 256  # items read before the reader has taken them

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Source(Protocol[T_co]):
    """What is read. `close` may be called from another thread while it is."""

    def __iter__(self) -> Iterator[T_co]: ...

    def close(self) -> None: ...


async def flow(begin: Callable[[], Source[T]], name: str) -> AsyncGenerator[T, None]:
    """The items of the source that `begin` opens. Raises what reading raised."""
    pump = _Pump(begin, name)
    try:
        while (item := await pump.next()) is not None:
            yield item
    finally:
        await pump.stop()


class _Pump(Generic[T]):
    """The thread and the queue between it and the loop; None in the queue is the end."""

    def __init__(self, begin: Callable[[], Source[T]], name: str) -> None:
        self._begin = begin
        self._loop = asyncio.get_running_loop()
        self._items: asyncio.Queue[T | None] = asyncio.Queue()
        self._room = BoundedSemaphore(_AHEAD)
        self._stopped = Event()
        self._source: Source[T] | None = None
        self._error: Exception | None = None
        self._ended = False
        Thread(target=self._read, name=name, daemon=True).start()

    async def next(self) -> T | None:
        item = await self._items.get()
        if item is None:
            self._ended = True
            if self._error is not None:
                raise self._error
        else:
            self._room.release()
        return item

    async def stop(self) -> None:
        """End the thread. One that is still waiting for the engine to answer at all ends by itself later."""
        self._stopped.set()
        if self._source is None:
            return
        self._source.close()
        while not self._ended:
            with suppress(Exception):
                await self.next()

    def _read(self) -> None:
        try:
            self._source = self._begin()
            if not self._stopped.is_set():
                self._pass_on(self._source)
        except Exception as error:  # noqa: BLE001 - handed to the reader
            self._error = error
        if self._source is not None:
            self._source.close()
        self._put(None)

    def _pass_on(self, source: Source[T]) -> None:
        for item in source:
            self._room.acquire()
            if self._stopped.is_set():
                return
            self._put(item)

    def _put(self, item: T | None) -> None:
        with suppress(RuntimeError):  # the loop is gone, and the reader with it
            self._loop.call_soon_threadsafe(self._items.put_nowait, item)
