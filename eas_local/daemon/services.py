"""What can be asked of services: each use-case looks at what is wanted, has it decided anew, and stores it.

Carrying it out is the reconciler's part: it is woken and does the rest in its own time. Nothing here knows HTTP or an
engine.
"""

import logging
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from eas_local.core import changes, spec, status, support
from eas_local.core.desired import Desired, Goal
from eas_local.core.errors import InvalidDocument, NameInUse, NotFound, NotSupported, Problem, WrongState
from eas_local.core.instance import Instance
from eas_local.core.status import Event, EventType, Snapshot
from eas_local.core.versions import Version
from eas_local.daemon.board import Board
from eas_local.daemon.ports import Clock, Store

log = logging.getLogger(__name__)


class Mode(StrEnum):
    """UpdateType (wire-contract 3.8)."""

    MERGE = "merge"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Created:
    desired: Desired
    notes: tuple[support.Note, ...]
    warnings: tuple[str, ...]


class Services:
    """`wake` has a service's reconciler look at it; `random` gives so many random bytes."""

    def __init__(
        self, store: Store, board: Board, clock: Clock, wake: Callable[[str], None], random: Callable[[int], bytes]
    ) -> None:
        self._store = store
        self._board = board
        self._clock = clock
        self._wake = wake
        self._random = random

    def create(
        self,
        text: str,
        base: str | None = None,
        labels: Mapping[str, str] | None = None,
        workspace_id: str = "",
        *,
        lenient: bool = False,
    ) -> Created:
        """`base` is the folder the text came from: relative local paths in it start there."""
        parsed = _accept(text, lenient=lenient)
        self._refuse_taken(parsed.service.name)
        service = replace(parsed.service, workspace_id=workspace_id or parsed.service.workspace_id)
        token = self._new_token() if service.token is None else service.token
        now = self._clock.now()
        want = Desired(service, text, base, version=1, token=token, created_at=now, updated_at=now)
        want = changes.labelled(want, labels or {})
        self._keep(want, "Creating", "Service is created")
        return Created(want, parsed.notes, parsed.warnings)

    def update(self, name: str, text: str, mode: Mode = Mode.MERGE) -> Desired:
        want = self._changeable(name)
        merged = changes.merged(want.text, text) if mode is Mode.MERGE else text
        service = _accept(merged).service
        if service.name != name:
            raise InvalidDocument(
                [Problem("metadata.name", f'"{service.name}" is not "{name}", the service to update')]
            )
        after = changes.updated(want, service, merged, self._clock.now(), new_version=changes.makes_version(text))
        return self._keep(after, "Updating", f"Service is updated ({after.change}, version {after.version})")

    def start(self, name: str) -> Desired:
        want = self._changeable(name)
        if want.goal is Goal.RUN:
            return want
        return self._keep(changes.started(want, self._clock.now()), "Starting", "Service is started")

    def stop(self, name: str) -> Desired:
        want = self._changeable(name)
        if want.goal is Goal.STOP:
            return want
        return self._keep(changes.stopped(want, self._clock.now()), "Stopping", "Service is stopped")

    def restart(self, name: str) -> Desired:
        want = self._changeable(name)
        if want.goal is Goal.STOP:
            raise WrongState(f'service "{name}" is stopped; start it instead')
        return self._keep(changes.restarted(want, self._clock.now()), "Restarting", "Service is restarted")

    def delete(self, name: str) -> Desired:
        orphan = self._orphan(name)
        want = orphan.want if orphan else self._get(name)
        if want.goal is Goal.DELETE:
            return want
        return self._keep(changes.deleted(want, self._clock.now()), "Deleting", "Service is deleted")

    def label(self, name: str, labels: Mapping[str, str]) -> Desired:
        want = changes.labelled(self._changeable(name), labels)
        return self._keep(want, "Labelled", f"Labels are set: {', '.join(labels)}")

    def unlabel(self, name: str, keys: Collection[str]) -> Desired:
        want = changes.unlabelled(self._changeable(name), keys)
        return self._keep(want, "Labelled", f"Labels are removed: {', '.join(keys)}")

    def describe(self, name: str) -> Snapshot:
        """The latest look at a service, judged by what is wanted now: what was asked a moment ago shows already."""
        if orphan := self._orphan(name):
            return orphan
        want = self._get(name)
        seen = self._board.find(name)
        if seen is None:
            return Snapshot(want, status.of(want, ()))
        if seen.want == want:
            return seen
        same_attempt = (seen.want.goal, seen.want.fingerprint) == (want.goal, want.fingerprint)
        trouble = seen.trouble if same_attempt else None
        return replace(seen, want=want, status=status.of(want, seen.instances, trouble), trouble=trouble)

    def instance(self, name: str, instance: str) -> Instance:
        for have in self.describe(name).instances:
            if have.name == instance:
                return have
        raise NotFound(f'service "{name}" has no instance "{instance}"; see the names in the list of its instances')

    async def changed(self, name: str, after: int, within: float) -> Snapshot:
        """As `describe`, but once there is a later look than number `after`, or `within` seconds have passed."""
        self._get(name)
        await self._board.changed(name, after, within)
        return self.describe(name)

    def overview(self) -> list[Snapshot]:
        """In the order of creation, those whose document is lost last."""
        remembered = self._store.names()
        return [self.describe(name) for name in (*remembered, *sorted(self._board.names() - set(remembered)))]

    def events(self, name: str, since: float = 0) -> list[Event]:
        """Newest first."""
        self._get(name)
        return self._store.events(name, since)

    def versions(self, name: str) -> list[Version]:
        """Newest first."""
        self._get(name)
        return self._store.versions(name)

    def _orphan(self, name: str) -> Snapshot | None:
        """The look at a service that has instances but no document."""
        return None if self._store.find(name) else self._board.find(name)

    def _get(self, name: str) -> Desired:
        if want := self._store.find(name):
            return want
        raise NotFound(f'service "{name}" does not exist; eas-local ls shows those that do')

    def _changeable(self, name: str) -> Desired:
        want = self._get(name)
        if want.goal is Goal.DELETE:
            raise WrongState(f'service "{name}" is being deleted; wait until it is gone, then create it anew')
        return want

    def _refuse_taken(self, name: str) -> None:
        holder = self._store.find(name)
        if holder and holder.goal is Goal.DELETE:
            raise NameInUse(f'service "{name}" is still being deleted; wait until it is gone and create it again')
        if holder:
            raise NameInUse(
                f'service "{name}" exists already; delete it first (eas-local delete {name}), or choose another metadata.name'
            )

    def _new_token(self) -> str:
        # Parity: generated tokens are 40 hexadecimal digits in base64, 56 characters (eas-semantics 3).
        return b64encode(self._random(20).hex().encode()).decode()

    def _keep(self, want: Desired, reason: str, message: str) -> Desired:
        self._store.put(want)
        self._wake(want.name)
        log.info("service=%s %s", want.name, message)
        self._store.add_event(Event(self._clock.now(), want.name, EventType.NORMAL, reason, message))
        return want


def _accept(text: str, *, lenient: bool = False) -> spec.Parsed:
    """The document, if it is valid and asks for nothing that this emulator refuses: every refused field is named."""
    parsed = spec.parse(text, lenient=lenient)
    if refused := support.refusals(parsed.notes):
        lines = "\n".join(f"{note.field}: {note.sentence}" for note in refused)
        raise NotSupported(lines)
    return parsed
