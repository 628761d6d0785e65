"""Requests that come over TCP and are another program's: passed on to its socket, marked with the door they came by."""

import json
from collections.abc import Callable
from uuid import uuid4

from eas_local.core import replies
from eas_local.core.replies import Reply
from eas_local.proxy.deadlines import Deadlines
from eas_local.proxy.exchange import Ending, Exchange
from eas_local.proxy.head import AnswerHead
from eas_local.proxy.pool import Pool
from eas_local.proxy.request import Request

_DOOR = b"x-eas-door: tcp\r\n"
_UNAVAILABLE = "the daemon does not answer; start it with any eas-local command, for example: eas-local ls"


class Passage:
    """Of one request. The program's answer goes back as it is; `otherwise` makes one where it gives none.

    `deadlines` are for the request's body: the program may take its time.
    """

    __slots__ = ("_deadlines", "_exchange", "_otherwise", "_request")

    def __init__(self, request: Request, program: Pool, otherwise: Callable[[], Reply], deadlines: Deadlines) -> None:
        self._request = request
        self._otherwise = otherwise
        self._deadlines = deadlines
        head = request.head.onward(request.head.path, added=_DOOR)
        self._exchange = Exchange(request, head, program, self, ours=True)

    def begin(self) -> None:
        self._deadlines.add(self)
        self._request.on_gone = self._gone
        self._exchange.start()

    def accepts(self, answer: AnswerHead) -> bool:  # noqa: ARG002 - every answer of the program
        return True

    def ended(self, ending: Ending) -> None:
        self._deadlines.remove(self)
        if ending not in {Ending.DONE, Ending.CUT}:
            self._request.reply(self._otherwise())

    def late(self) -> None:
        request = self._request
        if request.body.ended:
            return
        self._exchange.abort()
        if request.begun:
            request.cut()
        else:
            request.reply(replies.TIMED_OUT)

    def _gone(self) -> None:
        self._deadlines.remove(self)
        self._exchange.abort()


def no_daemon() -> Reply:
    """As the API says it."""
    body = {"Code": "ServiceUnavailable", "Message": _UNAVAILABLE, "RequestId": str(uuid4()).upper()}
    return Reply(503, json.dumps(body).encode(), "application/json")
