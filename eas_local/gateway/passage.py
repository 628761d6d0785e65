"""Requests that come over TCP and are another program's: passed on to its socket, marked with the door they came by."""

import json
from collections.abc import Callable
from uuid import uuid4

from eas_local.core.replies import Reply
from eas_local.proxy.exchange import Ending, Exchange
from eas_local.proxy.head import AnswerHead
from eas_local.proxy.pool import Pool
from eas_local.proxy.request import Request

_DOOR = b"x-eas-door: tcp\r\n"
_UNAVAILABLE = "the daemon does not answer; start it with any eas-local command, for example: eas-local ls"


class Passage:
    """Of one request. The program's answer goes back as it is; `otherwise` makes one where it gives none."""

    __slots__ = ("_exchange", "_otherwise", "_request")

    def __init__(self, request: Request, program: Pool, otherwise: Callable[[], Reply]) -> None:
        self._request = request
        self._otherwise = otherwise
        head = request.head.onward(request.head.path, added=_DOOR)
        self._exchange = Exchange(request, head, program, self, ours=True)

    def begin(self) -> None:
        self._request.on_gone = self._exchange.abort
        self._exchange.start()

    def accepts(self, answer: AnswerHead) -> bool:  # noqa: ARG002 - every answer of the program
        return True

    def ended(self, ending: Ending) -> None:
        if ending not in {Ending.DONE, Ending.CUT}:
            self._request.reply(self._otherwise())


def no_daemon() -> Reply:
    """As the API says it."""
    body = {"Code": "ServiceUnavailable", "Message": _UNAVAILABLE, "RequestId": str(uuid4()).upper()}
    return Reply(503, json.dumps(body).encode(), "application/json")
