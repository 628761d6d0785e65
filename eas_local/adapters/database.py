"""The file `state.db`: found whole or begun anew, at the start and in mid use.

Nothing is in it that is not known from elsewhere or can be done without, so it stands in nobody's way: a file that is
broken, or of another release, is moved aside, one that somebody has removed is made again, and what cannot be written now
(no room, read-only, held by another program) is left out, with a line in the log. Used by one thread.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from eas_local.adapters.files import writing
from eas_local.core.errors import EasError, Temporary

log = logging.getLogger(__name__)

_BUSY = 0.2
"""Seconds that somebody else may hold it; nothing else is done meanwhile."""

T = TypeVar("T")
Statement = tuple[str, tuple[Any, ...]]


class Database:
    """`refill`: the statements that bring back what is still known once the file is begun anew."""

    def __init__(self, path: Path, schema: str, refill: Callable[[], Iterable[Statement]]) -> None:
        self._path = path
        self._schema = schema
        self._refill = refill
        self._troubled = False
        self._open()

    def close(self) -> None:
        self._connection.close()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """As the query finds them; none where they cannot be read."""
        return self._tried(lambda connection: connection.execute(query, values).fetchall()) or []

    def write(self, *statements: Statement) -> None:
        """All of them or none."""
        self._tried(partial(_carry_out, statements))

    def _tried(self, act: Callable[[sqlite3.Connection], T]) -> T | None:
        """None where it could not be done."""
        try:
            self._refuse_absence()
            done = act(self._connection)
        except sqlite3.OperationalError as error:
            self._complain(f"{self._path} cannot be used now: {error}")
        except sqlite3.DatabaseError as error:
            self._complain(f"{self._path}: {error}; it is begun anew")
            return self._begin_anew(act)
        else:
            self._troubled = False
            return done
        return None

    def _begin_anew(self, act: Callable[[sqlite3.Connection], T]) -> T | None:
        self.close()
        try:
            self._open()
            _carry_out(self._refill(), self._connection)
            return act(self._connection)
        except (EasError, sqlite3.DatabaseError) as error:
            self._complain(str(error))
        return None

    def _complain(self, sentence: str) -> None:
        """Once, until it can be used again."""
        if not self._troubled:
            log.warning(sentence)
        self._troubled = True

    def _refuse_absence(self) -> None:
        if not self._path.exists() or self._path.stat().st_ino != self._file:
            raise sqlite3.DatabaseError("somebody has removed or replaced it")

    def _open(self) -> None:
        """Raises Unwritable, or Temporary where somebody else holds it."""
        with writing(self._path):
            self._path.touch(mode=0o600)
        try:
            self._connection = self._connected()
        except sqlite3.OperationalError as error:
            raise Temporary(f"{self._path} cannot be opened ({error}); see who else uses it, and try again") from error
        self._file = self._path.stat().st_ino

    def _connected(self) -> sqlite3.Connection:
        try:
            return _connect(self._path, self._schema)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            log.warning("%s: %s; moved aside, services come back from their documents", self._path, error)
            _move_aside(self._path)
        return _connect(self._path, self._schema)


def _carry_out(statements: Iterable[Statement], connection: sqlite3.Connection) -> None:
    with connection:
        for statement, values in statements:
            connection.execute(statement, values)


def _connect(path: Path, schema: str) -> sqlite3.Connection:
    with ExitStack() as stack:
        database = stack.enter_context(closing(sqlite3.connect(path)))
        _refuse_damage(database)
        _refuse_strangeness(database, schema)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(schema)
        database.execute(f"PRAGMA busy_timeout = {_BUSY * 1000:.0f}")
        stack.pop_all()
        return database


def _refuse_damage(database: sqlite3.Connection) -> None:
    (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)


def _refuse_strangeness(database: sqlite3.Connection, schema: str) -> None:
    """A later release may have added columns; a table that lacks one is not ours to use."""
    with closing(sqlite3.connect(":memory:")) as model:
        model.executescript(schema)
        wanted, there = _columns(model), _columns(database)
    lacking = {f"{table}.{column}" for table, column in wanted - there if table in dict(there)}
    if lacking:
        raise sqlite3.DatabaseError(f"it has no {', '.join(sorted(lacking))}, as one of another release")


def _columns(database: sqlite3.Connection) -> set[tuple[str, str]]:
    query = "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'"
    return set(database.execute(query))


def _move_aside(path: Path) -> None:
    with writing(path):
        path.replace(path.with_name(f"{path.name}.broken"))
        for journal in ("-wal", "-shm"):
            path.with_name(path.name + journal).unlink(missing_ok=True)
        path.touch(mode=0o600)
