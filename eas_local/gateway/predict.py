"""Requests for services: one instance is asked, and another where the first cannot take the request.

An instance that cannot be reached, or says it must not take the request (`x-eas-refused`), is passed over while the body
can still be sent from its beginning. Every other answer goes to the client, a full queue's among them.
"""

import asyncio
from collections import Counter

from eas_local.core import replies
from eas_local.core.replies import CLIENT_LEFT, Reply
from eas_local.core.routes import Entry, order, service_of
from eas_local.gateway.services import Services
from eas_local.proxy.access import AccessLog
from eas_local.proxy.exchange import Ending, Exchange
from eas_local.proxy.head import AnswerHead
from eas_local.proxy.request import Request


class Predict:
    """Answers what is under /api/predict/."""

    def __init__(self, services: Services, log: AccessLog) -> None:
        self.services = services
        self.log = log
        self.codes: Counter[tuple[str, int]] = Counter()

    def __call__(self, request: Request) -> None:
        name = service_of(request.head.path.decode("latin-1"))
        entry = self.services.find(name) if name else None
        if entry is None:
            request.reply(replies.NOT_FOUND)
            self.record(request, "", replies.NOT_FOUND.status)
            return
        Visit(self, request, entry).begin()

    def record(self, request: Request, service: str, code: int, *notes: str) -> None:
        """Unknown services are counted together: their names are the client's."""
        self.codes[service, code] += 1
        self.log.add(request.head.method, request.head.target, code, request.age, request.sent, *notes)


class Visit:
    """One request for a service that exists."""

    __slots__ = ("_entry", "_exchange", "_instance", "_load", "_predict", "_request", "_rest", "_status")

    def __init__(self, predict: Predict, request: Request, entry: Entry) -> None:
        self._predict = predict
        self._request = request
        self._entry = entry
        self._load = predict.services.load_of(entry)
        self._rest = order(entry, self._load.turn)
        self._exchange: Exchange | None = None
        self._instance = ""
        self._status = 0

    def begin(self) -> None:
        if not self._load.admit(self._entry.policy, asyncio.get_running_loop().time()):
            self._record(replies.TOO_MANY_REQUESTS.status, self._request.reply(replies.TOO_MANY_REQUESTS))
            return
        self._request.on_gone = self._gone
        self._try_next()

    def _try_next(self) -> None:
        instance = next(self._rest, None)
        if instance is None:
            self._answer(replies.NO_HEALTHY_UPSTREAM)
            return
        self._instance = instance.uid
        head = self._request.head
        onward = head.onward(head.path, added=b"x-eas-instance: %b\r\n" % instance.uid.encode())
        pool = self._predict.services.pool(instance.host, instance.port)
        self._exchange = Exchange(self._request, onward, pool, self, ours=True)
        self._exchange.start()

    # -- what the exchange calls ----------------------------------------------------------------------------------

    def accepts(self, answer: AnswerHead) -> bool:
        if b"x-eas-refused" in answer.fields.values:
            self._pass_over()
            return False
        if b"x-eas-request-id" in answer.fields.values and not answer.keep_alive:
            self._request.closes = True  # the instance ends the connection with this answer: so does the client's end
        self._status = answer.status
        return True

    def ended(self, ending: Ending) -> None:
        match ending:
            case Ending.UNREACHABLE:
                self._try_next()
            case Ending.CLOSED:
                self._answer(replies.UPSTREAM_CLOSED)
            case Ending.GARBAGE:
                self._answer(replies.BAD_GATEWAY)
            case Ending.DONE | Ending.CUT:
                self._close(self._status)

    # -- endings --------------------------------------------------------------------------------------------------

    def _pass_over(self) -> None:
        """The instance has not touched the request; another one may, if it can be given all of it."""
        if self._request.body.rewind():
            self._try_next()
        else:
            self._answer(replies.NO_HEALTHY_UPSTREAM)

    def _answer(self, reply: Reply) -> None:
        self._exchange = None
        self._load.in_flight -= 1
        self._record(reply.status, self._request.reply(reply))

    def _gone(self) -> None:
        if self._exchange:
            self._exchange.abort()
        self._close(CLIENT_LEFT)

    def _close(self, code: int) -> None:
        self._exchange = None
        self._load.in_flight -= 1
        self._record(code)

    def _record(self, code: int, *notes: str) -> None:
        self._predict.record(self._request, self._entry.name, code, self._instance or "-", *notes)
