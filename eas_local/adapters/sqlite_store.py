"""What is wanted and what happened, kept over restarts of the daemon.

The documents say which services exist and what is wanted of them: the version asked for last is in force. The database
adds how far the last change got, and the events. A wish is kept as soon as its document is; a database that is lost, broken
or not to be written costs the events and a look at what runs, never a service. Used by one thread.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from eas_local.adapters.database import Database, Statement
from eas_local.adapters.documents import Document, Documents
from eas_local.core import spec
from eas_local.core.desired import Change, Desired
from eas_local.core.errors import InvalidDocument
from eas_local.core.status import Event, EventType
from eas_local.core.versions import Version

log = logging.getLogger(__name__)

KEPT_SECONDS = 7 * 24 * 3600  # Parity: DescribeServiceEvent's default range is the last 7 days (wire-contract 3.8).
KEPT_EVENTS = 1_000  # of each service, so that one in a crash loop costs no other its history
KEPT_VERSIONS = 100

_SCHEMA = """
CREATE TABLE IF NOT EXISTS desired (name TEXT PRIMARY KEY, version INTEGER, updated_at REAL, change TEXT, settled INTEGER);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, at REAL, service TEXT, type TEXT, reason TEXT, message TEXT, instance TEXT
);
CREATE INDEX IF NOT EXISTS events_of_service ON events (service, id);
CREATE INDEX IF NOT EXISTS events_by_time ON events (at);
"""
_TOO_MANY = """
DELETE FROM events WHERE service = ?
AND id <= (SELECT id FROM events WHERE service = ? ORDER BY id DESC LIMIT 1 OFFSET ?)
"""


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far the change had got that was asked for at `updated_at`."""

    version: int
    updated_at: float
    change: Change
    settled: bool


class SqliteStore:
    """Fulfils `daemon.ports.Store`. Reads of what is wanted come from memory."""

    def __init__(self, home: Path) -> None:
        self._documents = Documents(home / "services")
        self._desired: dict[str, Desired] = {}
        self._database = Database(home / "state.db", _SCHEMA, self._known)
        self._desired = {want.name: want for want in sorted(self._load(), key=lambda want: want.created_at)}

    def close(self) -> None:
        self._database.close()

    def names(self) -> list[str]:
        return list(self._desired)

    def find(self, name: str) -> Desired | None:
        return self._desired.get(name)

    def put(self, desired: Desired) -> None:
        """Raises Unwritable where the document cannot be written; then nothing has changed."""
        before = self._desired.get(desired.name)
        if before is None:
            self._documents.remove(desired.name)
        if before is None or Document.of(before) != Document.of(desired):
            self._documents.write(Document.of(desired))
            self._documents.prune(desired.name, desired.version, KEPT_VERSIONS)
        self._desired[desired.name] = desired
        self._database.write(_remembered(desired))

    def remove(self, name: str) -> None:
        self._documents.remove(name)
        self._desired.pop(name, None)
        self._database.write(*_forgotten(name))

    def versions(self, name: str) -> list[Version]:
        documents = [self._read(name, number) for number in reversed(self._documents.versions(name))]
        return [Version(each.version, each.text, each.built_at or each.updated_at) for each in documents if each]

    def add_event(self, event: Event) -> None:
        row = (event.at, event.service, event.type, event.reason, event.message, event.instance)
        self._database.write(
            ("INSERT INTO events (at, service, type, reason, message, instance) VALUES (?, ?, ?, ?, ?, ?)", row),
            ("DELETE FROM events WHERE at < ?", (event.at - KEPT_SECONDS,)),
            (_TOO_MANY, (event.service, event.service, KEPT_EVENTS)),
        )

    def events(self, service: str, since: float = 0) -> list[Event]:
        rows = self._database.rows(
            "SELECT at, service, type, reason, message, instance FROM events WHERE service = ? AND at >= ? ORDER BY id DESC",
            service,
            since,
        )
        return [Event(at, name, EventType(kind), *texts) for at, name, kind, *texts in rows]

    def _known(self) -> Iterable[Statement]:
        return map(_remembered, self._desired.values())

    def _load(self) -> Iterator[Desired]:
        progress = self._progress()
        names = self._documents.names()
        for name in names:
            got = progress.get(name)
            document = self._in_force(name, got)
            if document and (want := _desired(document, self._documents.versions(name)[-1], got)):
                yield want
        for name in progress.keys() - set(names):
            self._database.write(*_forgotten(name))

    def _progress(self) -> dict[str, _Progress]:
        """By service; without those whose change is of a later release."""
        rows = self._database.rows("SELECT name, version, updated_at, change, settled FROM desired")
        known = set(map(str, Change))
        return {
            name: _Progress(version, updated_at, Change(change), bool(settled))
            for name, version, updated_at, change, settled in rows
            if change in known
        }

    def _in_force(self, name: str, got: _Progress | None) -> Document | None:
        """The version that somebody has asked for last; None where that may be one that cannot be read."""
        documents = {number: self._read(name, number) for number in self._documents.versions(name)}
        lost = [number for number, document in documents.items() if document is None]
        newest = max(filter(None, documents.values()), key=lambda each: (each.updated_at, each.version), default=None)
        suspect = got.version if got else max(lost, default=0)
        return None if suspect in lost and (got or not newest or suspect > newest.version) else newest

    def _read(self, name: str, version: int) -> Document | None:
        try:
            return self._documents.read(name, version)
        except (OSError, ValueError) as error:
            log.warning("service=%s version=%s cannot be read; what runs is left alone: %s", name, version, error)
            return None


def _remembered(want: Desired) -> Statement:
    row = (want.name, want.version, want.updated_at, want.change, want.settled)
    return "INSERT OR REPLACE INTO desired (name, version, updated_at, change, settled) VALUES (?, ?, ?, ?, ?)", row


def _forgotten(name: str) -> tuple[Statement, ...]:
    return ("DELETE FROM desired WHERE name = ?", (name,)), ("DELETE FROM events WHERE service = ?", (name,))


def _desired(document: Document, latest: int, got: _Progress | None) -> Desired | None:
    """None where a text that was accepted once no longer is."""
    known = got if got and (got.version, got.updated_at) == (document.version, document.updated_at) else None
    try:
        service = spec.parse(document.text, lenient=True).service
    except InvalidDocument as error:
        log.warning(
            "service=%s version=%s is no longer valid; what runs is left alone: %s",
            document.name,
            document.version,
            error,
        )
        return None
    return Desired(
        service=replace(service, labels=tuple(document.labels.items()), workspace_id=document.workspace_id),
        text=document.text,
        base=document.base,
        version=document.version,
        token=document.token,
        created_at=document.created_at,
        updated_at=document.updated_at,
        goal=document.goal,
        change=known.change if known else Change.CREATE,
        settled=known is not None and known.settled,
        restarts=document.restarts,
        latest=latest,
        lock=document.lock,
        release=document.release,
        orders=document.orders,
        built_at=document.built_at,
    )
