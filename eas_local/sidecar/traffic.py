"""Requests to the instance: each waits for its turn, goes to the public container, and is told of when it is over.

The container is asked at the pod's own address, without the prefix of the path, and its answer comes back as it is. A
request's time is limited by `keepalive` from its head to the end of its answer, however it is spent.
"""

import asyncio
import time
from collections.abc import Callable

from eas_local.core import replies
from eas_local.core.admission import Told, agreed
from eas_local.core.replies import CLIENT_LEFT, Reply
from eas_local.core.routes import inner_target
from eas_local.core.wire import SidecarConfig
from eas_local.proxy import access
from eas_local.proxy.body import HIGH_WATER
from eas_local.proxy.deadlines import Deadlines
from eas_local.proxy.exchange import Ending, Exchange
from eas_local.proxy.fields import tokens
from eas_local.proxy.head import AnswerHead, RequestHead
from eas_local.proxy.pool import Pool
from eas_local.proxy.request import Request
from eas_local.sidecar.counts import Counts
from eas_local.sidecar.gate import Gate
from eas_local.sidecar.line import Line

IDLE_TO_CONTAINER = 1.0
# Servers close idle connections after two seconds and more (gunicorn: 2, uvicorn: 5); ours must be gone before that.

READ_IN_LINE = 1024 * 1024
# Of a body whose request waits: whoever is read to the end is seen to leave.

REPLIES = {
    Ending.UNREACHABLE: replies.UPSTREAM_REFUSED,
    Ending.CLOSED: replies.UPSTREAM_CLOSED,
    Ending.GARBAGE: replies.BAD_GATEWAY,
}

LEFT_WAITING = "connection is closed: End of file"
LEFT_READING = "Write an Invalid stream: End of file"
# Parity: what EAS's log says of a client that has left, before its answer and while it was written (eas-semantics 3).


class Traffic:
    """A site's handler. `drained` is called when nobody is in line any more."""

    def __init__(self, config: SidecarConfig, address: str, log: access.AccessLog, drained: Callable[[], None]) -> None:
        self._address = address
        self._log = log
        self.drained = drained
        self.gate = Gate(config, asyncio.get_running_loop().time)
        self.limits = config.limits
        self.deadlines = Deadlines(config.limits.keepalive)
        self.line = Line(config.limits)
        self.counts = Counts()
        self._told: Told | None = None
        self._port = config.targets[0].port or 0
        self.pool = Pool((address, self._port), IDLE_TO_CONTAINER)
        self.apply(config)

    def apply(self, config: SidecarConfig) -> None:
        """A configuration comes into force; what runs or waits already goes on."""
        self._service, self._pod = config.service, config.pod
        self._written = config.limits
        self.gate.apply(config)
        self._agree()
        self._change_port(config.targets[0].port or 0)

    def hear(self, told: Told) -> None:
        """From a processor's host; until the host of its next run speaks nothing else is known."""
        if told != self._told:
            self._told = told
            self._agree()

    def _agree(self) -> None:
        """On the limits of the file and of the code."""
        limits = agreed(self._written, self._told)
        if limits.keepalive != self.limits.keepalive:
            self.deadlines = Deadlines(limits.keepalive)
        self.limits = limits
        self.line.change(limits)

    def _change_port(self, port: int) -> None:
        if port != self._port:
            self.pool.close()
            self._port, self.pool = port, Pool((self._address, port), IDLE_TO_CONTAINER)

    def __call__(self, request: Request) -> None:
        refusal = self.gate.refusal(request.head)
        if refusal is None:
            Visit(self, request).begin()
            return
        request.reply(refusal)
        self.record(request, refusal.status, 0, 0)

    def record(self, request: Request, code: int, queued: float, computed: float, warning: str = "") -> None:
        """Its line, and its share of the counts."""
        head = request.head
        line = access.Line(
            time.time(), request.id, head.method, head.path, self._service, self._pod, code,
            request.age, queued, computed, request.received, request.sent, warning,
        )  # fmt: skip
        self._keep(line)

    def unreadable(self, request_id: str, code: int, sent: int) -> None:
        """A request has been refused of which no more than that is known."""
        self._keep(access.Line(time.time(), request_id, b"-", b"-", self._service, self._pod, code, 0, 0, 0, 0, sent))

    def _keep(self, line: access.Line) -> None:
        self.counts.add(line)
        self._log.add(line)


class Visit:
    """One request that may pass, from its place in line to its line in the log."""

    __slots__ = ("_began", "_deadlines", "_exchange", "_request", "_status", "_traffic", "running")

    def __init__(self, traffic: Traffic, request: Request) -> None:
        self._traffic = traffic
        self._request = request
        self._deadlines = traffic.deadlines
        self._exchange: Exchange | None = None
        self._began: float | None = None
        self._status = 0
        self.running = False

    def begin(self) -> None:
        self._deadlines.add(self)
        self._request.on_gone = self._gone
        if not self._traffic.line.enter(self):
            self._began = 0.0
            self._answer(replies.QUEUE_FULL)
        elif not self.running and self._request.head.has_body:
            self._request.body.limit = READ_IN_LINE

    def go(self) -> None:
        """Its turn has come."""
        request = self._request
        self._began = request.age
        if request.head.has_body:
            request.body.limit = HIGH_WATER
        request.invite()
        self._exchange = Exchange(request, request.head.once(_onward), self._traffic.pool, self, ours=False)
        self._exchange.start()

    # -- what the exchange calls ----------------------------------------------------------------------------------

    def accepts(self, answer: AnswerHead) -> bool:
        self._status = answer.status
        if answer.status == 101:
            self._deadlines.remove(self)  # a tunnel may stay as long as it likes
        self._tell_times()
        return True

    def ended(self, ending: Ending) -> None:
        if ending is Ending.DONE or ending is Ending.CUT:
            self._leave()
            self._record(self._status)
        elif ending is Ending.ABANDONED:
            self._leave()
        else:
            self._traffic.counts.unreachable += ending is Ending.UNREACHABLE
            self._answer(REPLIES[ending])

    def _tell_times(self) -> None:
        """Where the client has asked for them."""
        fields = self._request.head.fields
        if b"prefer" in fields.values and b"server-timing" in tokens(fields.get(b"prefer")):
            queued, computed = self._times()
            times = queued * 1000, computed * 1000
            self._request.answer_lines = b"Server-Timing: queue;dur=%.1f, upstream;dur=%.1f\r\n" % times

    def _times(self) -> tuple[float, float]:
        """How long it has waited for its turn, and how long it has had it."""
        age, began = self._request.age, self._began
        return (age, 0) if began is None else (began, age - began)

    # -- endings --------------------------------------------------------------------------------------------------

    def _answer(self, reply: Reply) -> None:
        """Its place is free before the client can ask again."""
        self._leave()
        self._tell_times()
        self._request.reply(reply)
        self._record(reply.status)

    def _gone(self) -> None:
        """The client has left."""
        self._withdraw()
        code, begun = self._request.left_with, self._request.begun
        warning = LEFT_READING if begun else LEFT_WAITING
        self._record(code, warning if code == CLIENT_LEFT else "")

    def late(self) -> None:
        """# Parity: longer than keepalive, counted over receiving, queueing and computing: 408 (eas-semantics 1.3)."""
        begun = self._request.begun
        self._withdraw()
        if begun:
            self._request.cut()
        else:
            self._tell_times()
            self._request.reply(replies.TIMED_OUT)
        self._record(replies.TIMED_OUT.status)

    def _withdraw(self) -> None:
        """Nobody waits for the answer any more. A worker that finishes what it has begun keeps its place until then."""
        self._deadlines.remove(self)
        if self._exchange and self._traffic.limits.workers_finish:
            self._exchange.abandon()
            return
        if self._exchange:
            self._exchange.abort()
        self._leave()

    def _leave(self) -> None:
        self._deadlines.remove(self)
        self._exchange = None
        traffic = self._traffic
        traffic.line.leave(self)
        if traffic.gate.draining and traffic.line.empty:
            traffic.drained()

    def _record(self, code: int, warning: str = "") -> None:
        self._traffic.record(self._request, code, *self._times(), warning)


def _onward(head: RequestHead) -> bytes:
    """As the container sees it."""
    return head.onward(inner_target(head.path), (b"expect",))
