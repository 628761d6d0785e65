"""One request over one upstream: the request streams up, the answer streams down, each no faster than it is taken.

The first body bytes travel in one write with their head. Nothing waits: what has come is passed on as it comes. A
request that dies with a connection used before, without a byte of an answer, is sent once more where that is harmless.
Whatever goes wrong before the answer has begun is left to the owner; after that the client's connection is cut.
"""

from enum import Enum
from typing import Protocol

from eas_local.proxy.answer_reader import AnswerReader
from eas_local.proxy.body import framed
from eas_local.proxy.head import AnswerHead, Framing
from eas_local.proxy.pool import Pool
from eas_local.proxy.request import Request
from eas_local.proxy.tunnel import join
from eas_local.proxy.upstream import Upstream

_IDEMPOTENT = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE"))


class Ending(Enum):
    """How it went. Only of the first two has the client seen anything."""

    DONE = "done"
    CUT = "cut"
    UNREACHABLE = "unreachable"
    CLOSED = "closed"
    GARBAGE = "garbage"
    ABANDONED = "abandoned"


class Owner(Protocol):
    """Whose request it is: who decides about the answer, and learns how it ended."""

    def accepts(self, answer: AnswerHead) -> bool:
        """Whether this answer goes to the client. If not, the exchange is over and `ended` is not called."""

    def ended(self, ending: Ending) -> None:
        """The exchange is over. Called once, before the next request of the same connection begins."""


class Exchange:
    """`ours`: the upstream is one of our programs, so its `x-eas-*` fields pass on to the client."""

    __slots__ = (
        "_abandoned",
        "_answer_head",
        "_down",
        "_head",
        "_ours",
        "_owner",
        "_pool",
        "_request",
        "_sent",
        "_up",
        "_upstream",
    )

    def __init__(self, request: Request, head: bytes, pool: Pool, owner: Owner, *, ours: bool) -> None:
        self._request = request
        self._head = head
        self._pool = pool
        self._owner = owner
        self._ours = ours
        self._upstream: Upstream | None = None
        self._up = Framing.CHUNKED if request.head.chunked else Framing.LENGTH
        self._down = Framing.NONE
        self._answer_head = b""
        self._sent = False
        self._abandoned = False

    def start(self) -> None:
        self._pool.acquire(self)

    def abort(self) -> None:
        """Nobody wants the answer any more: the upstream learns it by its connection's end."""
        self._pool.cancel(self)
        if self._upstream:
            self._upstream.close()
            self._upstream = None

    def abandon(self) -> None:
        """Nobody wants the answer, and still the upstream call goes on; its end is told to the owner."""
        upstream = self._upstream
        if upstream is None or not self._sent:
            self.abort()
            self._owner.ended(Ending.ABANDONED)
            return
        self._abandoned = True
        self.arrived()

    # -- what pool and upstream call ------------------------------------------------------------------------------

    def connected(self, upstream: Upstream) -> None:
        self._upstream = upstream
        head = self._request.head
        self._sent = not head.has_body
        upstream.begin(self, head_only=head.method == b"HEAD")
        if self._sent:
            upstream.write(self._head)
            return
        self._request.body.on_data = self._request_arrived
        self._pass_up(upstream, self._head)

    def unreachable(self, error: Exception) -> None:  # noqa: ARG002 - whoever asks for the reason looks at the address
        self._owner.ended(Ending.UNREACHABLE)

    def arrived(self) -> None:
        upstream = self._upstream
        assert upstream is not None
        reader = upstream.reader
        if self._abandoned:
            self._read_off(upstream)
            return
        if reader.fault:
            self._fail(Ending.GARBAGE)
            return
        if not self._request.begun and not self._begin(upstream):
            return
        self._pass_down(upstream)

    def room(self) -> None:
        self._request_arrived()

    def lost(self, *, in_good_order: bool) -> None:
        upstream = self._upstream
        assert upstream is not None
        if self._abandoned:
            self._upstream = None
            self._owner.ended(Ending.ABANDONED)
            return
        if in_good_order:
            upstream.reader.connection_ended()
        if self._request.begun and upstream.reader.body.ended:
            self._pass_down(upstream)
        elif self._may_repeat(upstream):
            self._upstream = None
            self._pool.acquire(self, fresh=True)
        else:
            self._fail(Ending.CLOSED)

    # -- up -------------------------------------------------------------------------------------------------------

    def _request_arrived(self) -> None:
        if self._upstream:
            self._pass_up(self._upstream, b"")

    def _pass_up(self, upstream: Upstream, head: bytes) -> None:
        if self._sent or not upstream.writable:
            return
        body = self._request.body
        data = head + framed(self._up, body.read(), body)
        self._sent = body.ended
        if data:
            upstream.write(data)

    # -- down -----------------------------------------------------------------------------------------------------

    def _begin(self, upstream: Upstream) -> bool:
        """Look at the answer's head; False while there is none, or where it does not go to the client."""
        reader, request = upstream.reader, self._request
        if reader.interim:
            self._pass_interim(reader)
        answer = reader.head
        if answer is None:
            return False
        if answer.status == 101 and not (request.head.upgrade and answer.fields.get(b"upgrade")):
            self._fail(Ending.GARBAGE)
            return False
        if not self._owner.accepts(answer):
            self._let_go(upstream)
            return False
        request.begun = True
        request.body.forget()
        if answer.status == 101:
            self._tunnel(upstream, answer)
            return False
        self._down = answer.framing_for(request.head)
        connection = request.connection_line(self._down)
        self._answer_head = (
            answer.onward(self._down, connection, request.answer_lines, ours=self._ours) + reader.at_once
        )
        return True

    def _pass_interim(self, reader: AnswerReader) -> None:
        for interim in reader.interim:
            self._request.interim(interim)
        reader.interim.clear()

    def _client_has_room(self) -> None:
        if self._upstream and self._request.begun:
            self._pass_down(self._upstream)

    def _pass_down(self, upstream: Upstream) -> None:
        request, body = self._request, upstream.reader.body
        if not request.writable:
            request.on_room = self._client_has_room
            return
        data = self._answer_head + framed(self._down, body.read(), body)
        self._answer_head = b""
        if data:
            request.write(data)
        if body.ended:
            self._finish(upstream)

    def _read_off(self, upstream: Upstream) -> None:
        reader = upstream.reader
        reader.body.discard()
        if reader.fault or (reader.head and reader.body.ended):
            self._let_go(upstream)
            self._owner.ended(Ending.ABANDONED)

    def _finish(self, upstream: Upstream) -> None:
        self._let_go(upstream)
        self._owner.ended(Ending.DONE)
        self._request.finish()

    def _tunnel(self, upstream: Upstream, answer: AnswerHead) -> None:
        self._request.write(answer.switching())
        self._upstream = None
        join(self._request, upstream, lambda: self._owner.ended(Ending.DONE))

    # -- endings --------------------------------------------------------------------------------------------------

    def _let_go(self, upstream: Upstream) -> None:
        """Back to the pool, where nothing of this request is left on the connection.

        Some servers (aiohttp's) take trailers for the first fields of whatever comes next.
        """
        self._upstream = None
        clean = self._sent and self._request.body.trailers is None
        if clean and upstream.reader.reusable and not upstream.closed:
            self._pool.release(upstream)
        else:
            upstream.close()

    def _may_repeat(self, upstream: Upstream) -> bool:
        untouched = upstream.reused and not upstream.reader.touched
        return untouched and self._request.head.method in _IDEMPOTENT and self._request.body.rewind()

    def _fail(self, ending: Ending) -> None:
        upstream, self._upstream = self._upstream, None
        if upstream:
            upstream.close()
        if not self._request.begun:
            self._owner.ended(ending)
            return
        self._request.cut()
        self._owner.ended(Ending.CUT)
