"""Containers that take their time."""

import asyncio
from contextlib import asynccontextmanager

from tests.net import ok, talking


@asynccontextmanager
async def a_slow_container():
    """Answers a request each time `go` is released; `log` lists the targets in the order they came."""
    go, log = asyncio.Semaphore(0), []

    async def talk(wire):
        while True:
            request = await wire.message()
            log.append(request.target)
            await go.acquire()
            await wire.send(ok(b"done"))

    async with talking(talk) as server:
        yield server.port, go, log


@asynccontextmanager
async def a_container_that_pauses():
    """Sends half of each answer, and the other half when `go` is released."""
    go = asyncio.Semaphore(0)

    async def talk(wire):
        while True:
            await wire.message()
            await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
            await go.acquire()
            await wire.send(b"half")

    async with talking(talk) as server:
        yield server, go
