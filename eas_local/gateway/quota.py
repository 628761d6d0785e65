"""The requests of one service as its policy counts them, where one process is the whole gateway."""

from typing import Protocol

from eas_local.core import quota, rate
from eas_local.core.service import GatewayPolicy


class Quota(Protocol):
    policy: GatewayPolicy

    def enter(self, now: float) -> bool:
        """Count one more request, unless the policy refuses it."""

    def leave(self) -> None:
        """One that has entered has ended."""


class OwnQuota:
    def __init__(self) -> None:
        self.policy = GatewayPolicy()
        self._running = 0
        self._bucket: rate.Bucket | None = None

    def enter(self, now: float) -> bool:
        bucket = self._bucket or rate.full(self.policy.rate_limit or 0, now)
        taken = quota.admit(self.policy, self._running, bucket, now)
        if taken is None:
            return False
        self._bucket = taken
        self._running += 1
        return True

    def leave(self) -> None:
        self._running -= 1
