"""The smallest program made of the proxy: every request goes to one upstream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from eas_local.core import replies
from eas_local.proxy.exchange import Ending, Exchange
from eas_local.proxy.head import AnswerHead
from eas_local.proxy.listen import listen
from eas_local.proxy.pool import Pool
from eas_local.proxy.request import Request
from eas_local.proxy.server import Site

REPLIES = {
    Ending.UNREACHABLE: replies.UPSTREAM_REFUSED,
    Ending.CLOSED: replies.UPSTREAM_CLOSED,
    Ending.GARBAGE: replies.BAD_GATEWAY,
}


@dataclass
class Relay:
    """`endings` are those of the exchanges so far; None stands for a client that left."""

    pool: Pool
    port: int = 0
    endings: list[Ending | None] = field(default_factory=list)

    def __call__(self, request: Request) -> None:
        _Passing(self, request)


class _Passing:
    def __init__(self, relay: Relay, request: Request) -> None:
        self.relay, self.request = relay, request
        request.on_gone = self.gone
        request.invite()
        head = request.head.onward(request.head.path, (b"expect",))
        self.exchange = Exchange(request, head, relay.pool, self, ours=False)
        self.exchange.start()

    def accepts(self, answer: AnswerHead) -> bool:
        return True

    def ended(self, ending: Ending) -> None:
        self.relay.endings.append(ending)
        if ending in REPLIES:
            self.request.reply(REPLIES[ending])

    def gone(self) -> None:
        self.relay.endings.append(None)
        self.exchange.abort()


@asynccontextmanager
async def relaying(address: tuple[str, int] | str, idle: float = 1) -> AsyncIterator[Relay]:
    """A relay to an address; afterwards neither a connection nor a task of it is left."""
    relay = Relay(Pool(address, idle))
    site = Site(relay)
    server = await listen(site, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await site.close(grace=0)
        relay.pool.close()
        await asyncio.sleep(0)


@asynccontextmanager
async def relaying_to(port: int) -> AsyncIterator[Relay]:
    async with relaying(("127.0.0.1", port)) as relay:
        yield relay
