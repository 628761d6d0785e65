"""The proxy in memory: clients on one side, an upstream on the other, and in between a small program made of it.

`play` lets one event after the other happen and `end` takes everything down; what travelled and what became of each
request is kept for a judge.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from eas_local.core import replies
from eas_local.proxy.exchange import Ending, Exchange
from eas_local.proxy.head import AnswerHead
from eas_local.proxy.pool import Pool
from eas_local.proxy.request import Request
from eas_local.proxy.server import Site
from tests.fuzz.memory import Link, MemoryLoop
from tests.fuzz.script import Act, Event

NUMBER = b"x-eas-number"
CLIENTS = 3
IDLE = 1.0
LONG = 200.0
REPLIES = {
    Ending.UNREACHABLE: replies.UPSTREAM_REFUSED,
    Ending.CLOSED: replies.UPSTREAM_CLOSED,
    Ending.GARBAGE: replies.BAD_GATEWAY,
}


@dataclass(eq=False)
class Visit:
    """One request that the program has taken. `ends` is how often it was told that it is over."""

    hop: "Hop"
    number: int
    client: int
    request: Request
    ends: int = 0
    tunnel: bool = False
    retried: bool = False
    exchange: Exchange | None = None

    def begin(self) -> None:
        if self.hop.answers_itself:
            self._answer(replies.UNAUTHORIZED)
            return
        self.request.on_gone = self._gone
        self.request.invite()
        self._try()

    def _try(self) -> None:
        head = self.request.head
        onward = head.onward(head.path, (b"expect",), b"%b: %d\r\n" % (NUMBER, self.number))
        self.exchange = Exchange(self.request, onward, self.hop.pool, self, ours=False)
        self.exchange.start()

    def accepts(self, answer: AnswerHead) -> bool:
        if self.hop.passes_over and not self.retried:
            self.retried = True
            if self.request.body.rewind():
                self._try()
            else:
                self._answer(replies.NO_HEALTHY_UPSTREAM)
            return False
        self.tunnel = answer.status == 101
        return True

    def ended(self, ending: Ending) -> None:
        if reply := REPLIES.get(ending):
            self._answer(reply)
        else:
            self._over()

    def late(self) -> None:
        """The owner has lost patience."""
        if self.exchange is None or self.tunnel:
            return
        self.exchange.abort()
        if self.request.begun:
            self.request.cut()
            self._over()
        else:
            self._answer(replies.TIMED_OUT)

    def _gone(self) -> None:
        assert self.exchange is not None
        if self.hop.abandons:
            self.exchange.abandon()
        else:
            self.exchange.abort()
            self._over()

    def _answer(self, reply: replies.Reply) -> None:
        self._over()
        self.request.reply(reply)

    def _over(self) -> None:
        self.ends += 1
        self.exchange = None


@dataclass
class Hop:
    """`uplinks` are all connections to the upstream, `clients` those from clients, each made when it is first needed."""

    visits: list[Visit] = field(default_factory=list)
    uplinks: list[Link] = field(default_factory=list)
    clients: dict[int, Link] = field(default_factory=dict)
    answers_itself: bool = False
    passes_over: bool = False
    abandons: bool = False

    def __post_init__(self) -> None:
        self.loop = MemoryLoop(self._dial)
        self._connects = Act.CONNECTS_SUCCEED
        self._hanging: list[asyncio.Future[None]] = []
        self._closing: list[asyncio.Task[None]] = []
        self._client = 0
        self.loop.act(self._open)

    def __enter__(self) -> "Hop":
        return self

    def __exit__(self, *_: object) -> None:
        for link in (*self.clients.values(), *self.uplinks):
            link.socket.close()
        self.loop.close()

    def _open(self) -> None:
        self.pool = Pool(("upstream", 1), IDLE)
        self.sites = [Site(partial(self._take, client)) for client in range(CLIENTS)]

    def _take(self, client: int, request: Request) -> None:
        visit = Visit(self, len(self.visits), client, request)
        self.visits.append(visit)
        visit.begin()

    @property
    def client(self) -> Link:
        if self._client not in self.clients:
            self.loop.act(self._connect, self._client)
        return self.clients[self._client]

    def _connect(self, number: int) -> None:
        self.clients[number] = Link(self.loop, self.sites[number]())

    @property
    def uplink(self) -> Link | None:
        """The newest one that is still there."""
        return next((link for link in reversed(self.uplinks) if not link.lost), None)

    async def _dial(self, make: Callable[[], asyncio.Protocol]) -> Link:
        if self._connects is Act.CONNECTS_HANG:
            self._hanging.append(self.loop.create_future())
            await self._hanging[-1]
        if self._connects is Act.CONNECTS_FAIL:
            raise ConnectionRefusedError
        self.uplinks.append(Link(self.loop, make()))
        return self.uplinks[-1]

    # -- what happens ---------------------------------------------------------------------------------------------

    def play(self, event: Event) -> None:
        match event.act:
            case Act.CLIENT:
                self.loop.act(self.client.send, event.data)
            case Act.UPSTREAM:
                self._upstream(Link.send, event.data)
            case Act.OTHER_CLIENT:
                self._client = (self._client + 1) % CLIENTS
            case Act.CONNECTS_FAIL | Act.CONNECTS_HANG | Act.CONNECTS_SUCCEED:
                self._let_connects(event.act)
            case Act.SECOND:
                self.loop.wait(1)
            case Act.HUNDRED_SECONDS:
                self.loop.wait(100)
            case Act.DRAIN:
                self.loop.act(self._drain)
            case act if act in _OF_CLIENT:
                self.loop.act(_OF_CLIENT[act], self.client)
            case act if act in _OF_UPSTREAM:
                self._upstream(_OF_UPSTREAM[act])
            case act:
                self._change(act)

    def _upstream(self, act: Callable[..., None], *arguments: bytes) -> None:
        if link := self.uplink:
            self.loop.act(act, link, *arguments)

    def _change(self, act: Act) -> None:
        """How the program in the middle behaves."""
        match act:
            case Act.ABANDON:
                self.abandons = True
            case Act.ANSWER_OURSELVES:
                self.answers_itself = not self.answers_itself
            case Act.PASS_OVER:
                self.passes_over = True
            case Act.LATE:
                for visit in self.visits:
                    self.loop.act(visit.late)

    def _let_connects(self, act: Act) -> None:
        self._connects = act
        if act is not Act.CONNECTS_HANG:
            for waiting in self._hanging:
                if not waiting.done():
                    waiting.set_result(None)
            self._hanging.clear()
            self.loop.settle()

    def _drain(self) -> None:
        for site in self.sites:
            if not site.closing:
                self._closing.append(self.loop.create_task(site.close(grace=5)))

    # -- the end --------------------------------------------------------------------------------------------------

    def calm(self) -> None:
        """Nobody holds anything back any more."""
        self._let_connects(Act.CONNECTS_SUCCEED)
        for link in (*self.clients.values(), *self.uplinks):
            self.loop.act(link.go_on)

    def end(self) -> None:
        """The clients leave and the pool is closed; last of all the upstream leaves, where it was `forsaken` before."""
        for link in self.clients.values():
            self.loop.act(link.end)
        self.loop.act(self.pool.close)
        self.loop.wait(LONG)
        self.forsaken = [link for link in self.uplinks if not link.lost]
        for link in self.uplinks:
            self.loop.act(link.end)
        self.loop.wait(LONG)


_OF_CLIENT = {
    Act.CLIENT_ENDS: Link.end,
    Act.CLIENT_RESETS: Link.reset,
    Act.CLIENT_STOPS: Link.stop,
    Act.CLIENT_GOES_ON: Link.go_on,
}
_OF_UPSTREAM = {
    Act.UPSTREAM_ENDS: Link.end,
    Act.UPSTREAM_RESETS: Link.reset,
    Act.UPSTREAM_STOPS: Link.stop,
    Act.UPSTREAM_GOES_ON: Link.go_on,
}
