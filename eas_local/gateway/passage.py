"""Requests of the control API that come over TCP: passed on to the daemon's socket, marked with the door they came by."""

import json
from uuid import uuid4

from eas_local.core.replies import Reply
from eas_local.proxy.exchange import Ending, Exchange
from eas_local.proxy.head import AnswerHead
from eas_local.proxy.pool import Pool
from eas_local.proxy.request import Request

_DOOR = b"x-eas-door: tcp\r\n"
_UNAVAILABLE = "the daemon does not answer; start it with any eas-local command, for example: eas-local ls"


class Passage:
    """Of one request. The daemon's answer goes back as it is."""

    __slots__ = ("_exchange", "_request")

    def __init__(self, request: Request, daemon: Pool) -> None:
        self._request = request
        self._exchange = Exchange(request, request.head.onward(request.head.path, added=_DOOR), daemon, self, ours=True)

    def begin(self) -> None:
        self._request.on_gone = self._exchange.abort
        self._exchange.start()

    def accepts(self, answer: AnswerHead) -> bool:  # noqa: ARG002 - every answer of the daemon
        return True

    def ended(self, ending: Ending) -> None:
        if ending not in {Ending.DONE, Ending.CUT}:
            self._request.reply(unavailable())


def unavailable() -> Reply:
    body = {"Code": "ServiceUnavailable", "Message": _UNAVAILABLE, "RequestId": str(uuid4()).upper()}
    return Reply(503, json.dumps(body).encode(), "application/json")
