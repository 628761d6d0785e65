"""What is known of services: what is wanted of each, and the latest look at it."""

from dataclasses import replace

from eas_local.core import entries, status
from eas_local.core.desired import Desired
from eas_local.core.entries import Standing
from eas_local.core.errors import NotFound
from eas_local.core.instance import Instance
from eas_local.core.status import Event, Snapshot
from eas_local.core.versions import Version
from eas_local.daemon.board import Board
from eas_local.daemon.ports import Store


class Views:
    def __init__(self, store: Store, board: Board) -> None:
        self._store = store
        self._board = board

    def latest(self, name: str) -> Snapshot | None:
        """The latest look at a service as it was; None before the first one."""
        return self._board.find(name)

    def find(self, name: str) -> Desired | None:
        return self._store.find(name)

    def wanted(self) -> list[Desired]:
        """Of every service, in the order of creation."""
        return [want for name in self._store.names() if (want := self._store.find(name))]

    def standing(self, name: str) -> Standing:
        return self.standings().get(name, Standing(name))

    def standings(self) -> dict[str, Standing]:
        """Where each service is found that has a document."""
        return entries.standings(map(entries.member, self.wanted()))

    def get(self, name: str) -> Desired:
        """Raises NotFound."""
        if want := self._store.find(name):
            return want
        raise NotFound(f'service "{name}" does not exist; eas-local ls shows those that do')

    def orphan(self, name: str) -> Snapshot | None:
        """The look at a service that has instances but no document."""
        return None if self._store.find(name) else self._board.find(name)

    def describe(self, name: str) -> Snapshot:
        """The latest look at a service, judged by what is wanted now: what was asked a moment ago shows already."""
        if orphan := self.orphan(name):
            return orphan
        want = self.get(name)
        seen = self._board.find(name)
        if seen is None:
            return Snapshot(want, status.of(want, ()))
        if seen.want == want:
            return seen
        same_attempt = (seen.want.goal, seen.want.fingerprint) == (want.goal, want.fingerprint)
        trouble = seen.trouble if same_attempt else None
        return replace(seen, want=want, status=status.of(want, seen.instances, trouble), trouble=trouble)

    def instance(self, name: str, instance: str) -> Instance:
        have = {each.name: each for each in self.describe(name).instances}
        if instance in have:
            return have[instance]
        there = f"it has {', '.join(have)}" if have else "it has none now"
        raise NotFound(f'service "{name}" has no instance "{instance}"; {there} (eas-local w {name})')

    async def changed(self, name: str, after: int, within: float) -> Snapshot:
        """As `describe`, but once there is a later look than number `after`, or `within` seconds have passed."""
        self.get(name)
        await self._board.changed(name, after, within)
        return self.describe(name)

    def overview(self) -> list[Snapshot]:
        """In the order of creation, those whose document is lost last."""
        remembered = self._store.names()
        return [self.describe(name) for name in (*remembered, *sorted(self._board.names() - set(remembered)))]

    def events(self, name: str, since: float = 0) -> list[Event]:
        """Newest first."""
        self.get(name)
        return self._store.events(name, since)

    def versions(self, name: str) -> list[Version]:
        """Newest first."""
        self.get(name)
        return self._store.versions(name)
