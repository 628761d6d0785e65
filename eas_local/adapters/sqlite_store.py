"""What is wanted and what happened, kept over restarts of the daemon.

The documents say which services exist and what is wanted of them; the database `state.db` adds which version is in force,
how far the last change got, and the events. No value is kept twice, so the two cannot disagree: a lost or broken database
is moved aside and begun anew, and the services come back from their documents. Used by one thread.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

from eas_local.adapters.documents import Document, Documents, writing
from eas_local.core import spec
from eas_local.core.desired import Change, Desired
from eas_local.core.errors import DiskFull, InvalidDocument, Temporary
from eas_local.core.status import Event, EventType
from eas_local.core.versions import Version

log = logging.getLogger(__name__)

KEPT_SECONDS = 7 * 24 * 3600  # Parity: DescribeServiceEvent's default range is the last 7 days (wire-contract 3.8).
KEPT_EVENTS = 10_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS desired (name TEXT PRIMARY KEY, version INTEGER, change TEXT, settled INTEGER);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, at REAL, service TEXT, type TEXT, reason TEXT, message TEXT, instance TEXT
);
CREATE INDEX IF NOT EXISTS events_of_service ON events (service, id);
CREATE INDEX IF NOT EXISTS events_by_time ON events (at);
"""


class SqliteStore:
    """Fulfils `daemon.ports.Store`. Reads of what is wanted come from memory."""

    def __init__(self, home: Path) -> None:
        self._path = home / "state.db"
        self._documents = Documents(home / "services")
        self._database = _open(self._path)
        self._desired = {want.name: want for want in sorted(self._load(), key=lambda want: want.created_at)}

    def close(self) -> None:
        self._database.close()

    def names(self) -> list[str]:
        return list(self._desired)

    def find(self, name: str) -> Desired | None:
        return self._desired.get(name)

    def put(self, desired: Desired) -> None:
        """The document first: a cut between the two leaves the version that was in force."""
        before = self._desired.get(desired.name)
        if before is None:
            self._documents.remove(desired.name)
        if before is None or Document.of(before) != Document.of(desired):
            self._documents.write(Document.of(desired))
        row = (desired.name, desired.version, desired.change, desired.settled)
        with self._writing() as database:
            database.execute("INSERT OR REPLACE INTO desired VALUES (?, ?, ?, ?)", row)
        self._desired[desired.name] = desired

    def remove(self, name: str) -> None:
        self._documents.remove(name)
        self._forget(name)
        self._desired.pop(name, None)

    def versions(self, name: str) -> list[Version]:
        documents = [self._read(name, number) for number in reversed(self._documents.versions(name))]
        return [Version(document.version, document.text, document.updated_at) for document in documents if document]

    def add_event(self, event: Event) -> None:
        row = (event.at, event.service, event.type, event.reason, event.message, event.instance)
        with self._writing() as database:
            added = database.execute(
                "INSERT INTO events (at, service, type, reason, message, instance) VALUES (?, ?, ?, ?, ?, ?)", row
            ).lastrowid
            database.execute("DELETE FROM events WHERE at < ?", (event.at - KEPT_SECONDS,))
            database.execute("DELETE FROM events WHERE id <= ?", ((added or 0) - KEPT_EVENTS,))

    def events(self, service: str, since: float = 0) -> list[Event]:
        rows = self._database.execute(
            "SELECT at, service, type, reason, message, instance FROM events WHERE service = ? AND at >= ? ORDER BY id DESC",
            (service, since),
        )
        return [Event(at, name, EventType(kind), *texts) for at, name, kind, *texts in rows]

    def _load(self) -> Iterator[Desired]:
        rows = {name: rest for name, *rest in self._database.execute("SELECT * FROM desired")}
        names = self._documents.names()
        for name in names:
            version, change, settled = rows.get(name) or (self._in_force(name), Change.CREATE, False)
            document = self._read(name, version)
            latest = self._documents.versions(name)[-1]
            if document and (want := _desired(document, latest, Change(change), bool(settled))):
                yield want
        for name in rows.keys() - set(names):
            self._forget(name)

    def _in_force(self, name: str) -> int:
        """The version that somebody has asked for last."""
        numbers = self._documents.versions(name)
        documents = [document for number in numbers if (document := self._read(name, number))]
        return max(documents, key=lambda document: document.updated_at).version if documents else numbers[-1]

    def _read(self, name: str, version: int) -> Document | None:
        try:
            return self._documents.read(name, version)
        except (OSError, ValueError) as error:
            log.warning("service=%s version=%s cannot be read; what runs is left alone: %s", name, version, error)
            return None

    def _forget(self, name: str) -> None:
        with self._writing() as database:
            database.execute("DELETE FROM desired WHERE name = ?", (name,))
            database.execute("DELETE FROM events WHERE service = ?", (name,))

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; its failure in our words."""
        try:
            with self._database:
                yield self._database
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise DiskFull(f"{self._path}: no space left on the disk; free some and try again") from error
            raise Temporary(f"{self._path} cannot be written ({error}); see who else uses it, and try again") from error


def _desired(document: Document, latest: int, change: Change, settled: bool) -> Desired | None:
    """None where a text that was accepted once no longer is."""
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
        change=change,
        settled=settled,
        restarts=document.restarts,
        latest=latest,
        lock=document.lock,
        release=document.release,
        orders=document.orders,
    )


def _open(path: Path) -> sqlite3.Connection:
    """The database, or where it is broken a new one in its place."""
    with writing(path):
        path.touch(mode=0o600)
    try:
        return _connect(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise Temporary(f"{path} cannot be opened ({error}); see who else uses it, and try again") from error
        log.warning("%s is broken (%s): moved aside; services come back from their documents", path, error)
        _move_aside(path)
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    with ExitStack() as stack:
        database = stack.enter_context(closing(sqlite3.connect(path)))
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(_SCHEMA)
        _refuse_damage(database)
        stack.pop_all()
        return database


def _refuse_damage(database: sqlite3.Connection) -> None:
    (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)


def _move_aside(path: Path) -> None:
    with writing(path):
        path.replace(path.with_name("state.db.broken"))
        for journal in ("-wal", "-shm"):
            path.with_name(path.name + journal).unlink(missing_ok=True)
        path.touch(mode=0o600)
