"""What is remembered where, what survives its loss, and what is kept secret."""

import json
import shutil
import signal
import stat
from pathlib import Path

from tests.scenarios.documents import a_document
from tests.scenarios.emulator import Emulator
from tests.scenarios.engine import Belongings
from tests.scenarios.eventually import eventually

TOKEN = "a-token-like-no-other-text"


def test_a_document_is_kept_as_it_was_submitted_and_for_its_owner_alone(emulator: Emulator):
    file = emulator.write(json.dumps(a_document("demo"), indent=7))
    service = emulator.create(file)

    assert service.describe()["ServiceConfig"] == file.read_text()
    (kept,) = (emulator.home / "services" / "demo").glob("*.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_lost_database_is_made_again_from_the_documents(emulator: Emulator, belongings: Belongings):
    service = emulator.create(a_document("demo"))
    before = belongings.ids()
    emulator.kill("daemon")
    for file in databases(emulator.home):
        file.unlink()

    assert service.becomes("Running", within=10)["AccessToken"] == service.token
    assert service.call().status == 200
    assert belongings.ids() == before


def test_an_instance_whose_document_is_lost_is_shown_and_kept(emulator: Emulator, belongings: Belongings):
    service = emulator.create(a_document("demo"))
    before = belongings.ids()
    emulator.kill("daemon")
    for file in databases(emulator.home):
        file.unlink()
    shutil.rmtree(emulator.home / "services")

    assert eventually(lambda: service.status == "Orphaned", within=10, what="the orphan in the list")
    assert belongings.ids() == before


def databases(home: Path) -> list[Path]:
    found = [path for path in home.iterdir() if ".sqlite" in path.name or ".db" in path.name]
    assert found, sorted(home.iterdir())
    return found


def test_a_token_is_in_no_label_environment_or_log(emulator: Emulator, belongings: Belongings):
    service = emulator.create(a_document("demo", token=TOKEN))
    service.call(f"/x?token={TOKEN}")
    service.call(headers={"Authorization": f"Bearer {TOKEN}"})

    told = [json.dumps(container.attrs) + container.logs().decode() for container in belongings.containers()]
    told += [file.read_text() for file in (emulator.home / "logs").iterdir()]

    assert [text for text in told if TOKEN in text] == []
    assert [path for path in emulator.home.rglob("*") if not path.is_dir() and path.stat().st_mode & 0o077] == []


def test_up_in_a_terminal_shows_what_happens_and_ends_everything_when_interrupted(
    emulator: Emulator, belongings: Belongings
):
    emulator.run("down")
    with emulator.begin("up") as staying:
        eventually(lambda: len(emulator.processes()) == 3, within=10, what="the emulator")
        emulator.create(a_document("demo"))
        staying.send_signal(signal.SIGINT)
        _, said = staying.communicate(timeout=60)

    assert staying.returncode == 0
    assert f"Serving at: [http://127.0.0.1:{emulator.port}]" in said
    assert "service=demo create instance 0" in said
    assert belongings.containers() == []
    eventually(lambda: not emulator.processes(), within=5, what="the end of all programs")
