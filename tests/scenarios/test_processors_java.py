"""Java processors from the command line on: their package in all its shapes, what reaches them, and how they fail."""

import shutil
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import run
from typing import Any

import docker
import pytest

from tests.processors.java.packages import Java, prepare
from tests.scenarios.calling import Reply
from tests.scenarios.conftest import Deploy
from tests.scenarios.diagnosing import found
from tests.scenarios.documents import Json
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually

SAMPLE = Path(__file__).parents[2] / "sample_services/java_processor"


@pytest.fixture(scope="module")
def java(engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Java:
    return prepare(engine, tmp_path_factory.mktemp("java"))


def a_processor(name: str, package: Path, entry: str = "example.Obedient", **fields: Any) -> Json:
    metadata = {"name": name, "instance": 1, **fields.pop("metadata", {})}
    processor = {"processor_type": "java", "processor_mainclass": entry, "processor_path": str(package)}
    return {"metadata": metadata, **processor, **fields}


def post(service: Service, body: str) -> Reply:
    return service.call(method="POST", body=body.encode())


@pytest.fixture(scope="module")
def archive(shared: Emulator, java: Java) -> Service:
    """A jar in an archive, and all that a file may say of it."""
    with tarfile.open(shared.work / "obedient.tar.gz", "w:gz") as packed:
        packed.add(java.package / "example.jar", "example.jar")
    (shared.folder("trees") / "trees.bin").write_text("a tree")
    return shared.create(
        a_processor(
            "archive",
            Path("obedient.tar.gz"),
            processor_jvm_options="-Xmx64m -Dscenario=here",
            model_path="./trees",
            model_entry="trees.bin",
            model_config={"depth": 2},
        )
    )


def test_bytes_are_answered_and_what_the_file_says_reaches_class_and_jvm(archive: Service):
    echo = post(archive, "any \x00 bytes")

    assert (echo.status, echo.text, echo.headers["content-type"]) == (200, "any \x00 bytes", "text/html; charset=utf-8")
    assert post(archive, "arguments").text == '/eas/workspace/model/trees.bin {"depth": 2} true'
    assert post(archive, "property").text == "here"
    (instance,) = archive.instances()
    assert (instance["ReadyProcesses"], instance["TotalProcesses"]) == (1, 1)


def test_five_calls_are_computed_at_once(archive: Service):
    with ThreadPoolExecutor(5) as callers:
        met = list(callers.map(lambda _: post(archive, "meet").status, range(5)))

    assert met == [200] * 5


def test_an_exception_is_answered_400_with_its_message(archive: Service):
    reply = post(archive, "fail")

    assert (reply.status, reply.text) == (400, "no such flower: 花")
    traced = lambda: any("at example.Obedient.Process" in line for line in archive.logs())  # noqa: E731
    eventually(traced, within=10, what="its stack trace in the log")


def test_a_single_jar_is_a_package_and_text_comes_back_as_text(shared: Emulator, java: Java):
    service = shared.create(a_processor("jar", java.package / "example.jar", "example.Texts"))

    assert post(service, "世界").text == "你好, 世界"


@pytest.mark.parametrize(
    ("name", "entry", "told"),
    [
        ("misnamed", "example.Obedience", '"example.Obedience" is not in the package; write example.Obedient'),
        ("misbuilt", "example.Unfit$WithoutConstructor", "has no constructor (String modelEntry, String modelConfig)"),
    ],
)
def test_a_class_that_cannot_serve_is_told_and_the_next_good_version_runs(
    deploy: Deploy, java: Java, name: str, entry: str, told: str
):
    service = deploy(a_processor(name, java.package, entry))

    seen = found(service, "Error", status="Failed")

    assert told in f"{seen.cause}; {seen.advice}"
    good = service.emulator.write(a_processor(name, java.package))
    service.emulator.run("modify", name, "-s", good)
    assert post(service, "good").text == "good"


def test_a_processor_that_exits_is_started_again_and_its_log_says_where(shared: Emulator, java: Java):
    service = shared.create(a_processor("leaving", java.package))

    assert post(service, "exit").status == 503

    last = eventually(lambda: service.instances()[0]["LastState"], within=10, what="the last state")
    assert last[0]["exitCode"] == 3
    place = "example.Obedient.Process (Obedient.java:"
    eventually(lambda: place in "".join(service.logs("--previous")[-1:]), within=20, what="its last words")
    eventually(lambda: post(service, "here again").status == 200, within=30, what="its next run")


def test_the_sample_names_irises(shared: Emulator, java: Java):
    folder = shutil.copytree(SAMPLE, shared.work / SAMPLE.name, ignore=shutil.ignore_patterns("target"))
    run(["make", "-C", folder, f"IMAGE={java.image}"], check=True, capture_output=True)
    service = shared.create(folder / "service.json")

    good, bad = post(service, "5.1,3.5,1.4,0.2"), post(service, "5.1")

    assert (good.status, good.text) == (200, "山鸢尾\n")
    assert (bad.status, bad.text) == (400, "four numbers, please, such as: 5.1,3.5,1.4,0.2\n")
