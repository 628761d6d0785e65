"""Several workers at one address, and the parent that tells them the routes, adds up what they count and replaces the dead.

Each worker has a listening socket of the same port, which stays open here: what the kernel has given to one that dies waits
for the next. A worker listens once it has the routes in force, and one that does not take new ones in time is killed, so
that after `put` nobody routes by an older table. Whoever ends without being told is replaced at once; one that never got as
far as listening, after a pause. Counters of a dead worker go on from what it told last.
"""

import asyncio
import logging
import socket
from collections.abc import Sequence

from eas_local.adapters import settings
from eas_local.adapters.settings import Settings
from eas_local.core.errors import Temporary
from eas_local.core.routes import Reader, RouteTable
from eas_local.core.service import GatewayPolicy
from eas_local.gateway.channel import line_of
from eas_local.gateway.hand import Hand, hire
from eas_local.gateway.shared_quota import Slots, create
from eas_local.gateway.tally import Tallies, Tally, total
from eas_local.proxy.listen import shared

log = logging.getLogger(__name__)

START_WITHIN = 15.0
ANSWER_WITHIN = 3.0  # the daemon waits for five
AGAIN = 1.0

_LISTEN = line_of({"listen": True})
_COUNT = line_of({"count": True})
_NO_POLICY = GatewayPolicy()


class Team:
    """`listeners` are those of a gateway that it follows, perhaps with another number of workers."""

    def __init__(self, options: Settings, listeners: Sequence[socket.socket] = ()) -> None:
        self._options = options
        self._inherited = list(listeners)
        self._size = options.gateway_workers
        self._memory = create(self._size)
        self._slots = Slots(self._memory)
        self._reader = Reader()
        self._listeners: list[list[socket.socket]] = []
        self._hands: dict[int, Hand] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._past: dict[str, Tally] = {}
        self._enforce(RouteTable(), RouteTable().to_json())

    async def start(self) -> int:
        """The port. Raises Temporary where a worker cannot be started."""
        self._load()
        self._listeners = self._shares() or shared(self._options.host, self._options.port, self._size)
        hands = await asyncio.gather(*(self._begin(number) for number in range(self._size)))
        if None in hands:
            raise Temporary("a worker of the gateway ended as it started; its last words stand before these")
        self._keepers = [asyncio.create_task(self._keep(number, hand)) for number, hand in enumerate(hands)]
        port: int = self._listeners[0][0].getsockname()[1]
        return port

    async def put(self, text: str) -> bool:
        table = self._reader.read(text)
        if table.epoch == self.table.epoch and table.n < self.table.n:
            return False
        self._enforce(table, text)
        await asyncio.gather(*(hand.ask(self._routes, ANSWER_WITHIN) for hand in self._hands.values()))
        return True

    async def tallies(self) -> Tallies:
        hands = list(self._hands.values())
        answers = await asyncio.gather(*(hand.ask(_COUNT, ANSWER_WITHIN) for hand in hands))
        for hand, answer in zip(hands, answers, strict=True):
            if answer is not None:
                hand.tallies = {name: Tally.from_dict(data) for name, data in answer.items()}
        return total(self._past, *(hand.tallies for hand in self._hands.values()))  # one may have died meanwhile

    @property
    def listeners(self) -> list[socket.socket]:
        return [one for listeners in self._listeners for one in listeners]

    async def stop(self, grace: float, rest: float = 0) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        for one in self.listeners:
            one.close()
        await asyncio.gather(*(hand.leave(grace, rest) for hand in self._hands.values()))

    def _shares(self) -> list[list[socket.socket]]:
        """Each worker's part of what is inherited; where there is less than that, all have the same."""
        inherited = self._inherited
        return [inherited[number :: self._size] or inherited for number in range(self._size) if inherited]

    def _load(self) -> None:
        try:
            text = self._options.routes_file.read_text()
            self._enforce(self._reader.read(text), text)
        except (OSError, ValueError):
            return

    def _enforce(self, table: RouteTable, text: str) -> None:
        """From now on these are the routes to tell."""
        self._slots.assign({entry.name for entry in table.entries if entry.policy != _NO_POLICY})
        self.table, self.text = table, text
        self._routes = line_of({"routes": text, "slots": self._slots.by_name})

    async def _keep(self, number: int, hand: Hand | None) -> None:
        """For ever, see to it that somebody sits there."""
        while True:
            if hand is None:
                await asyncio.sleep(AGAIN)
            else:
                await self._outlive(number, hand)
            hand = await self._begin(number)

    async def _outlive(self, number: int, hand: Hand) -> None:
        code = await hand.process.wait()
        log.warning("worker %d, process %d, ended with %d; another takes its place", number, hand.process.pid, code)
        del self._hands[number]
        self._memory.strike_out(self._slots.by_name.values(), number)
        self._past = total(self._past, hand.tallies)
        for tally in self._past.values():
            tally.in_flight = tally.held = 0

    async def _begin(self, number: int) -> Hand | None:
        """A new worker that listens, by the routes in force. None where it ends before it gets there."""
        environ = settings.environ_of(self._options)
        try:
            hand = await hire(number, self._size, self._memory.descriptor, self._listeners[number], environ)
        except OSError as error:
            log.warning("worker %d cannot be started: %s", number, error)
            return None
        told = b""
        while told is not self._routes:
            told = self._routes
            if await hand.ask(told, START_WITHIN) is None:
                return None
        self._hands[number] = hand  # it is told of new routes with the others
        await hand.ask(_LISTEN, START_WITHIN)
        return hand
