"""Requests for services: one instance is asked, and another where the first cannot take the request.

An instance that cannot be reached, or says it must not take the request (`x-eas-refused`), is passed over while the body
can still be sent from its beginning; each is asked once, by the routes then in force. Where nobody is left to ask but one
that took no connection, it is asked again for a moment: its sidecar may be being started anew. Where an instance is on its
way, the request is held. Every other answer goes to the client, a full queue's among them.
"""

import asyncio
import time
from collections.abc import Iterator

from eas_local.core import replies
from eas_local.core.replies import Reply
from eas_local.core.routes import service_of
from eas_local.gateway.hold import LONGEST
from eas_local.gateway.service import Instance, Service
from eas_local.gateway.services import Services
from eas_local.gateway.tally import Tally
from eas_local.proxy.access import AccessLog, Line
from eas_local.proxy.exchange import Ending, Exchange
from eas_local.proxy.head import AnswerHead, RequestHead
from eas_local.proxy.request import Request

RESPITE, PAUSE = 1.0, 0.02


class Predict:
    """Answers what is under /api/predict/. `timeout`: seconds in which instances must have answered, 0 for any time."""

    def __init__(self, services: Services, log: AccessLog, timeout: float) -> None:
        self._services = services
        self._log = log
        self.timeout = timeout
        self.loop = asyncio.get_running_loop()

    def __call__(self, request: Request) -> None:
        service = self._services.find(request.head.once(_service))
        if service is None:
            self._refuse(request, replies.NOT_FOUND, "", self._services.unknown)
        elif service.quota is None or service.quota.enter(self.loop.time()):
            Visit(self, request, service).begin()
        else:
            self._refuse(request, replies.TOO_MANY_REQUESTS, service.entry.name, service.tally)

    def record(self, tally: Tally, line: Line) -> None:
        tally.count(line)
        self._log.add(line)

    def unreadable(self, request_id: str, code: int, sent: int) -> None:
        """A request has been refused of which no more than that is known."""
        line = Line(time.time(), request_id, b"-", b"-", "", "", code, 0, 0, 0, 0, sent)
        self.record(self._services.unknown, line)

    def _refuse(self, request: Request, reply: Reply, service: str, tally: Tally) -> None:
        request.reply(reply)
        head = request.head
        self.record(
            tally,
            Line(
                time.time(), request.id, head.method, head.path, service, "", reply.status,
                request.age, 0, 0, request.received, request.sent,
            ),
        )  # fmt: skip


class Visit:
    """One request that may pass, from the first instance it is given to, to its line in the log."""

    __slots__ = (
        "_again", "_asked_at", "_exchange", "_held", "_held_at", "_id", "_instance", "_order", "_predict", "_quota",
        "_request", "_rotation", "_service", "_status", "_timer", "_tried", "_turn", "_unreached",
        "_unreached_at",
    )  # fmt: skip

    def __init__(self, predict: Predict, request: Request, service: Service) -> None:
        self._predict = predict
        self._request = request
        self._service = service
        self._quota = service.quota
        self._id = request.id
        self._turn = service.next_turn()
        self._rotation = service.rotation
        self._order: Iterator[Instance] | None = None
        self._tried: set[Instance] = set()
        self._instance: Instance | None = None
        self._exchange: Exchange | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._again: asyncio.TimerHandle | None = None
        self._unreached: set[Instance] = set()
        self._unreached_at = 0.0
        self._asked_at: float | None = None
        self._held_at: float | None = None
        self._held = 0.0
        self._status = 0

    def begin(self) -> None:
        self._service.tally.in_flight += 1
        self._request.on_gone = self._gone
        self._ask(self._rotation.first(self._turn))

    # -- whom to ask ----------------------------------------------------------------------------------------------

    def _ask(self, instance: Instance | None) -> None:
        if instance is None:
            self._find_nobody()
            return
        request, timeout = self._request, self._predict.timeout
        self._instance = instance
        self._asked_at = request.age
        if timeout and self._timer is None:
            self._timer = self._predict.loop.call_later(timeout, self._late)
        head = request.head.once(_open_head) + instance.head_end
        self._exchange = Exchange(request, head, instance.pool, self, ours=True)
        self._exchange.start()

    def _ask_another(self) -> None:
        """One not asked yet, by the routes in force now."""
        if self._instance:
            self._tried.add(self._instance)
        if self._order is None or self._rotation is not self._service.rotation:
            self._rotation = self._service.rotation
            self._order = self._rotation.order(self._turn)
        self._ask(next((instance for instance in self._order if instance not in self._tried), None))

    def _find_nobody(self) -> None:
        if self._unreached and self._request.age - self._unreached_at < RESPITE:
            self._exchange = None
            self._again = self._predict.loop.call_later(PAUSE, self._knock_again)
        else:
            self._hold()

    def _knock_again(self) -> None:
        self._tried -= self._unreached
        self._unreached.clear()
        self._order = self._instance = None
        self._ask_another()

    def _hold(self) -> None:
        hold = self._service.hold
        left = min(self._service.entry.hold, LONGEST) - self._held
        if left <= 0 or not hold.enter(self, left):
            self._answer(replies.NO_HEALTHY_UPSTREAM)
            return
        self._held_at = self._request.age
        self._exchange = None
        self._disarm()

    # -- what the hold calls --------------------------------------------------------------------------------------

    def go_on(self) -> None:
        self._held_no_more()
        self._tried.clear()
        self._instance = None
        self._ask_another()

    def give_up(self, reply: Reply) -> None:
        self._answer(reply)

    # -- what the exchange calls ----------------------------------------------------------------------------------

    def accepts(self, answer: AnswerHead) -> bool:
        fields = answer.fields.values
        if b"x-eas-refused" in fields:
            self._pass_over()
            return False
        if b"x-eas-request-id" in fields:  # an answer of the instance's sidecar: it closes what is closed with it
            self._id = fields[b"x-eas-request-id"].decode("latin-1")
            self._request.closes = self._request.closes or not answer.keep_alive
        if answer.status == 101:
            self._disarm()  # a tunnel may stay as long as it likes
        self._status = answer.status
        return True

    def ended(self, ending: Ending) -> None:
        if ending is Ending.DONE or ending is Ending.CUT:
            self._close(self._status)
        elif ending is Ending.UNREACHABLE:
            self._miss()
        else:
            self._answer(replies.BAD_GATEWAY if ending is Ending.GARBAGE else replies.UPSTREAM_CLOSED)

    def _miss(self) -> None:
        """The instance took no connection."""
        self._unreached_at = self._unreached_at or self._request.age
        if self._instance:
            self._unreached.add(self._instance)
        self._ask_another()

    def _pass_over(self) -> None:
        """The instance has not touched the request; another one may, if it can be given all of it."""
        if self._request.body.rewind():
            self._ask_another()
        else:
            self._answer(replies.NO_HEALTHY_UPSTREAM)

    # -- endings --------------------------------------------------------------------------------------------------

    def _answer(self, reply: Reply) -> None:
        """Its place is free before the client can ask again."""
        self._leave()
        self._request.reply(reply)
        self._record(reply.status)

    def _gone(self) -> None:
        """The client has left."""
        self._abort()
        self._close(self._request.left_with)

    def _late(self) -> None:
        """Of an answer that has begun the connection is cut."""
        self._abort()
        if self._request.begun:
            self._request.cut()
            self._close(replies.GATEWAY_TIMEOUT.status)
        else:
            self._answer(replies.GATEWAY_TIMEOUT)

    def _abort(self) -> None:
        if self._exchange:
            self._exchange.abort()

    def _close(self, code: int) -> None:
        self._leave()
        self._record(code)

    def _leave(self) -> None:
        self._exchange = None
        self._disarm()
        self._stop_waiting()
        self._held_no_more()
        self._service.tally.in_flight -= 1
        if self._quota:
            self._quota.leave()

    def _disarm(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _stop_waiting(self) -> None:
        if self._again:
            self._again.cancel()
            self._again = None

    def _held_no_more(self) -> None:
        if self._held_at is not None:
            self._service.hold.leave(self)
            self._held += self._request.age - self._held_at
            self._held_at = None

    def _record(self, code: int) -> None:
        request, service = self._request, self._service
        head, age = request.head, request.age
        self._predict.record(
            service.tally,
            Line(
                time.time(), self._id, head.method, head.path, service.entry.name,
                self._instance.uid if self._instance else "", code, age, self._held,
                0 if self._asked_at is None else age - self._asked_at, request.received, request.sent,
            ),
        )  # fmt: skip


def _service(head: RequestHead) -> bytes:
    return service_of(head.path)


def _open_head(head: RequestHead) -> bytes:
    """As every instance sees it, up to the line that names one."""
    return head.onward(head.path).removesuffix(b"\r\n")
