"""One request as a handler sees it: its head, its body, and the way its answer takes back.

A handler answers with `reply`, or piece by piece with `write` and `finish`. When the client leaves, `on_gone` is called and
nothing is to be answered any more; `left_with` is the status to remember it by: 499, or that of a body that could not be read.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from eas_local.core.replies import CLIENT_LEFT, REASONS, Reply
from eas_local.proxy.body import HIGH_WATER, Body, nothing
from eas_local.proxy.head import AnswerHead, Framing, RequestHead

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Channel(Protocol):
    """What a request needs of the connection it came by."""

    writable: bool

    @property
    def closing(self) -> bool:
        """No other request will be taken."""

    def write(self, data: bytes) -> None: ...

    def finished(self, request: "Request") -> None: ...

    def cut(self) -> None: ...

    def hand_over(self, protocol: asyncio.BaseProtocol) -> tuple[asyncio.Transport, bytes]: ...

    def released(self) -> None: ...


class Request:
    """One request and the way its answer takes back.

    `id` names it in logs, and in the answer where that is one of ours. `answer_lines` are added to the answer's head.
    `begun`: a byte of the answer is sent; `closes`: no other request may follow on its connection; `ends_by_close`: only
    the end of the connection tells the end of the answer.
    """

    begun = False
    closes = False
    ends_by_close = False
    sent = 0
    left_with = CLIENT_LEFT
    answer_lines = b""
    on_gone: Callable[[], None] = staticmethod(nothing)
    on_room: Callable[[], None] = staticmethod(nothing)
    _tunnelled = 0

    def __init__(self, channel: Channel, name: str, head: RequestHead, body: Body) -> None:
        self._channel = channel
        self.head = head
        self.body = body
        self.id = name
        self._arrived_at = time.perf_counter()
        self._invited = not head.expects_continue

    @property
    def age(self) -> float:
        """Seconds since its head was there."""
        return time.perf_counter() - self._arrived_at

    @property
    def received(self) -> int:
        """Bytes of its body, or of the tunnel it has become, that have come so far."""
        return self.body.received + self._tunnelled

    @property
    def writable(self) -> bool:
        """Whether the client takes what it is sent; `on_room` is called when it does again."""
        return self._channel.writable

    @property
    def keeps_connection(self) -> bool:
        """Client and program would both have another request follow on this connection."""
        return self.head.keep_alive and not self.closes and not self._channel.closing

    @property
    def remainder_is_little(self) -> bool:
        """What has not come of the body is better waited for than refused by closing the connection."""
        return self.body.ended or (self._invited and 0 < (self.head.length or 0) <= HIGH_WATER)

    def invite(self) -> None:
        """Tell a client that waits for `100 Continue` to send its body."""
        if not self._invited and not self.body.ended:
            self.write(CONTINUE)
        self._invited = True

    def write(self, data: bytes) -> None:
        self.sent += len(data)
        self._channel.write(data)

    def interim(self, answer: AnswerHead) -> None:
        """Pass on an answer that is not the last one (100, 103), which a client that takes nothing can do without."""
        self._invited = self._invited or answer.status == 100
        if not self.head.http10 and self.writable:
            self.write(answer.onward(Framing.NONE, b""))

    def connection_line(self, framing: Framing) -> bytes:
        """What the answer's head has to say about the connection."""
        self.ends_by_close = framing is Framing.CLOSE
        self.closes = self.closes or self.ends_by_close or not (self.keeps_connection and self.remainder_is_little)
        if self.closes:
            return b"Connection: close\r\n"
        return b"Connection: keep-alive\r\n" if self.head.http10 else b""

    def reply(self, reply: Reply) -> str:
        """Answer from here; what comes back is the id the client is given."""
        request_id = self.id
        self.closes = self.closes or reply.close
        self.begun = True
        connection = self.connection_line(Framing.LENGTH) + self.answer_lines
        self.write(rendered(reply, request_id, connection, bodiless=self.head.method == b"HEAD"))
        self.finish()
        return request_id

    def finish(self) -> None:
        """The answer is complete."""
        self._channel.finished(self)

    def cut(self) -> None:
        """The answer cannot be completed, and the client must notice."""
        self._channel.cut()

    def hand_over(self, protocol: asyncio.BaseProtocol) -> tuple[asyncio.Transport, bytes]:
        """From now on the connection is the protocol's; also what the client has sent ahead. `tunnelled` when it ends."""
        return self._channel.hand_over(protocol)

    def tunnelled(self, received: int, sent: int) -> None:
        """The tunnel has ended; so many bytes have passed through it."""
        self._tunnelled = received
        self.sent += sent
        self._channel.released()

    def detach(self) -> None:
        """It is over: nobody is called any more, and nothing holds on to those who were."""
        self.on_gone = self.on_room = self.body.on_data = nothing


def rendered(reply: Reply, request_id: str, connection: bytes, *, bodiless: bool = False) -> bytes:
    """A reply of ours as it travels."""
    lines = [f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Unknown')}", f"Content-Length: {len(reply.body)}"]
    lines.append(time.strftime("Date: %a, %d %b %Y %H:%M:%S GMT", time.gmtime()))
    if reply.body:
        lines.append(f"Content-Type: {reply.content_type}")
    if reply.refused:
        lines.append(f"x-eas-refused: {reply.refused}")
    lines.append(f"x-eas-request-id: {request_id}\r\n")
    return "\r\n".join(lines).encode() + connection + b"\r\n" + (b"" if bodiless else reply.body)
