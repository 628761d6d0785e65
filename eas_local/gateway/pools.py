"""Connections to instances: one pool for each address, for as long as a route leads there."""

from eas_local.proxy.pool import Pool

Address = tuple[str, int]

IDLE_TO_SIDECAR = 10.0


class Pools:
    def __init__(self) -> None:
        self._pools: dict[Address, Pool] = {}
        self._users: dict[Address, int] = {}

    def take(self, address: Address) -> Pool:
        """The address's pool, until it is given back as often as it was taken."""
        if address not in self._pools:
            self._pools[address] = Pool(address, IDLE_TO_SIDECAR)
            self._users[address] = 0
        self._users[address] += 1
        return self._pools[address]

    def give_back(self, address: Address) -> None:
        self._users[address] -= 1
        if not self._users[address]:
            del self._users[address]
            self._pools.pop(address).close()

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()
