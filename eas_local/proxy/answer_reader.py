"""From an upstream's bytes to its answers."""

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from eas_local.core import replies
from eas_local.proxy.body import Body
from eas_local.proxy.head import AnswerHead
from eas_local.proxy.reader import Reader, Refuse, refusal_in


class AnswerReader(Reader):
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
            refusal_in(error)
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
            raise Refuse(replies.BAD_GATEWAY)
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
