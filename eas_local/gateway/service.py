"""A service as the gateway has it: where its requests may go, what waits for it, and what is counted of it."""

from collections.abc import Callable

from eas_local.core import replies
from eas_local.core.rotation import Rotation
from eas_local.core.routes import Endpoint, Entry
from eas_local.core.service import GatewayPolicy
from eas_local.gateway.hold import Hold
from eas_local.gateway.pools import Pools
from eas_local.gateway.quota import Quota
from eas_local.gateway.tally import Tally
from eas_local.proxy.pool import Pool

NewQuota = Callable[[str], Quota]

_NO_POLICY = GatewayPolicy()


class Instance:
    """A ready one. `head_end` ends the head of a request to it, and says whom it is for."""

    __slots__ = ("head_end", "pool", "uid")

    def __init__(self, uid: str, pool: Pool) -> None:
        self.uid = uid
        self.head_end = b"x-eas-instance: %b\r\n\r\n" % uid.encode()
        self.pool = pool


class Service:
    """It outlives the tables it is in. `quota` is None where nothing is limited; `rotation` is another object whenever
    the routes are others."""

    __slots__ = (
        "_count", "_instances", "_new_quota", "_pools", "_turn", "entry", "hold", "names", "quota", "rotation", "tally",
    )  # fmt: skip

    def __init__(self, name: str, pools: Pools, new_quota: NewQuota) -> None:
        self._pools = pools
        self._new_quota = new_quota
        self._count: Quota | None = None
        self._instances: dict[Endpoint, Instance] = {}
        self._turn = -1
        self.hold = Hold()
        self.tally = Tally()
        self.route(Entry(name))

    def route(self, entry: Entry) -> None:
        """From now on by this entry; connections to instances that it has no more are closed."""
        self.entry = entry
        self.names = tuple(name.encode() for name in (entry.name, *entry.aliases))
        self.quota = self._limit(entry.policy)
        before = self._instances
        endpoints = {endpoint for backend in entry.backends for endpoint in backend.instances}
        self._instances = {endpoint: before.get(endpoint) or self._new(endpoint) for endpoint in endpoints}
        self.rotation = Rotation(
            (backend.weight, [self._instances[endpoint] for endpoint in backend.instances])
            for backend in entry.backends
        )
        for endpoint in before.keys() - endpoints:
            self._pools.give_back((endpoint.host, endpoint.port))

    def settle(self) -> None:
        """Let those go who wait, where the routes have brought an instance, or take away the hope of one."""
        if self._instances:
            self.hold.release()
        elif not self.entry.hold:
            self.hold.dismiss(replies.NO_HEALTHY_UPSTREAM)

    def end(self) -> None:
        """It is in the table no more."""
        self.route(Entry(self.entry.name))
        self.hold.dismiss(replies.NOT_FOUND)

    def next_turn(self) -> int:
        self._turn += 1
        return self._turn

    def _limit(self, policy: GatewayPolicy) -> Quota | None:
        """What is counted stays counted when the policy becomes another."""
        if policy == _NO_POLICY:
            return None
        self._count = self._count or self._new_quota(self.entry.name)
        self._count.policy = policy
        return self._count

    def _new(self, endpoint: Endpoint) -> Instance:
        return Instance(endpoint.uid, self._pools.take((endpoint.host, endpoint.port)))
