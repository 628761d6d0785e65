"""What can be asked of services: each use-case has decided what would be wanted then, stores it, and tells of it.

Carrying it out is the reconciler's part: it is woken and does the rest in its own time. Nothing here knows HTTP or an
engine.
"""

import logging
from collections.abc import Callable, Collection, Mapping

from eas_local.core import blue_green
from eas_local.core.desired import Change, Desired, Lock
from eas_local.core.orders import Fate
from eas_local.core.status import Event, EventType
from eas_local.daemon.board import Board
from eas_local.daemon.ports import Clock, Store
from eas_local.daemon.views import Views
from eas_local.daemon.wishes import Created, Draft, Mode, Wishes

log = logging.getLogger(__name__)


class Services(Views):
    """`wake` has a service's reconciler look at it; `random` gives so many random bytes."""

    def __init__(
        self, store: Store, board: Board, clock: Clock, wake: Callable[[str], None], random: Callable[[int], bytes]
    ) -> None:
        super().__init__(store, board)
        self.wishes = Wishes(self, clock, random)
        self._clock = clock
        self._wake = wake

    def create(
        self,
        text: str,
        base: str | None = None,
        labels: Mapping[str, str] | None = None,
        workspace_id: str = "",
        *,
        lenient: bool = False,
        related: bool = False,
    ) -> Created:
        """`related`: beside the service whose name the text carries."""
        create = self.wishes.created_beside if related else self.wishes.created
        made = create(Draft(text, base, labels or {}, workspace_id, lenient))
        self._keep(made.desired, "Creating", "Service is created")
        return made

    def update(
        self, name: str, text: str, mode: Mode = Mode.MERGE, base: str | None = None, *, lenient: bool = False
    ) -> Desired:
        return self._keep_change(self.wishes.updated(name, text, mode, base, lenient=lenient))

    def scale(self, name: str, instances: int, unwanted: Collection[str] = ()) -> Desired:
        return self._keep_change(self.wishes.scaled(name, instances, unwanted))

    def switch_version(self, name: str, number: int) -> Desired:
        return self._keep_change(self.wishes.switched(name, number))

    def start(self, name: str) -> Desired:
        return self._keep(self.wishes.started(name), "Starting", "Service is started")

    def stop(self, name: str) -> Desired:
        return self._keep(self.wishes.stopped(name), "Stopping", "Service is stopped")

    def restart(self, name: str) -> Desired:
        return self._keep(self.wishes.restarted(name), "Restarting", "Service is restarted")

    def delete(self, name: str) -> Desired:
        return self._keep(self.wishes.deleted(name), "Deleting", "Service is deleted")

    def lock(self, name: str, lock: Lock) -> Desired:
        return self._keep(self.wishes.locked(name, lock), "Locked", f"Safety lock is {lock}")

    def release(self, name: str, percent: int | None) -> Desired:
        """The answer is the service that changes for it: this one or the other one of its endpoint."""
        told = "is found at its own endpoint" if percent is None else f"{name} is weighted to {percent}%"
        return self._keep(self.wishes.released(name, percent), "Releasing", f"Service {told}")

    def label(self, name: str, labels: Mapping[str, str]) -> Desired:
        return self._keep(self.wishes.labelled(name, labels), "Labelled", f"Labels are set: {', '.join(labels)}")

    def unlabel(self, name: str, keys: Collection[str]) -> Desired:
        return self._keep(self.wishes.unlabelled(name, keys), "Labelled", f"Labels are removed: {', '.join(keys)}")

    def doom(self, name: str, pods: Collection[str], fate: Fate | None) -> Desired:
        """Isolate, detach or delete instances; None has isolated ones serve again."""
        told = f"Instances {', '.join(pods)} are {fate or 'no longer isolated'}"
        return self._keep(self.wishes.doomed(name, pods, fate), "Instances", told)

    def restart_softly(self, name: str, pods: Collection[str], container: str = "") -> Desired:
        told = f"{container or 'Containers'} of {', '.join(pods)} restarted in place"
        return self._keep(self.wishes.softly_restarted(name, pods, container), "Restarting", told)

    def _keep_change(self, want: Desired) -> Desired:
        reason = _REASONS.get(want.change, "Updating")
        return self._keep(want, reason, f"Service is updated ({want.change}, version {want.version})")

    def _keep(self, want: Desired, reason: str, message: str) -> Desired:
        """Stored before anybody is woken for it; what is wanted already is no news."""
        if want == self.find(want.name):
            return want
        for changed in (*blue_green.following(want, self.wanted()), want):
            self._store.put(changed)
            self._wake(changed.name)
        log.info("service=%s %s", want.name, message)
        self._store.add_event(Event(self._clock.now(), want.name, EventType.NORMAL, reason, message))
        return want


_REASONS = {Change.SCALE: "Scaling", Change.HOT_UPDATE: "HotUpdate"}
