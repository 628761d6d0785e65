"""The route table in force, and what the gateway counts for each service in it."""

from dataclasses import dataclass
from pathlib import Path

from eas_local.core import rate
from eas_local.core.routes import Entry, RouteTable, by_name, match
from eas_local.core.service import GatewayPolicy
from eas_local.proxy.pool import Pool

IDLE_TO_SIDECAR = 10.0


@dataclass(slots=True)
class Load:
    """Of one service: requests being answered, the rate bucket, and whose turn it is."""

    in_flight: int = 0
    turn: int = 0
    bucket: rate.Bucket | None = None

    def admit(self, policy: GatewayPolicy, now: float) -> bool:
        """Count one more request, unless the service's policy refuses it."""
        if policy.concurrency_limit is not None and self.in_flight >= policy.concurrency_limit:
            return False
        if policy.rate_limit and not self._within(policy.rate_limit, now):
            return False
        self.in_flight += 1
        self.turn += 1
        return True

    def _within(self, limit: float, now: float) -> bool:
        taken = rate.take(self.bucket or rate.full(limit, now), limit, now)
        self.bucket = taken or self.bucket
        return taken is not None


class Services:
    """What is kept outlives a change of the table where the service or the instance is still in it."""

    def __init__(self) -> None:
        self.table = RouteTable()
        self._names: dict[str, Entry] = {}
        self._loads: dict[str, Load] = {}
        self._pools: dict[tuple[str, int], Pool] = {}

    def load(self, path: Path) -> None:
        """The table a daemon has left; none where the file is absent or broken: the daemon will bring another."""
        try:
            self.put(RouteTable.from_json(path.read_bytes()))
        except (OSError, ValueError):
            return

    def put(self, table: RouteTable) -> bool:
        """False for a table older than the one in force, by the same daemon."""
        if table.epoch == self.table.epoch and table.n < self.table.n:
            return False
        self.table, self._names = table, by_name(table)
        names = {entry.name for entry in table.entries}
        self._loads = {name: load for name, load in self._loads.items() if name in names or load.in_flight}
        self._drop_pools()
        return True

    def find(self, name: str) -> Entry | None:
        return match(self._names, name)

    def load_of(self, entry: Entry) -> Load:
        return self._loads.setdefault(entry.name, Load())

    def in_flight(self) -> dict[str, int]:
        return {name: load.in_flight for name, load in self._loads.items()}

    def pool(self, host: str, port: int) -> Pool:
        pool = self._pools.get((host, port))
        if pool is None:
            pool = self._pools[host, port] = Pool((host, port), IDLE_TO_SIDECAR)
        return pool

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()

    def _drop_pools(self) -> None:
        backends = (backend for entry in self.table.entries for backend in entry.backends)
        used = {(instance.host, instance.port) for backend in backends for instance in backend.instances}
        for address in self._pools.keys() - used:
            self._pools.pop(address).close()
