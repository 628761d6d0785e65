"""From bytes to messages: what arrives on a connection, as heads and bodies.

The parser's callbacks only collect. Whoever feeds a reader looks afterwards at what came of it, so no handler ever runs
inside the parser. The parser (llhttp, strict) refuses everything that two programs could read in two ways; what it lets
through and we do not understand is refused here.
"""

import re
from abc import abstractmethod
from collections import deque

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserUpgrade,
    HttpRequestParser,
    HttpResponseParser,
)

from eas_local.core import replies
from eas_local.core.replies import Reply
from eas_local.proxy.body import Body
from eas_local.proxy.head import AnswerHead, Fields, RequestHead, tokens

MAX_HEAD = 64 * 1024
MAX_TARGET = 16 * 1024

_METHOD = re.compile(rb"\s*[A-Z][A-Z-]* ")


class _Refuse(Exception):
    """Leaves the parser from inside a callback."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply


class _Reader:
    """What requests and answers have in common."""

    def __init__(self) -> None:
        self.fields = Fields()
        self._body = Body()
        self._body.ended = True
        self._in_head = False
        self._head_fed = 0

    # -- what the parser calls ------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._in_head = True
        self._head_fed = 0
        self.fields = Fields()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:
            self.fields.add(name, value)
            return
        trailers = self._body.trailers = self._body.trailers or Fields()
        trailers.add(name, value)
        if trailers.size > MAX_HEAD:
            raise _Refuse(replies.HEAD_TOO_LARGE)

    def on_body(self, data: bytes) -> None:
        self._body.feed(data)

    @abstractmethod
    def on_headers_complete(self) -> None: ...

    # -- what both do around it -----------------------------------------------------------------------------------

    def _head_complete(self) -> None:
        self._in_head = False
        if self.fields.size > MAX_HEAD:
            raise _Refuse(replies.HEAD_TOO_LARGE)

    def _head_overflows(self, fed: int) -> bool:
        """A head that never ends must not fill the memory; pieces that hold nothing but head are counted."""
        if self._in_head:
            self._head_fed += fed
        return self._head_fed > MAX_HEAD + MAX_TARGET


class RequestReader(_Reader):
    """`arrived` holds requests in their order, the last one perhaps with its body still coming.

    After `fault` nothing more is read. `held` is not None behind a request that may become a tunnel: these bytes belong
    to the tunnel, or (`go_on`) to the next request.
    """

    def __init__(self) -> None:
        super().__init__()
        self.arrived: deque[tuple[RequestHead, Body]] = deque()
        self.fault: Reply | None = None
        self.held: bytes | None = None
        self._parser = HttpRequestParser(self)
        self._head: RequestHead | None = None
        self._target = b""
        self._resuming = False

    def feed(self, data: bytes) -> None:
        if self.fault:
            return
        if self.held is not None:
            self.held += data
            return
        while data:
            data = self._parse(data)

    def go_on(self) -> None:
        """No tunnel came of it."""
        held, self.held = self.held, None
        self.feed(held or b"")

    @property
    def in_body(self) -> bool:
        """The latest request is not wholly here."""
        return not self._in_head and not self._body.ended

    # -- what the parser calls ------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._target = b""

    def on_url(self, part: bytes) -> None:
        self._target += part
        if len(self._target) > MAX_TARGET:
            raise _Refuse(replies.URI_TOO_LONG)

    def on_headers_complete(self) -> None:
        if self._resuming:
            self._resuming = self._in_head = False
            return
        self._head_complete()
        parser = self._parser
        http10 = parser.get_http_version() == "1.0"
        head = RequestHead(
            parser.get_method(), self._target, self.fields, http10=http10, keep_alive=parser.should_keep_alive()
        )
        if refusal := _refusal(head, parser.get_http_version()):
            raise _Refuse(refusal)
        head.upgrade = parser.should_upgrade() and _may_tunnel(head)
        self._head, self._body = head, Body()
        self.arrived.append((head, self._body))

    def on_message_complete(self) -> None:
        assert self._head is not None
        self._body.ended = not (self._parser.should_upgrade() and self._head.has_body)

    # -- parsing --------------------------------------------------------------------------------------------------

    def _parse(self, data: bytes) -> bytes:
        """Once; the answer is what remains for the parser, which stops behind every head that asks for an upgrade."""
        in_head, latest = self._in_head, self._head
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
        except HttpParserError as error:
            self._stop(_fault(error, data if self._head is latest and not self.in_body else b""))
            return b""
        else:
            if in_head and self._head_overflows(len(data)):
                self._stop(replies.HEAD_TOO_LARGE)
            return b""
        return self._behind_upgrade(rest)

    def _stop(self, fault: Reply) -> None:
        """A request whose body is malformed, and which nobody has taken yet, has not arrived."""
        self.fault = fault
        if self.arrived and not self.arrived[-1][1].ended:
            self.arrived.pop()
            self._body.ended = True

    def _behind_upgrade(self, rest: bytes) -> bytes:
        """Where a tunnel may follow, the rest is held. Where a body follows, the parser has not seen it: a new one does."""
        head = self._head
        assert head is not None
        if head.upgrade:
            self.held = rest
            return b""
        if head.has_body:
            self._resume(head)
        return rest

    def _resume(self, head: RequestHead) -> None:
        """A parser in the middle of a request, at the beginning of its body."""
        framing = b"Transfer-Encoding: chunked" if head.chunked else b"Content-Length: %d" % (head.length or 0)
        fields, self._resuming = self.fields, True
        self._parser = HttpRequestParser(self)
        self._parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n\r\n" % framing)
        self.fields = fields


class AnswerReader(_Reader):
    """The answer to one request at a time; `begin` before each.

    `head` is there as soon as the final head is; heads of interim answers are in `interim`. `held` are bytes behind a
    101. `surplus`: something came that no request asked for.
    """

    def __init__(self) -> None:
        super().__init__()
        self._parser = HttpResponseParser(self)
        self._reason = b""
        self._head_only = False
        self.begin(head_only=False)

    def begin(self, *, head_only: bool) -> None:
        if self._head_only:
            self._parser = HttpResponseParser(self)  # it still waits for the body that HEAD's answer announced
        self._head_only = head_only
        self.head: AnswerHead | None = None
        self.body = self._body = Body()
        self.body.forget()
        self.interim: list[AnswerHead] = []
        self.held = b""
        self.touched = False
        self.surplus = False
        self.fault = False

    def feed(self, data: bytes) -> None:
        self.touched = True
        in_head = self._in_head
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self.held = data[upgrade.args[0] :]
        except HttpParserError as error:
            _refusal_in(error)
            self.fault = not self.body.ended
            self.surplus = True
        else:
            self.fault = self.fault or (in_head and self._head_overflows(len(data)))

    def connection_ended(self) -> None:
        """The peer closed in good order."""
        if self.head and self.head.ends_with_connection:
            self.body.ended = True

    @property
    def reusable(self) -> bool:
        return self.head is not None and self.head.keep_alive and self.body.ended and not self.surplus

    # -- what the parser calls ------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reason = b""
        self.surplus = self.head is not None

    def on_status(self, part: bytes) -> None:
        self._reason += part

    def on_headers_complete(self) -> None:
        self._head_complete()
        status = self._parser.get_status_code()
        if self.head is not None:
            return
        bodiless = self._head_only or status < 200 or status in {204, 304}
        keep_alive = self._parser.should_keep_alive()
        head = AnswerHead(status, self._reason, self.fields, keep_alive=keep_alive, bodiless=bodiless)
        if status < 100 or (head.chunked and self.fields.get(b"transfer-encoding").lower() != b"chunked"):
            raise _Refuse(replies.BAD_GATEWAY)
        if status < 200 and status != 101:
            self.interim.append(head)
            return
        self.head = head
        self.body.ended = self._head_only

    def on_body(self, data: bytes) -> None:
        if self.body.ended:
            self.surplus = True
        else:
            self._body.feed(data)

    def on_message_complete(self) -> None:
        self.body.ended = self.head is not None


def _refusal(head: RequestHead, version: str) -> Reply | None:
    """What is well formed and still not for us."""
    host = head.fields.values.get(b"host")
    if version not in {"1.1", "1.0"}:
        return replies.VERSION_NOT_SUPPORTED
    if head.method == b"CONNECT":
        return replies.NOT_IMPLEMENTED
    if (host is None and not head.http10) or (host is not None and b"," in host):
        return replies.BAD_REQUEST
    if head.chunked and head.http10:
        return replies.BAD_REQUEST
    if head.chunked and head.fields.get(b"transfer-encoding").lower() != b"chunked":
        return replies.NOT_IMPLEMENTED
    return None


def _may_tunnel(head: RequestHead) -> bool:
    """A wish for HTTP/2 is not heard (Java's client sends it with every request), nor one with a body."""
    return not head.has_body and b"h2c" not in tokens(head.fields.get(b"upgrade"))


def _fault(error: HttpParserError, data: bytes) -> Reply:
    """`data` begins with the message in question, where that is known."""
    if refusal := _refusal_in(error):
        return refusal
    if isinstance(error, HttpParserInvalidMethodError) and _METHOD.match(data):
        return replies.NOT_IMPLEMENTED
    if "HTTP version" in str(error):
        return replies.VERSION_NOT_SUPPORTED
    return replies.BAD_REQUEST


def _refusal_in(error: HttpParserError) -> Reply | None:
    """What a callback of ours has raised, which the parser wraps; anything but a refusal is a fault of this program."""
    raised = error.__context__ if isinstance(error, HttpParserCallbackError) else None
    if raised is None:
        return None
    if isinstance(raised, _Refuse):
        return raised.reply
    raise raised
