"""What somebody gets wrong, and what the machine gets wrong: one clear sentence each, nothing lost, nothing left behind."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.calling import HOST
from tests.scenarios.conftest import an_emulator
from tests.scenarios.documents import a_container, a_document
from tests.scenarios.emulator import Emulator
from tests.scenarios.engine import Belongings
from tests.scenarios.eventually import eventually
from tests.scenarios.second_engine import SecondEngine

NOWHERE = "unix:///nowhere/docker.sock"
NOT_RUNNING = "the Docker engine is not running; start Docker, or set DOCKER_HOST to where it listens"


def complaint(emulator: Emulator, *words: str | Path, within: float = 60) -> str:
    """What a command that fails says about it: all on stderr, the last line is ours."""
    ended = emulator.run(*words, status=1, within=within)
    assert ended.out == "" or words[0] == "create"
    return ended.err


# -- the engine


@pytest.fixture
def lost() -> Iterator[Emulator]:
    """An emulator that looks for its engine where there is none."""
    with an_emulator(DOCKER_HOST=NOWHERE) as made:
        try:
            yield made
        finally:
            made.run("down")
            del made.environ["DOCKER_HOST"]


def test_without_an_engine_the_emulator_starts_and_says_what_is_missing(lost: Emulator):
    assert f"[WARN] {NOT_RUNNING} (tried {NOWHERE})" in lost.run("up", "-d").err
    assert f"[FAIL] engine: {NOT_RUNNING} (tried {NOWHERE})" in lost.run("doctor", status=1).out
    assert lost.names() == []


def test_without_an_engine_a_service_waits_and_says_for_what(lost: Emulator):
    said = complaint(lost, "create", lost.write(a_document("demo")), "--timeout", "2")

    assert f"{NOT_RUNNING} (tried {NOWHERE})" in said
    assert lost.run("desc", "demo", "--output", "json").json["Reason"] == "EngineDown"


def test_an_engine_stopped_in_mid_use_is_named_and_services_come_back_with_it(second_engine: SecondEngine):
    with an_emulator(DOCKER_HOST=second_engine.address) as emulator:
        service = emulator.create(a_document("demo"))

        second_engine.stop()
        try:
            lost = eventually(lambda: _in_the_dark(emulator), within=20, what="the loss in the description")
            assert service.call().status in {502, 503, 504}
        finally:
            second_engine.start()

        assert lost == f"{NOT_RUNNING} (tried {second_engine.address})"
        eventually(lambda: service.call().status == 200, within=40, what="an answer after the engine is back")


def test_an_engine_that_has_lost_its_containers_gets_them_again(second_engine: SecondEngine):
    with an_emulator(DOCKER_HOST=second_engine.address) as emulator:
        service = emulator.create(a_document("demo", instance=2))
        before = service.pods

        second_engine.stop()
        try:
            second_engine.lose_containers()
        finally:
            second_engine.start()

        eventually(lambda: service.call().status == 200, within=60, what="an answer by a new instance")
        assert service.becomes("Running")["RunningInstance"] == 2
        assert not service.pods & before


def _in_the_dark(emulator: Emulator) -> str:
    seen = emulator.run("desc", "demo", "--output", "json").json
    assert seen["Reason"] == "EngineDown", seen
    return str(seen["Message"])


def test_an_image_that_cannot_be_had_is_named_with_the_engines_reason(emulator: Emulator):
    document = a_document("absent", a_container(image="127.0.0.1:9/no/such:1"))

    said = complaint(emulator, "create", emulator.write(document), "--timeout", "5")

    assert "127.0.0.1:9/no/such:1" in said
    assert "connection refused" in said
    assert emulator.run("desc", "absent", "--output", "json").json["Reason"] == "ImagePullBackOff"


# -- the machine


def test_an_address_that_is_taken_is_named(emulator: Emulator):
    with socket.create_server((HOST, emulator.port)):
        said = complaint(emulator, "up", "-d")

    assert f"127.0.0.1:{emulator.port}" in said
    assert "another program does" in said
    assert emulator.processes() == {}


# -- the file


def test_a_file_that_is_not_there_is_named(shared: Emulator):
    assert '"nowhere.json" does not exist' in complaint(shared, "create", "nowhere.json")


def test_a_folder_in_place_of_a_file_is_named(shared: Emulator):
    assert f'"{shared.work}" is a folder' in complaint(shared, "create", shared.work)


def test_a_file_that_may_not_be_read_is_named(shared: Emulator):
    file = shared.work / "loop.json"
    file.symlink_to(file)  # root may read everything but this

    assert f'"{file}" cannot be read' in complaint(shared, "create", file)


def test_a_file_of_50_mb_is_refused_before_it_is_read(shared: Emulator):
    file = shared.write("[" + " " * 50_000_000 + "]", "large.json")

    assert "50,000,002 bytes" in complaint(shared, "create", file, within=5)


def test_an_address_that_leads_out_of_its_bucket_is_refused(shared: Emulator):
    storage = [{"mount_path": "/m", "oss": {"path": "oss://b/../../.."}}]

    said = complaint(shared, "create", shared.write(a_document("sly", storage=storage)))

    assert "storage[1].oss.path" in said
    assert "leads out of the bucket" in said


def test_a_link_out_of_a_mounted_folder_is_refused(shared: Emulator):
    folder = shared.mount("oss://linked/", shared.folder("linked"))
    (folder / "out").symlink_to("/etc")
    storage = [{"mount_path": "/m", "oss": {"path": "oss://linked/out/"}}]

    said = complaint(shared, "create", shared.write(a_document("linked", storage=storage)))

    assert f'storage at /m: "{folder}/out" leads out of its root "{folder}"' in said


# -- the service


def test_a_name_in_use_is_refused_and_the_service_goes_on(shared: Emulator):
    service = shared.create(a_document("taken"))

    said = complaint(shared, "create", shared.write(a_document("taken")))

    assert '"taken"' in said
    assert "exists" in said
    assert service.call().status == 200


@pytest.mark.parametrize("command", ["desc", "w", "logs", "stop", "start", "restart", "delete"])
def test_an_unknown_service_is_named_by_every_command(shared: Emulator, command: str):
    options = ["--yes"] if command == "delete" else []

    assert '"nobody"' in complaint(shared, command, "nobody", *options)


def test_an_interrupted_create_leaves_the_service_and_says_so(emulator: Emulator):
    emulator.run("up", "-d")
    file = emulator.write(a_document("demo", a_container(command="sleep 600")))

    with emulator.begin("create", file) as creating:
        eventually(lambda: emulator.names() == ["demo"], within=10, what="the service")
        creating.send_signal(signal.SIGINT)
        _, said = creating.communicate(timeout=10)

    assert creating.returncode == 130
    assert "eas-local desc demo" in said
    assert "Traceback" not in said


def test_delete_ends_a_service_whose_image_is_still_awaited(emulator: Emulator, belongings: Belongings):
    endless = "192.0.2.1:5000/no/such:1"  # an address kept free for examples: nobody ever answers there
    service = emulator.submit(a_document("slow", a_container(image=endless)))

    service.delete()

    assert emulator.names() == []
    assert belongings.containers() == []
