"""Requests to the instance: who may pass, when, and for how long.

The order of the checks is the order of their cost to others: is it for this pod, is the pod open, does the caller know a
token, is the rate kept, is there a place in line. All of that comes before the body is read. Then the request goes to
the public container at the pod's own address, without the prefix, and its answer comes back as it is.
"""

import asyncio
from collections import Counter
from collections.abc import Callable

from eas_local.core import rate, replies
from eas_local.core.replies import CLIENT_LEFT, Reply
from eas_local.core.routes import inner_target
from eas_local.core.service import Limits
from eas_local.core.tokens import Signable, allows
from eas_local.core.wire import SidecarConfig
from eas_local.proxy.access import AccessLog
from eas_local.proxy.exchange import Ending, Exchange
from eas_local.proxy.head import AnswerHead, RequestHead
from eas_local.proxy.pool import Pool
from eas_local.proxy.request import Request
from eas_local.sidecar.line import Line

IDLE_TO_CONTAINER = 1.0
# Servers close idle connections after two seconds and more (gunicorn: 2, uvicorn: 5); ours must be gone before that.

REPLIES = {
    Ending.UNREACHABLE: replies.UPSTREAM_REFUSED,
    Ending.CLOSED: replies.UPSTREAM_CLOSED,
    Ending.GARBAGE: replies.BAD_GATEWAY,
}


class Traffic:
    """A site's handler. `open`: the probes let traffic in. `drained` is called when nobody is in line any more."""

    def __init__(self, config: SidecarConfig, address: str, log: AccessLog, drained: Callable[[], None]) -> None:
        self._address = address
        self._loop = asyncio.get_running_loop()
        self._bucket = rate.full(config.limits.rate_limit, self._loop.time())
        self.log = log
        self.drained = drained
        self.open = False
        self.codes: Counter[int] = Counter()
        self.limits = config.limits
        self.line = Line(config.limits)
        self._port = config.targets[0].port or 0
        self.pool = Pool((address, self._port), IDLE_TO_CONTAINER)
        self.apply(config)

    def apply(self, config: SidecarConfig) -> None:
        """A configuration comes into force; what runs or waits already goes on."""
        self._pod = config.pod.encode()
        self._tokens = [token.encode() for token in config.tokens]
        self.draining = config.draining_since > 0
        self._change_limits(config.limits)
        self._change_port(config.targets[0].port or 0)

    def _change_limits(self, limits: Limits) -> None:
        if limits.rate_limit != self.limits.rate_limit:
            self._bucket = rate.full(limits.rate_limit, self._loop.time())
        self.limits = limits
        self.line.change(limits)

    def _change_port(self, port: int) -> None:
        if port != self._port:
            self.pool.close()
            self._port, self.pool = port, Pool((self._address, port), IDLE_TO_CONTAINER)

    def __call__(self, request: Request) -> None:
        Visit(self, request).begin()

    def refusal(self, head: RequestHead) -> Reply | None:
        """Why a request must not pass, in the order of the checks; its place in line is asked for afterwards."""
        if b"x-eas-instance" in head.fields.values and head.fields.get(b"x-eas-instance") != self._pod:
            return replies.WRONG_INSTANCE
        if self.draining:
            return replies.DRAINING
        if not self.open:
            return replies.GATE_SHUT
        if not allows(self._tokens, head.fields.get(b"authorization"), lambda: signable(head)):
            return replies.UNAUTHORIZED
        return None if self._within_rate() else replies.TOO_MANY_REQUESTS

    def _within_rate(self) -> bool:
        limit = self.limits.rate_limit
        if not limit:
            return True
        bucket = rate.take(self._bucket, limit, self._loop.time())
        self._bucket = bucket or self._bucket
        return bucket is not None


class Visit:
    """One request, from the first check to its line in the log."""

    __slots__ = ("_exchange", "_request", "_status", "_timer", "_traffic", "running")

    def __init__(self, traffic: Traffic, request: Request) -> None:
        self._traffic = traffic
        self._request = request
        self._exchange: Exchange | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._status = 0
        self.running = False

    def begin(self) -> None:
        traffic = self._traffic
        if refusal := traffic.refusal(self._request.head):
            self._answer(refusal)
            return
        self._timer = asyncio.get_running_loop().call_later(traffic.limits.keepalive, self._late)
        self._request.on_gone = self._gone
        if not traffic.line.enter(self):
            self._answer(replies.QUEUE_FULL)

    def go(self) -> None:
        """Its turn has come."""
        request = self._request
        head = request.head
        onward = head.onward(inner_target(head.path), (b"expect",))
        request.invite()
        self._exchange = Exchange(request, onward, self._traffic.pool, self, ours=False)
        self._exchange.start()

    # -- what the exchange calls ----------------------------------------------------------------------------------

    def accepts(self, answer: AnswerHead) -> bool:
        self._status = answer.status
        if answer.status == 101 and self._timer:
            self._timer.cancel()  # a tunnel may stay as long as it likes
        return True

    def ended(self, ending: Ending) -> None:
        if reply := REPLIES.get(ending):
            self._answer(reply)
        else:
            self._close(self._status)

    # -- endings --------------------------------------------------------------------------------------------------

    def _answer(self, reply: Reply) -> None:
        """Its place is free before the client can ask again."""
        self._leave()
        request_id = self._request.reply(reply)
        self._record(reply.status, request_id)

    def _gone(self) -> None:
        """The client has left: nobody needs the answer."""
        if self._exchange:
            self._exchange.abort()
        self._close(CLIENT_LEFT)

    def _late(self) -> None:
        """# Parity: longer than keepalive, counted over receiving, queueing and computing: 408 (eas-semantics 1.3)."""
        if self._exchange:
            self._exchange.abort()
        if self._request.begun:
            self._request.cut()
            self._close(replies.TIMED_OUT.status)
        else:
            self._answer(replies.TIMED_OUT)

    def _close(self, code: int) -> None:
        self._leave()
        self._record(code)

    def _leave(self) -> None:
        self._exchange = None
        if self._timer:
            self._timer.cancel()
        traffic = self._traffic
        traffic.line.leave(self)
        if traffic.draining and traffic.line.empty:
            traffic.drained()

    def _record(self, code: int, *notes: str) -> None:
        request, traffic = self._request, self._traffic
        traffic.codes[code] += 1
        traffic.log.add(request.head.method, request.head.target, code, request.age, request.sent, *notes)


def signable(head: RequestHead) -> Signable:
    fields = head.fields
    return Signable(fields.get(b"content-md5"), fields.get(b"content-type"), fields.get(b"date"), head.path)
