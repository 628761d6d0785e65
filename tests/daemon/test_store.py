"""The store's contract, over the fake and the real one; then what only the real one can do: survive."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from eas_local.adapters.sqlite_store import KEPT_EVENTS, KEPT_SECONDS, KEPT_VERSIONS, SqliteStore
from eas_local.core import spec
from eas_local.core.desired import Change, Desired, Goal, Lock
from eas_local.core.errors import InvalidDocument, Temporary, Unwritable
from eas_local.core.orders import Fate, Orders, SoftRestart
from eas_local.core.release import Release
from eas_local.core.status import Event, EventType
from eas_local.core.versions import Version
from tests.builders import a_service
from tests.daemon.fake_store import FakeStore


def a_text(name: str = "demo", image: str = "img") -> str:
    return json.dumps({"metadata": {"name": name}, "containers": [{"image": image, "port": 8000}]}, indent=2)


def a_stored(name: str = "demo", **changes: object) -> Desired:
    text = a_text(name)
    want = Desired(spec.parse(text).service, text, "/base", 1, "token", created_at=100, updated_at=100)
    return replace(want, **changes)


def an_event(at: float = 100, service: str = "demo", reason: str = "Creating") -> Event:
    return Event(at, service, EventType.NORMAL, reason, "Service is created")


@contextmanager
def opened(home: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(home)) as store:
        yield store


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Another program writes to the database and does not end."""
    with closing(sqlite3.connect(home / "state.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def full(store: SqliteStore) -> Iterator[None]:
    """The database has no room."""
    store._database.rows("PRAGMA max_page_count = 1")
    yield
    store._database.rows("PRAGMA max_page_count = 100000")


def changed(home: Path, script: str) -> None:
    """Another release has been at the database."""
    with closing(sqlite3.connect(home / "state.db")) as other:
        other.executescript(script)


@pytest.fixture(params=["fake", "real"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FakeStore | SqliteStore]:
    if request.param == "fake":
        yield FakeStore()
    else:
        with opened(tmp_path) as real:
            yield real


def test_an_empty_store_knows_nobody(store):
    assert (store.names(), store.find("demo"), store.versions("demo"), store.events("demo")) == ([], None, [], [])


def test_what_was_put_is_found_and_the_latest_counts(store):
    store.put(a_stored())
    store.put(a_stored(goal=Goal.STOP, settled=True, restarts=2))

    assert store.find("demo") == a_stored(goal=Goal.STOP, settled=True, restarts=2)


def test_names_come_in_the_order_of_creation(store):
    store.put(a_stored("zebra", created_at=1))
    store.put(a_stored("ant", created_at=2))
    store.put(a_stored("zebra", created_at=1, settled=True))

    assert store.names() == ["zebra", "ant"]


def test_every_version_stays_with_its_latest_text(store):
    store.put(a_stored())
    store.put(a_stored(version=2, text=a_text(image="two"), updated_at=200))
    store.put(a_stored(version=2, text=a_text(image="three"), updated_at=300))

    assert store.versions("demo") == [Version(2, a_text(image="three"), 300), Version(1, a_text(), 100)]


def test_a_version_was_made_when_it_was_made_whatever_was_asked_since(store):
    store.put(a_stored(built_at=50))
    store.put(a_stored(built_at=50, updated_at=300, restarts=1))

    assert store.versions("demo") == [Version(1, a_text(), 50)]


def test_a_removed_service_is_forgotten_with_documents_and_events(store):
    store.put(a_stored())
    store.put(a_stored("other", created_at=101))
    store.add_event(an_event())
    store.add_event(an_event(service="other"))

    store.remove("demo")
    store.remove("demo")

    assert (store.names(), store.find("demo"), store.versions("demo"), store.events("demo")) == (
        ["other"],
        None,
        [],
        [],
    )
    assert store.events("other") == [an_event(service="other")]


def test_a_name_used_again_starts_without_the_versions_of_before(store):
    store.put(a_stored())
    store.put(a_stored(version=2))
    store.remove("demo")
    store.put(a_stored())

    assert [version.number for version in store.versions("demo")] == [1]


def test_events_come_newest_first_and_from_a_time_on(store):
    for at in (100, 200, 300):
        store.add_event(an_event(at))

    assert [event.at for event in store.events("demo")] == [300, 200, 100]
    assert [event.at for event in store.events("demo", since=200)] == [300, 200]


def test_everything_survives_a_restart(tmp_path):
    service = replace(a_stored().service, labels=(("team", "a"),), workspace_id="7")
    want = a_stored(service=service, goal=Goal.STOP, change=Change.UPDATE, settled=True, restarts=3, token="")
    with opened(tmp_path) as store:
        store.put(want)
        store.add_event(an_event())
    with opened(tmp_path) as store:
        assert store.names() == ["demo"]
        assert store.find("demo") == want
        assert store.find("demo").fingerprint == want.fingerprint
        assert store.events("demo") == [an_event()]


def test_the_document_is_kept_exactly_as_submitted_and_for_its_owner_alone(tmp_path):
    with opened(tmp_path) as store:
        store.put(a_stored())
    file = tmp_path / "services" / "demo" / "1.json"

    kept = json.loads(file.read_text())

    assert (kept["text"], kept["base"], kept["token"]) == (a_text(), "/base", "token")
    assert [path.stat().st_mode & 0o777 for path in (file, file.parent, tmp_path / "state.db")] == [0o600, 0o700, 0o600]
    assert [path.name for path in file.parent.iterdir()] == ["1.json"]


@pytest.mark.parametrize("harm", ["lost", "overwritten", "cut"])
def test_services_come_back_as_wanted_when_the_database_is_lost_or_broken(tmp_path, harm):
    with opened(tmp_path) as store:
        store.put(a_stored(settled=True))
        store.put(a_stored("other", goal=Goal.STOP, created_at=101, version=2, latest=2, restarts=1))
    database = tmp_path / "state.db"
    if harm == "lost":
        database.unlink()
    elif harm == "overwritten":
        database.write_bytes(b"this is no database at all, whatever its name may say" * 100)
    else:
        database.write_bytes(database.read_bytes()[:5000])

    with opened(tmp_path) as store:
        assert store.names() == ["demo", "other"]
        assert store.find("demo") == a_stored(settled=False)
        assert store.find("other") == a_stored("other", goal=Goal.STOP, created_at=101, version=2, latest=2, restarts=1)
        store.put(a_stored(settled=True))
    with opened(tmp_path) as store:
        assert store.find("demo").settled
    assert (tmp_path / "state.db.broken").exists() is (harm != "lost")


def test_the_version_asked_for_last_is_in_force_when_the_database_is_lost(tmp_path):
    with opened(tmp_path) as store:
        store.put(a_stored(version=1, updated_at=100))
        store.put(a_stored(version=2, latest=2, updated_at=200))
        store.put(a_stored(version=1, latest=2, updated_at=300))
    (tmp_path / "state.db").unlink()

    with opened(tmp_path) as store:
        assert (store.find("demo").version, store.find("demo").latest) == (1, 2)


def test_orders_lock_and_release_are_kept(tmp_path):
    orders = Orders((("demo-0", Fate.ISOLATED),), (SoftRestart("demo-0", "worker0", 1),))
    want = a_stored(lock=Lock.ALL, release=Release("old", "token", 20), orders=orders)
    with opened(tmp_path) as store:
        store.put(want)

    with opened(tmp_path) as store:
        assert store.find("demo") == want


def test_a_wish_is_kept_by_its_document_whatever_becomes_of_the_database(tmp_path):
    with opened(tmp_path) as store:
        store.put(a_stored(settled=True))
        with held(tmp_path):
            store.put(a_stored(version=2, latest=2, updated_at=200, change=Change.UPDATE))
        assert store.find("demo").version == 2
    with opened(tmp_path) as store:
        assert store.find("demo") == a_stored(version=2, latest=2, updated_at=200)


def test_a_removal_that_was_cut_off_is_finished_later(tmp_path):
    with opened(tmp_path) as store:
        store.put(a_stored())
        store.add_event(an_event())
    (tmp_path / "services" / "demo").rename(tmp_path / "services" / ".demo")

    with opened(tmp_path) as store:
        assert (store.names(), store.events("demo")) == ([], [])
    assert list((tmp_path / "services").iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": "demo"}', '{"text": "{}"}'])
def test_a_document_that_cannot_be_read_is_left_alone_and_told(tmp_path, caplog, content):
    with opened(tmp_path) as store:
        store.put(a_stored())
        store.put(a_stored("other", created_at=101))
    file = tmp_path / "services" / "demo" / "1.json"
    file.write_text(content)

    with caplog.at_level(logging.WARNING), opened(tmp_path) as store:
        assert store.names() == ["other"]
    assert "service=demo version=1 " in caplog.text
    assert file.read_text() == content


def test_a_document_of_a_later_release_is_read_for_what_is_known_of_it(tmp_path):
    want = a_stored(release=Release("old", "token", 20), orders=Orders((), (SoftRestart("demo-0", "worker0", 1),)))
    with opened(tmp_path) as store:
        store.put(want)
    file = tmp_path / "services" / "demo" / "1.json"
    kept = json.loads(file.read_text())
    kept["later"] = kept["release"]["later"] = kept["orders"]["soft_restarts"][0]["later"] = 1
    file.write_text(json.dumps(kept))

    with opened(tmp_path) as store:
        assert store.find("demo") == want


def test_a_text_with_comments_is_read_again(tmp_path):
    text = a_text().replace("{", "{ // why not", 1)
    with opened(tmp_path) as store:
        store.put(a_stored(text=text))
    with opened(tmp_path) as store:
        assert store.find("demo") == a_stored(text=text)


@pytest.mark.parametrize("name", ["../out", "..", ".", "a/b", "/etc", ".hidden", "", "a\0b"])
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    home = tmp_path / "home"
    with opened(home) as store:
        with pytest.raises(InvalidDocument, match=r"metadata\.name"):
            store.put(a_stored(service=a_service(name)))
        with pytest.raises(InvalidDocument):
            store.remove(name)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert list((home / "services").iterdir()) == []


def test_old_events_are_forgotten(tmp_path):
    with opened(tmp_path) as store:
        store.add_event(an_event(at=100))
        store.add_event(an_event(at=101 + KEPT_SECONDS))
        assert [event.at for event in store.events("demo")] == [101 + KEPT_SECONDS]


def test_of_each_service_the_latest_events_are_kept_whatever_happens_to_another(tmp_path):
    with opened(tmp_path) as store:
        store.add_event(an_event(service="calm"))
        for at in range(KEPT_EVENTS + 1):
            store.add_event(an_event(at))
        assert [event.at for event in store.events("demo")] == [*range(KEPT_EVENTS, 0, -1)]
        assert len(store.events("calm")) == 1


def test_too_many_versions_are_forgotten_but_never_the_one_in_force(tmp_path):
    with opened(tmp_path) as store:
        for number in range(1, KEPT_VERSIONS + 11):
            store.put(a_stored(version=number, updated_at=100 + number))
        store.put(a_stored(version=20, latest=KEPT_VERSIONS + 10, updated_at=900))
        store.put(a_stored(version=KEPT_VERSIONS + 11, latest=KEPT_VERSIONS + 11, updated_at=901))
        kept = [version.number for version in store.versions("demo")]

        assert (kept[0], kept[-1], len(kept)) == (KEPT_VERSIONS + 11, 12, KEPT_VERSIONS)
        for number in range(200, 200 + KEPT_VERSIONS):
            store.put(a_stored(version=20, latest=number, updated_at=1000 + number))
        assert 20 in [version.number for version in store.versions("demo")]


@pytest.mark.parametrize("trouble", ["full", "held"])
def test_a_database_that_cannot_be_written_costs_its_events_and_nothing_else(tmp_path, caplog, trouble):
    with opened(tmp_path) as store:
        store.put(a_stored())
        with full(store) if trouble == "full" else held(tmp_path), caplog.at_level(logging.WARNING):
            for _ in range(2):
                store.add_event(replace(an_event(), message="x" * 100_000))
            store.put(a_stored(settled=True))
        store.add_event(an_event())
        assert [event.message for event in store.events("demo")] == ["Service is created"]
        assert store.find("demo").settled
    assert len(caplog.messages) == 1
    assert "state.db cannot be used now" in caplog.text


@pytest.mark.parametrize("harm", ["removed", "replaced", "moved away with its folder"])
def test_a_database_that_is_lost_in_mid_use_is_begun_anew_with_what_is_known(tmp_path, harm):
    home = tmp_path / "home"
    with opened(home) as store:
        store.put(a_stored(settled=True))
        if harm == "removed":
            (home / "state.db").unlink()
        elif harm == "replaced":
            (home / "else").write_bytes(b"no database " * 1000)
            (home / "else").replace(home / "state.db")
        else:
            home.rename(tmp_path / "away")
            store.add_event(an_event())  # there is no place for it
            (tmp_path / "away").rename(home)
            (home / "state.db").unlink()
        store.add_event(an_event(at=101))
        assert [event.at for event in store.events("demo")] == [101]
    with opened(home) as store:
        assert store.find("demo").settled
        assert [event.at for event in store.events("demo")] == [101]


@pytest.mark.parametrize(
    "statement",
    ["ALTER TABLE desired DROP COLUMN updated_at", "DROP TABLE events; CREATE TABLE events (id INTEGER, what TEXT)"],
)
def test_a_database_of_another_release_is_moved_aside(tmp_path, statement):
    with opened(tmp_path) as store:
        store.put(a_stored(settled=True))
    changed(tmp_path, statement)

    with opened(tmp_path) as store:
        assert store.find("demo") == a_stored(settled=False)
        store.add_event(an_event())
        assert store.events("demo") == [an_event()]
    assert (tmp_path / "state.db.broken").exists()


@pytest.mark.parametrize(
    "statement",
    ["ALTER TABLE events ADD COLUMN more TEXT", "ALTER TABLE desired ADD COLUMN more TEXT", "CREATE TABLE more (x)"],
)
def test_what_a_later_release_has_added_to_the_database_is_left_alone(tmp_path, statement):
    with opened(tmp_path) as store:
        store.put(a_stored(settled=True))
        store.add_event(an_event())
    changed(tmp_path, statement)

    with opened(tmp_path) as store:
        store.put(a_stored("other", created_at=101))
        assert store.find("demo").settled
        assert store.events("demo") == [an_event()]
    assert not (tmp_path / "state.db.broken").exists()


def test_a_change_that_only_a_later_release_knows_is_begun_anew(tmp_path):
    with opened(tmp_path) as store:
        store.put(a_stored(settled=True))
    changed(tmp_path, "UPDATE desired SET change = 'teleport'")

    with opened(tmp_path) as store:
        assert store.find("demo") == a_stored(settled=False)


def test_a_database_somebody_holds_keeps_the_daemon_from_starting_and_is_named(tmp_path):
    with opened(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / "state.db")) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Temporary, match="see who else uses it"), opened(tmp_path):
            pass


@pytest.mark.parametrize(("lost", "database", "in_force"), [
    (1, "there", 2), (1, "lost", 2), (2, "there", None), (2, "lost", None),
])  # fmt: skip
def test_where_the_version_in_force_may_be_the_one_that_is_lost_what_runs_is_left_alone(
    tmp_path, lost, database, in_force
):
    with opened(tmp_path) as store:
        store.put(a_stored())
        store.put(a_stored(version=2, latest=2, updated_at=200))
    (tmp_path / "services" / "demo" / f"{lost}.json").write_text("{")
    if database == "lost":
        (tmp_path / "state.db").unlink()

    with opened(tmp_path) as store:
        found = store.find("demo")
        assert (found and found.version) == in_force


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "services").write_text("a file where the folder should be")

    with pytest.raises(Unwritable, match="cannot write"):
        SqliteStore(tmp_path)
