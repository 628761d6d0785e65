"""From a client's bytes to its requests."""

import re
from collections import deque

from httptools import HttpParserError, HttpParserInvalidMethodError, HttpParserUpgrade, HttpRequestParser

from eas_local.core import replies
from eas_local.core.replies import Reply
from eas_local.proxy.body import Body
from eas_local.proxy.head import RequestHead, tokens
from eas_local.proxy.reader import MAX_TARGET, Reader, Refuse, refusal_in

_METHOD = re.compile(rb"\s*[A-Z][A-Z-]* ")


class RequestReader(Reader):
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
            raise Refuse(replies.URI_TOO_LONG)

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
            raise Refuse(refusal)
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
    if refusal := refusal_in(error):
        return refusal
    if isinstance(error, HttpParserInvalidMethodError) and _METHOD.match(data):
        return replies.NOT_IMPLEMENTED
    if "HTTP version" in str(error):
        return replies.VERSION_NOT_SUPPORTED
    return replies.BAD_REQUEST
