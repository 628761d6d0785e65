"""What becomes of an emulator whose home is full, read-only, damaged or partly lost: services go on, and so does it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import docker
import pytest

from tests.scenarios.conftest import an_emulator
from tests.scenarios.control import update
from tests.scenarios.disks import a_small_disk, filled, seen_read_only
from tests.scenarios.documents import a_container, a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.engine import Belongings
from tests.scenarios.eventually import eventually

GARBAGE = b"this is nothing that anybody has written on purpose\n" * 400


# -- a home that cannot be written


class Disk:
    """An emulator whose home is a small file system, and who can lose the right to write there."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder

    def is_at(self, folder: Path) -> None:
        fresh = self.emulator.place / "fresh"
        fresh.symlink_to(folder)
        fresh.replace(self.emulator.home)

    @contextmanager
    def full(self, _elsewhere: Path) -> Iterator[str]:
        with filled(self.folder):
            yield "the disk is full"

    @contextmanager
    def read_only(self, elsewhere: Path) -> Iterator[str]:
        with seen_read_only(self.folder, elsewhere) as view:
            self.is_at(view)
            try:
                yield "Read-only file system"
            finally:
                self.is_at(self.folder)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with a_small_disk(tmp_path / "small") as folder, an_emulator() as made:
        made.home.symlink_to(folder)
        yield Disk(made, folder)


@pytest.mark.parametrize("trouble", ["full", "read_only"])
def test_a_home_that_cannot_be_written_costs_no_request_and_no_restart(
    disk: Disk, trouble: str, tmp_path: Path, engine: docker.DockerClient
):
    emulator = disk.emulator
    service = emulator.create(a_document("demo"))
    things = Belongings(engine, emulator.owner)

    with getattr(disk, trouble)(tmp_path / "view") as reason:
        for words in (["create", emulator.write(a_document("second"))], ["stop", "demo"], ["restart", "demo"]):
            said = emulator.run(*words, status=1).err
            assert reason in said, said
            assert len(said.splitlines()) == 1, said
        things.sandbox(service.pod).kill()  # what comes back has another address, which the gateway must learn
        eventually(lambda: restarts(service) > 0 and answers(service), within=20, what="an answer by the next run")
        assert service.status == "Running"
        emulator.kill("daemon")
        assert answers(service)
        if trouble == "read_only":
            said = emulator.run("ls", status=1).err.splitlines()
            assert reason in said[-1]

    assert emulator.names() == ["demo"]
    restart_all(emulator)
    assert answers(service)
    update(service, {"containers": [a_container(env=[{"name": "NEW", "value": "1"}])]})
    eventually(lambda: service.ask("os.environ.get('NEW')") == "1", within=30, what="the update")


def answers(service: Service) -> bool:
    return service.call().status == 200


def restarts(service: Service) -> int:
    return int(service.instances()[0]["RestartCount"])


def restart_all(emulator: Emulator) -> None:
    """Both programs begin from what they have left in the home."""
    for program in ("daemon", "gateway"):
        emulator.kill(program)
    emulator.run("ls")


# -- files that are damaged or lost


@pytest.fixture(scope="module")
def kept(shared: Emulator) -> Service:
    """A service with two versions, of which the first is in force again."""
    service = shared.create(a_document("kept"))
    update(service, {"containers": [a_container(env=[{"name": "NEW", "value": "1"}])]})
    eventually(lambda: service.ask("os.environ.get('NEW')") == "1", within=60, what="the second version")
    eventually(lambda: settled(service), within=30, what="the end of the first")
    shared.run("version", "kept", "1")
    eventually(lambda: service.ask("os.environ.get('NEW')") is None, within=60, what="the first version again")
    eventually(lambda: settled(service), within=30, what="the end of the second")
    return service


def settled(service: Service) -> bool:
    return service.status == "Running" and len(service.instances()) == 1


@pytest.fixture
def things(kept: Service, engine: docker.DockerClient) -> Iterator[Belongings]:
    """What the service has in the engine; the test leaves it as it was, whatever happens to the home."""
    found = Belongings(engine, kept.emulator.owner)
    before = found.ids()
    yield found
    seen = kept.becomes("Running", within=20)
    assert (seen["CurrentVersion"], seen["AccessToken"]) == (1, kept.token)
    assert answers(kept)
    assert found.ids() == before
    assert restarts(kept) == 0


@pytest.fixture
def database(shared: Emulator) -> Path:
    return shared.home / "state.db"


@pytest.mark.usefixtures("things")
@pytest.mark.parametrize("harm", ["garbage", "cut", "empty", "lost", "another release's"])
def test_a_database_damaged_while_nobody_looked_is_made_again(shared: Emulator, database: Path, harm: str):
    shared.kill("daemon")
    damage(database, harm)

    shared.run("ls")


@pytest.mark.usefixtures("things")
@pytest.mark.parametrize("harm", ["garbage", "replaced", "lost"])
def test_a_database_damaged_in_mid_use_is_made_again(shared: Emulator, database: Path, harm: str):
    damage(database, harm)
    shared.submit(a_document("meanwhile")).delete()
    eventually(lambda: shared.names() == ["kept"], within=30, what="the end of the other")

    restart_all(shared)


def damage(database: Path, harm: str) -> None:
    match harm:
        case "garbage":
            database.write_bytes(GARBAGE)
        case "replaced":
            fresh = database.with_name("fresh")
            fresh.write_bytes(GARBAGE)
            fresh.replace(database)
        case "cut":
            database.write_bytes(database.read_bytes()[:3000])
        case "empty":
            database.write_bytes(b"")
        case "lost":
            database.unlink()
        case "another release's":
            with closing(sqlite3.connect(database)) as other:
                other.executescript("DROP TABLE desired; CREATE TABLE desired (what TEXT);")


@pytest.mark.usefixtures("things")
def test_a_database_that_somebody_else_holds_holds_up_nobody(shared: Emulator, database: Path):
    with closing(sqlite3.connect(database)) as other:
        other.execute("BEGIN IMMEDIATE")
        service = shared.create(a_document("meanwhile"))
        service.delete()
        eventually(lambda: shared.names() == ["kept"], within=30, what="the end of the other")


@pytest.mark.usefixtures("things")
def test_a_damaged_version_that_is_not_in_force_takes_nothing_with_it(shared: Emulator):
    shared.kill("daemon")
    second = shared.home / "services" / "kept" / "2.json"
    text = second.read_text()
    second.write_bytes(GARBAGE)
    shared.run("ls")

    second.write_text(text)


@pytest.mark.usefixtures("things")
def test_routes_that_are_damaged_are_told_anew(shared: Emulator, kept: Service):
    for program in ("daemon", "gateway"):
        shared.kill(program)
    (shared.home / "routes.json").write_bytes(GARBAGE)

    shared.run("ls")

    eventually(lambda: answers(kept), within=5, what="an answer")


@pytest.mark.parametrize("content", [None, GARBAGE])
def test_a_home_whose_owner_is_lost_stays_its_owners(shared: Emulator, things: Belongings, content: bytes | None):
    shared.kill("daemon")
    lose(shared.home / "owner", content)

    shared.run("ls")

    assert shared.owner == things.owner


def lose(file: Path, content: bytes | None) -> None:
    file.unlink()
    if content is not None:
        file.write_bytes(content)


def test_with_another_key_the_instances_are_replaced(emulator: Emulator, belongings: Belongings):
    service = emulator.create(a_document("demo"))
    before = belongings.ids()
    emulator.kill("daemon")
    lose(emulator.home / "key", None)

    emulator.run("ls")

    eventually(
        lambda: not belongings.ids() & before and answers(service), within=40, what="instances that know the key"
    )

    service.becomes("Running", within=20)


def test_a_service_whose_only_document_is_damaged_is_shown_and_may_be_made_again(
    emulator: Emulator, belongings: Belongings
):
    service = emulator.create(a_document("demo"))
    before = belongings.ids()
    emulator.kill("daemon")
    (emulator.home / "services" / "demo" / "1.json").write_bytes(GARBAGE)

    assert service.becomes("Orphaned", within=10)
    assert belongings.ids() == before
    assert answers(service)
    again = emulator.create(a_document("demo"))
    assert answers(again)
    eventually(lambda: len(again.instances()) == 1, within=30, what="the end of the old instance")
