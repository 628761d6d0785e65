"""From bytes to messages: what the readers of requests and of answers have in common.

The parser's callbacks only collect. Whoever feeds a reader looks afterwards at what came of it, so no handler ever runs
inside the parser. The parser (llhttp, strict) refuses everything that two programs could read in two ways; what it lets
through and we do not understand is refused here.
"""

from abc import abstractmethod

from httptools import HttpParserCallbackError, HttpParserError

from eas_local.core import replies
from eas_local.core.replies import Reply
from eas_local.proxy.body import Body
from eas_local.proxy.head import Fields

MAX_HEAD = 64 * 1024
MAX_TARGET = 16 * 1024


class Refuse(Exception):
    """Leaves the parser from inside a callback."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply


class Reader:
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
            raise Refuse(replies.HEAD_TOO_LARGE)

    def on_body(self, data: bytes) -> None:
        self._body.feed(data)

    @abstractmethod
    def on_headers_complete(self) -> None: ...

    # -- what both do around it -----------------------------------------------------------------------------------

    def _head_complete(self) -> None:
        self._in_head = False
        if self.fields.size > MAX_HEAD:
            raise Refuse(replies.HEAD_TOO_LARGE)

    def _head_overflows(self, fed: int) -> bool:
        """A head that never ends must not fill the memory; pieces that hold nothing but head are counted."""
        if self._in_head:
            self._head_fed += fed
        return self._head_fed > MAX_HEAD + MAX_TARGET


def refusal_in(error: HttpParserError) -> Reply | None:
    """What a callback of ours has raised, which the parser wraps; anything but a refusal is a fault of this program."""
    raised = error.__context__ if isinstance(error, HttpParserCallbackError) else None
    if raised is None:
        return None
    if isinstance(raised, Refuse):
        return raised.reply
    raise raised
