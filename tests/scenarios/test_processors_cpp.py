"""C and C++ processors from the command line on: the vendor's echo, libraries that cannot start, crashes, stuck workers."""

import shutil
from pathlib import Path
from subprocess import run
from typing import Any

import docker
import pytest

from tests.processors.cpp.hosting import compile_library
from tests.scenarios.calling import call
from tests.scenarios.conftest import Deploy
from tests.scenarios.diagnosing import found
from tests.scenarios.documents import Json
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually
from tests.scenarios.processors import post
from tests.scenarios.test_limits import Line, end

SAMPLE = Path(__file__).parents[2] / "sample_services/cpp_processor"
MOODY = Path(__file__).parents[1] / "processors/cpp/moody.cpp"
LIBRARY = "libmoody.so"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the library that does as it is told."""
    return compile_library(tmp_path_factory.mktemp("package") / LIBRARY, MOODY).parent


@pytest.fixture(scope="module")
def echo(shared: Emulator) -> Service:
    """The sample, as its README deploys it."""
    folder = shutil.copytree(SAMPLE, shared.work / SAMPLE.name)
    run(["make", "-C", folder], check=True, capture_output=True)
    return shared.create(folder / "service.json")


def a_processor(name: str, package: Path, entry: str = LIBRARY, **fields: Any) -> Json:
    metadata = {"name": name, "instance": 1, **fields.pop("metadata", {})}
    processor = {"processor_type": "cpp", "processor_entry": entry, "processor_path": str(package)}
    return {"metadata": metadata, **processor, **fields}


# -- the vendor's shape


def test_the_vendors_echo_answers_who_has_its_token(echo: Service):
    reply = post(echo, b"any \0 bytes", path="/some/path")

    assert (reply.status, reply.body) == (200, b"any \0 bytes")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert call(echo.emulator.port, f"/api/predict/{echo.name}", method="POST", body=b"hello").status == 401


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_vendors_echo_refuses_an_empty_input_in_its_own_words(echo: Service, method: str):
    reply = echo.call(method=method)

    assert (reply.status, reply.text) == (400, "input data should not be empty")


def test_its_log_is_that_of_the_platform_and_it_is_one_of_one(echo: Service):
    last = ["[INFO] Start 5 worker thread", "[INFO] Service start successfully"]
    eventually(lambda: texts(echo)[-2:] == last, within=10, what="the platform's last lines")
    (instance,) = echo.instances()

    assert 'model_entry: /eas/workspace/model, model_config: {"greeting": "hello"}' in texts(echo)
    assert (instance["ReadyProcesses"], instance["TotalProcesses"]) == (1, 1)


def texts(service: Service) -> list[str]:
    """Its log without the times."""
    return [line.partition("] ")[2] or line for line in service.logs()]


def test_the_platforms_own_paths_are_answered(echo: Service):
    ping, properties, unknown = (echo.call(f"/api/builtin/{name}") for name in ("ping", "prop", "term"))

    assert (ping.status, ping.text) == (200, "pong")
    assert properties.json["model.model_config"] == '{"greeting": "hello"}'
    assert unknown.status == 501


def test_ten_megabytes_come_back(echo: Service):
    body = b"x" * (10 * 1024 * 1024)

    assert post(echo, body).body == body


# -- what cannot start


@pytest.mark.parametrize(
    ("name", "config", "told"),
    [
        ("refusing", "state 7", 'initialize of "libmoody.so" failed with state 7'),
        ("throwing", "throw", "threw an exception: the model is missing a layer"),
        ("crashing", "segfault", '"libmoody.so" crashed in initialize: SIGSEGV'),
    ],
)
def test_an_initialize_that_fails_is_told_and_the_next_good_version_runs(
    deploy: Deploy, package: Path, name: str, config: str, told: str
):
    service = deploy(a_processor(name, package, model_config=config))

    seen = found(service, "Error", status="Failed")

    assert told in seen.cause
    good = service.emulator.write(a_processor(name, package, model_config="fine"))
    service.emulator.run("modify", name, "-s", good)
    assert post(service, b"config").body == b"fine"


@pytest.fixture(scope="module")
def unfit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of what cannot be loaded."""
    folder = tmp_path_factory.mktemp("unfit")
    source = folder / "partial.cpp"
    source.write_text('extern "C" void *initialize(const char *, const char *, int *) { return nullptr; }')
    compile_library(folder / "libpartial.so", source)
    return folder


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("libgone.so", "no file libgone.so in the package, which has libpartial.so, partial.cpp"),
        ("partial.cpp", '"partial.cpp" is no shared library'),
        ("libpartial.so", '"libpartial.so" has no function "process"'),
    ],
)
def test_a_library_that_cannot_be_loaded_is_told(deploy: Deploy, unfit: Path, entry: str, told: str):
    seen = found(deploy(a_processor("unfit", unfit, entry)), "Error", status="Failed")

    assert told in seen.cause


# -- while it serves


@pytest.mark.parametrize(
    ("how", "code", "told"),
    [
        (b"segfault", 139, '"libmoody.so" crashed in process: SIGSEGV, it used memory that it does not have'),
        (b"abort", 134, '"libmoody.so" crashed in process: SIGABRT'),
        (b"exit 3", 3, '"libmoody.so" called exit(3) in process'),
    ],
)
def test_a_crash_in_process_is_one_of_the_instance_with_its_reason_and_it_serves_again(
    deploy: Deploy, package: Path, how: bytes, code: int, told: str
):
    service = deploy(a_processor("crashing-later", package))
    service.becomes("Running")

    assert post(service, how).status == 503

    (last,) = eventually(lambda: service.instances()[0]["LastState"], within=20, what="the last state")
    assert last["exitCode"] == code
    eventually(lambda: told in "".join(service.logs("--previous")[-1:]), within=20, what="its last words")
    eventually(lambda: post(service, b"again").body == b"again", within=20, what="an answer of the next run")
    service.becomes("Running")


def test_a_call_that_never_ends_is_408_for_its_caller_and_450_for_others_when_all_workers_are_stuck(
    shared: Emulator, package: Path, engine: docker.DockerClient
):
    rpc = {"worker_threads": 2, "max_queue_size": 1, "keepalive": 3000}
    service = shared.create(a_processor("stuck", package, metadata={"rpc": rpc}))
    line = Line(engine, service.pod)

    assert post(service, b"stay").status == 408
    assert post(service, b"the other worker").status == 200
    assert post(service, b"stay").status == 408

    waiting = service.begin("/", b"1")
    line.becomes(running=2, waiting=1)
    assert post(service, b"2").status == 450
    assert end(waiting) == 408
    shared.run("restart", service.name)
    assert post(service, b"after the restart").status == 200
    service.delete()


def test_as_many_calls_are_computed_at_once_as_the_file_says(shared: Emulator, package: Path):
    service = shared.create(a_processor("three", package, metadata={"rpc": {"worker_threads": 3}}))

    calls = [service.begin("/", b"meet 3") for _ in range(3)]

    assert [end(connection) for connection in calls] == [200] * 3
