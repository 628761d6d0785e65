"""From an upstream's bytes to its answers."""

from eas_local.proxy.body import NO_BODY, Body, ChunkedBody, CloseBody, LengthBody
from eas_local.proxy.fields import Malformed
from eas_local.proxy.head import AnswerHead
from eas_local.proxy.parsing import SuspectAnswer, answer_head

_END = b"\r\n\r\n"


class AnswerReader:
    """The answer to one request at a time; `begin` before each.

    `head` is there as soon as the final head is; heads of interim answers are in `interim`. A short body has often come
    whole with its head: then it is in `at_once`, and `body` is none. `ahead` are bytes behind the answer: a tunnel's
    after a 101, else something that no request asked for.
    """

    def __init__(self) -> None:
        self.begin(head_only=False)

    def begin(self, *, head_only: bool) -> None:
        self.head: AnswerHead | None = None
        self.body: Body = NO_BODY
        self.at_once = b""
        self.interim: list[AnswerHead] = []
        self.ahead = b""
        self.touched = False
        self.fault = False
        self._head_only = head_only
        self._suspect: SuspectAnswer | None = None
        self._suspected = 0

    def feed(self, data: bytes) -> None:
        self.touched = True
        try:
            if self.head is None:
                self.ahead = self._read_heads(self.ahead + data)
            else:
                self.ahead += self.body.feed(data)
        except Malformed:
            self.fault = True

    def connection_ended(self) -> None:
        """The peer closed in good order."""
        self.body.connection_ended()

    @property
    def reusable(self) -> bool:
        head = self.head
        return head is not None and head.keep_alive and self.body.ended and not self.ahead and not self.fault

    def _read_heads(self, data: bytes) -> bytes:
        while (end := data.find(_END) + 4) >= 4:
            head, data = answer_head(data[:end]), data[end:]
            if head.status >= 200 or head.status == 101:
                return self._begin_body(head, data)
            self.interim.append(head)
            self._suspect = None
        if data:
            self._suspicious(data)
        return data

    def _suspicious(self, data: bytes) -> None:
        """Bad bytes are refused before the head's end has come, which it might never."""
        if self._suspect is None:
            self._suspect, self._suspected = SuspectAnswer(), 0
        self._suspect.feed(data[self._suspected :])
        self._suspected = len(data)

    def _begin_body(self, head: AnswerHead, data: bytes) -> bytes:
        self.head = head
        if head.bodiless or self._head_only:
            return data
        length = head.length
        if length is not None and length <= len(data):
            self.at_once = data[:length]
            return data[length:]
        self.body = _body_of(head)
        return self.body.feed(data)


def _body_of(head: AnswerHead) -> Body:
    if head.length is not None:
        return LengthBody(head.length, kept=False)
    return ChunkedBody(kept=False) if head.chunked else CloseBody(kept=False)
