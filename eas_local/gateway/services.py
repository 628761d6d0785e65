"""The route table in force, by the names that requests use."""

from pathlib import Path

from eas_local.core import replies
from eas_local.core.routes import Entry, Reader, RouteTable, match
from eas_local.gateway.pools import Pools
from eas_local.gateway.quota import OwnQuota
from eas_local.gateway.service import NewQuota, Service
from eas_local.gateway.tally import Tally


class Services:
    """A table brings what is new in it: services and instances that were there before stay as they are.

    `unknown` counts what is asked of services that are not there.
    """

    def __init__(self, new_quota: NewQuota = lambda _: OwnQuota()) -> None:
        self._new_quota = new_quota
        self._reader = Reader()
        self._pools = Pools()
        self._services: dict[str, Service] = {}
        self._names: dict[bytes, Service] = {}
        self.table = RouteTable()
        self.text = self.table.to_json()
        self.unknown = Tally()

    def load(self, path: Path) -> None:
        """The table a daemon has left; none where the file is absent or broken: the daemon will bring another."""
        try:
            self.put(path.read_text())
        except (OSError, ValueError):
            return

    def put(self, text: str) -> bool:
        """False for a table older than the one in force, by the same daemon. Raises ValueError where it is none."""
        table = self._reader.read(text)
        if table.epoch == self.table.epoch and table.n < self.table.n:
            return False
        before = self._services
        self.table, self.text = table, text
        self._services = {
            entry.name: before.get(entry.name) or Service(entry.name, self._pools, self._new_quota)
            for entry in table.entries
        }
        changed = [service for entry in table.entries if (service := self._changed(entry))]
        self._names = self._by_name()
        for name in before.keys() - self._services.keys():
            before[name].end()
        for service in changed:
            service.settle()
        return True

    def find(self, name: bytes) -> Service | None:
        return match(self._names, name)

    def tallies(self) -> dict[str, Tally]:
        """Of services that have been asked for anything."""
        for service in self._services.values():
            service.tally.held = len(service.hold)
        used = {name: service.tally for name, service in self._services.items() if service.tally.used}
        return used | {"": self.unknown}

    def dismiss(self) -> None:
        """Nobody is held any more."""
        for service in self._services.values():
            service.hold.dismiss(replies.NO_HEALTHY_UPSTREAM)

    def close(self) -> None:
        self._pools.close()

    def _changed(self, entry: Entry) -> Service | None:
        """The service of an entry that is another than before, routed by it."""
        service = self._services[entry.name]
        if service.entry is entry:
            return None
        service.route(entry)
        return service

    def _by_name(self) -> dict[bytes, Service]:
        """The first that claims a name has it."""
        names: dict[bytes, Service] = {}
        for service in self._services.values():
            for name in service.names:
                names.setdefault(name, service)
        return names
