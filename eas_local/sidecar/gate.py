"""Who may pass: what a request is asked before it may stand in line, and before its body is read.

The order of the questions is the order of their cost to others: is it for this pod, does the pod take requests, does the
caller know a token, is the rate kept.
"""

from collections.abc import Callable
from functools import partial

from eas_local.core import rate, replies
from eas_local.core.replies import Reply
from eas_local.core.tokens import Signable, allows
from eas_local.core.wire import SidecarConfig
from eas_local.proxy.head import RequestHead


class Gate:
    """`open`: the probes let traffic in. `now` reads a clock."""

    def __init__(self, config: SidecarConfig, now: Callable[[], float]) -> None:
        self._now = now
        self._limit = 0.0
        self._bucket = rate.full(0, 0)
        self.open = False
        self.apply(config)

    def apply(self, config: SidecarConfig) -> None:
        """A configuration comes into force. The rate of before goes on counting where its limit has not changed."""
        self.draining = config.draining_since > 0
        self._pod = config.pod.encode()
        self._tokens = tuple(token.encode() for token in config.tokens)
        self._usual = frozenset(form for token in self._tokens for form in (token, b"Bearer " + token))
        if config.limits.rate_limit != self._limit:
            self._limit = config.limits.rate_limit
            self._bucket = rate.full(self._limit, self._now())

    def refusal(self, head: RequestHead) -> Reply | None:
        """Why a request must not pass."""
        fields = head.fields
        if b"x-eas-instance" in fields.values and fields.get(b"x-eas-instance") != self._pod:
            return replies.WRONG_INSTANCE
        if self.draining:
            return replies.DRAINING
        if not self.open:
            return replies.GATE_SHUT
        if self._tokens and not self._knows_a_token(head):
            return replies.UNAUTHORIZED
        if self._limit and not self._within_rate():
            return replies.TOO_MANY_REQUESTS
        return None

    def _knows_a_token(self, head: RequestHead) -> bool:
        """A set compares hashes under a key of this process's own: how long that takes tells nothing of a token."""
        presented = head.fields.get(b"authorization")
        return presented in self._usual or allows(self._tokens, presented, partial(_signable, head))

    def _within_rate(self) -> bool:
        taken = rate.take(self._bucket, self._limit, self._now())
        self._bucket = taken or self._bucket
        return taken is not None


def _signable(head: RequestHead) -> Signable:
    fields = head.fields
    return Signable(fields.get(b"content-md5"), fields.get(b"content-type"), fields.get(b"date"), head.path)
