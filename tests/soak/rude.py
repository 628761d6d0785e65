"""Clients that do not behave: what they are answered matters to nobody, what they leave behind does."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from tests.soak.asking import PATIENCE, Line
from tests.soak.world import TOKEN, World

PAUSE = 0.2
MALFORMED = (
    b"GET / HTTP/1.1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 90_000,
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\r\n" * 1000,
)


async def rude(world: World, name: str) -> None:
    """One bad habit after the other, at the gateway or at an instance's own door, and no good-bye."""
    random = world.random(name)
    while await world.pause(random.random() * PAUSE):
        habit = random.choice(HABITS)
        service = random.choice([*world.sidecars])
        port = random.choice((world.gateway.options.port, random.choice(world.sidecars[service]).traffic))
        with suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            line = await Line.to(port)
            try:
                async with asyncio.timeout(PATIENCE):
                    await habit(Guest(world, random, line, service))
            finally:
                random.choice((line.close, line.reset))()
        world.done[habit.__name__] += 1


@dataclass(frozen=True, slots=True)
class Guest:
    """At a connection, about to ask for a service."""

    world: World
    random: Random
    line: Line
    service: str

    async def asks(self, *wishes: str, headers: tuple[str, ...] = (), times: int = 1, behind: bytes = b"") -> None:
        await self.says(self.head(self.random.choice(wishes), *headers) * times + behind)

    def head(self, what: str, *headers: str) -> bytes:
        start = f"GET /api/predict/{self.service}/{what} HTTP/1.1"
        return "\r\n".join([start, "Host: x", f"Authorization: {TOKEN}", *headers, "", ""]).encode()

    async def says(self, data: bytes) -> None:
        self.line.writer.write(data)
        await self.line.writer.drain()

    async def reads(self, count: int = -1) -> bytes:
        return await self.line.reader.read(count)

    async def waits(self, seconds: float) -> None:
        """At most so long, a little less each time."""
        await self.world.pause(self.random.random() * seconds)


async def leaves_in_the_head(guest: Guest) -> None:
    head = guest.head("echo", "Content-Length: 5")
    await guest.says(head[: guest.random.randrange(len(head))])


async def leaves_in_the_body(guest: Guest) -> None:
    part = b"a" * guest.random.randrange(200_000)
    await guest.asks("echo", "chunks", headers=("Content-Length: 200000",), behind=part)
    await guest.waits(0.1)


async def leaves_while_waiting(guest: Guest) -> None:
    await guest.asks("slow", "stall", "trickle")
    await guest.waits(0.4)


async def leaves_in_the_answer(guest: Guest) -> None:
    await guest.asks("big", "trickle")
    await guest.reads(guest.random.randint(1, 100_000))


async def half_closes(guest: Guest) -> None:
    await guest.asks("echo", "slow", "big", "until_close")
    guest.line.writer.write_eof()
    await guest.reads()


async def reads_slowly(guest: Guest) -> None:
    await guest.asks("big")
    for _ in range(guest.random.randint(1, 30)):
        await guest.reads(5000)
        await guest.waits(0.05)


async def speaks_slowly(guest: Guest) -> None:
    request = guest.head("echo", "Content-Length: 5") + b"hello"
    for at in range(guest.random.randrange(len(request))):
        await guest.says(request[at : at + 1])
        await guest.waits(0.01)


async def says_nothing(guest: Guest) -> None:
    await guest.waits(2)


async def is_malformed(guest: Guest) -> None:
    await guest.says(guest.random.choice((*MALFORMED, guest.random.randbytes(50))))
    await guest.waits(0.1)


async def is_malformed_later(guest: Guest) -> None:
    await guest.asks("chunks", headers=("Transfer-Encoding: chunked",), behind=b"3\r\nabc\r\n")
    await guest.waits(0.05)
    await guest.says(b"zz\r\n")
    await guest.reads()


async def pipelines(guest: Guest) -> None:
    await guest.asks("echo", "slow", "chunks", times=guest.random.randint(2, 20))
    await guest.reads(guest.random.choice((1, 1000, 100_000)))


async def floods(guest: Guest) -> None:
    """Many requests behind one that takes its time, more than anybody would read ahead."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await guest.asks("slow", behind=b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 20_000)


async def tunnels(guest: Guest) -> None:
    """What is said comes back, for a while; then the client is gone."""
    await guest.asks("tunnel", headers=("Connection: Upgrade", "Upgrade: websocket"))
    head = await guest.line.reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 101 "):
        return
    for _ in range(guest.random.randint(0, 10)):
        said = guest.random.randbytes(guest.random.randint(1, 20_000))
        await guest.says(said)
        if await guest.line.reader.readexactly(len(said)) != said:
            guest.world.wrong.append(f"{guest.service}: other bytes came back through a tunnel")
    await guest.waits(2)


Habit = Callable[[Guest], Awaitable[None]]
HABITS: tuple[Habit, ...] = (
    leaves_in_the_head, leaves_in_the_body, leaves_while_waiting, leaves_in_the_answer, half_closes, reads_slowly,
    speaks_slowly, says_nothing, is_malformed, is_malformed_later, pipelines, floods, tunnels,
)  # fmt: skip
