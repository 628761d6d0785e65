"""Another release of the package runs on the same home: whoever used it last has its programs, and services notice nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

import eas_local
from tests.scenarios.documents import a_document
from tests.scenarios.emulator import Emulator
from tests.scenarios.engine import Belongings
from tests.scenarios.eventually import eventually
from tests.scenarios.load import nothing_lost

THIS, NEXT = eas_local.__version__, "99.0.0"


@pytest.fixture
def next_release(tmp_path: Path, engine: docker.DockerClient) -> Iterator[Path]:
    """A folder with a release that has one field more to say to its sidecars, which are of an image of their own."""
    package = Path(eas_local.__file__).parent
    shutil.copytree(package, tmp_path / "eas_local", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(package.parent / "compose", tmp_path / "compose")
    edit(tmp_path / "eas_local" / "__init__.py", THIS, NEXT)
    edit(
        tmp_path / "eas_local" / "core" / "wire.py",
        "    protocol: int = PROTOCOL\n",
        '    later: str = "x"\n    protocol: int = PROTOCOL\n',
    )
    before = sandboxes(engine)
    yield tmp_path
    for image in sandboxes(engine) - before:
        engine.images.remove(image)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def sandboxes(engine: docker.DockerClient) -> set[str]:
    return {tag for image in engine.images.list("eas-local/sandbox") for tag in image.tags}


def test_a_newer_release_takes_over_and_the_older_one_after_it(
    next_release: Path, emulator: Emulator, belongings: Belongings
):
    emulator.run("down")
    emulator.run("up", "-d", "--gateway-timeout", "77")
    service = emulator.create(a_document("demo"))
    before = belongings.ids()

    with nothing_lost(service) as load:
        emulator.environ["PYTHONPATH"] = str(next_release)
        assert taken_over(emulator, THIS, NEXT)
        load.goes_on()
        assert service.status == "Running"
        later = emulator.create(a_document("later"))
        del emulator.environ["PYTHONPATH"]
        assert taken_over(emulator, NEXT, THIS)
        load.goes_on()
        assert service.status == "Running"

    assert before < belongings.ids()
    assert later.becomes("Running", within=10)["AccessToken"] == later.token
    assert later.call().status == 200
    told = [line for line in log_of_daemon(emulator) if f"configure {service.pod}" in line]
    assert len(told) <= 3, told
    eventually(lambda: gateways(emulator) == 1, within=10, what="the end of the gateways before")
    assert environ(emulator, "gateway")["EAS_LOCAL_GATEWAY_TIMEOUT"] == "77.0"


def taken_over(emulator: Emulator, one: str, other: str) -> bool:
    """The next command replaces both programs and says so; the one after it has nothing to do."""
    said = emulator.run("ls").err.splitlines()
    assert said == [
        f"[OK] Replacing the {program}: eas-local {one} gives way to {other}, and services go on"
        for program in ("gateway", "daemon")
    ]
    assert emulator.run("ls").err == ""
    return bool(emulator.run("up", "-d", "--output", "json").json["version"] == other)


def log_of_daemon(emulator: Emulator) -> list[str]:
    return (emulator.home / "logs" / "daemon.log").read_text().splitlines()


def environ(emulator: Emulator, program: str) -> dict[str, str]:
    entries = Path(f"/proc/{emulator.pid(program)}/environ").read_text().split("\0")
    return dict(entry.split("=", 1) for entry in entries if entry)


def gateways(emulator: Emulator) -> int:
    return sum("-m eas_local.gateway" in line and "--worker " not in line for line in emulator.processes())
