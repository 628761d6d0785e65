"""From a client's bytes to its requests, one at a time."""

import re

from eas_local.core import replies
from eas_local.core.replies import Reply
from eas_local.proxy.body import NO_BODY, Body, ChunkedBody, LengthBody
from eas_local.proxy.fields import Malformed
from eas_local.proxy.head import RequestHead
from eas_local.proxy.parsing import SuspectRequest, request_head

_END = b"\r\n\r\n"
_CRLF = b"\r\n"
_EMPTY_LINES = re.compile(rb"(?:\r\n)+")
# Before a request they are overlooked (RFC 9112 2.2).


class RequestReader:
    """`ahead` are bytes that no request has been made of yet: the next ones, or a tunnel's. After `fault` nothing is read."""

    def __init__(self) -> None:
        self.ahead = b""
        self.fault: Reply | None = None
        self._body: Body | None = None
        self._suspect: SuspectRequest | None = None
        self._suspected = 0

    def feed(self, data: bytes) -> None:
        body = self._body
        if body is None:
            self.ahead = self.ahead + data if self.ahead else data
        else:
            self._feed_body(body, data)

    def take(self) -> tuple[RequestHead, Body] | None:
        """The next request, its body perhaps still coming; None where its head has not come, or is refused (`fault`)."""
        data = self.ahead
        if data.startswith(_CRLF):
            data = self.ahead = _EMPTY_LINES.sub(b"", data, 1)
        end = data.find(_END) + 4
        if end < 4 or self.fault:
            self._suspicious(data)
            return None
        head = request_head(data[:end])
        self._suspect = None
        if isinstance(head, Reply):
            self.fault = head
            return None
        self.ahead = data[end:]
        body = self._begin_body(head) if head.has_body else NO_BODY
        return None if self.fault else (head, body)

    @property
    def in_body(self) -> bool:
        """The latest request is not wholly here."""
        return self._body is not None

    def _begin_body(self, head: RequestHead) -> Body:
        body = self._body = ChunkedBody() if head.chunked else LengthBody(head.length or 0)
        data, self.ahead = self.ahead, b""
        self._feed_body(body, data)
        if self.fault:
            self._body = None  # nobody has taken it
        return body

    def _feed_body(self, body: Body, data: bytes) -> None:
        """What comes behind its end is the next request's."""
        try:
            self.ahead = body.feed(data)
        except Malformed:
            self.fault = replies.BAD_REQUEST
            return
        if body.ended:
            self._body = None

    def _suspicious(self, data: bytes) -> None:
        """Bad bytes are refused before the head's end has come, which it might never."""
        if self.fault or not data or data == b"\r":
            return
        if self._suspect is None:
            self._suspect, self._suspected = SuspectRequest(), 0
        self.fault = self._suspect.feed(data[self._suspected :])
        self._suspected = len(data)
