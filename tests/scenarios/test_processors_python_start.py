"""What a Python processor is started with: its Python, its packages, its model, a recorded request; and when it is ready."""

from collections.abc import Iterator

import docker
import pytest

from tests.scenarios.conftest import Deploy
from tests.scenarios.diagnosing import found
from tests.scenarios.documents import a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.engine import build_image
from tests.scenarios.eventually import eventually
from tests.scenarios.processors import EVALUATING, RUN, a_processor, post, put

# -- ready when initialize has returned

WAITING = EVALUATING.replace(
    'MEMORY.append("initialized")', 'while not os.path.exists("/mnt/gate/open"): time.sleep(0.05)'
)


def test_it_is_ready_when_initialize_has_returned_and_not_before(shared: Emulator, deploy: Deploy):
    gate = shared.mount("oss://gate/", shared.folder("gate"))
    storage = [{"mount_path": "/mnt/gate", "oss": {"path": "oss://gate/", "readOnly": True}}]
    service = deploy(a_processor(shared, "waiting", WAITING + RUN, storage=storage))

    waits = lambda: "initialize has not returned yet" in shared.run("diagnose", service.name).out  # noqa: E731
    eventually(waits, within=30, what="the wait for initialize")
    assert _ready(service) == "[0/1]"
    assert post(service, b"1").status == 503

    (gate / "open").touch()

    service.becomes("Running", within=10)
    assert _ready(service) == "[1/1]"
    assert service.ask("1") == 1


def _ready(service: Service) -> str:
    """As `eas-local w` shows it."""
    table = service.emulator.run("w", service.name).out
    return next(word for word in table.split() if word.startswith("["))


def test_its_log_has_the_lines_of_the_reference(shared: Emulator):
    service = shared.create(a_processor(shared, "logged", EVALUATING + "\nMyProcessor(worker_threads=3).run()\n"))

    said = service.logs()

    expected = [
        "Processor api version: v2",
        "rpc binds to predefined port 8080",
        "Start 3 worker thread",
        "Service start successfully",
    ]
    found_at = [next(n for n, line in enumerate(said) if line.endswith(text)) for text in expected]
    assert found_at == sorted(found_at)
    assert "[INFO]" in said[found_at[0]]


def test_prints_of_the_code_are_in_the_log_at_once(shared: Emulator):
    service = shared.create(a_processor(shared, "printing"))

    service.ask("print('computing')")

    eventually(lambda: "computing" in service.logs(), within=5, what="what the code has printed")


# -- a recorded request


def test_a_recorded_request_is_replayed_before_it_is_ready(shared: Emulator):
    (shared.work / "warm_up.bin").write_bytes(b"MEMORY.append('warm')")

    service = shared.create(a_processor(shared, "warmed", warm_up_data_path="./warm_up.bin"))

    assert service.ask("MEMORY") == ["initialized", *["warm"] * 5]


def test_a_recorded_request_that_fails_keeps_the_service_waiting_and_says_why(shared: Emulator, deploy: Deploy):
    (shared.work / "cold.bin").write_bytes(b"1 / 0")
    service = deploy(a_processor(shared, "cold", warm_up_data_path="./cold.bin"))

    seen = found(service, "Unhealthy", status="Waiting")

    assert "division by zero" in seen.cause


# -- its Python and its packages


def test_requirements_beside_app_py_are_installed(shared: Emulator):
    document = a_processor(shared, "required")
    put(shared, "required", "requirements.txt", "itsdangerous==2.2.0\n")

    service = shared.create(document, within=150)

    assert service.ask("__import__('importlib.metadata').metadata.version('itsdangerous')") == "2.2.0"


def test_requirements_that_cannot_be_had_are_told(shared: Emulator, deploy: Deploy):
    document = a_processor(shared, "wishing")
    put(shared, "wishing", "requirements.txt", "no-such-package-anywhere==1\n")

    seen = found(deploy(document), "RequirementsFailed", within=120)

    assert "no-such-package-anywhere" in seen.cause


@pytest.fixture(scope="module")
def data_image(shared: Emulator, engine: docker.DockerClient) -> Iterator[str]:
    base = engine.containers.get(f"{shared.create(a_document('base')).pod}.worker0.0").image
    tag = "scenarios/data:1"
    build_image(engine, tag, [f"FROM {base.id}", 'ENV GREETING="from the image"', 'ENTRYPOINT ["/bin/false"]'])
    yield tag
    engine.images.remove(tag, force=True)


def test_data_image_supplies_the_environment(shared: Emulator, data_image: str):
    service = shared.create(a_processor(shared, "imaged", data_image=data_image))

    assert service.ask("os.environ['GREETING']") == "from the image"


# -- built-in handlers


def test_built_in_handlers_answer_beside_process(shared: Emulator):
    service = shared.create(a_processor(shared, "built_in", model_config="text of the model's"))

    assert (service.call("/api/builtin/ping").status, service.call("/api/builtin/ping").body) == (200, b"pong")
    properties = service.call("/api/builtin/prop").json
    assert properties["model.model_config"] == "text of the model's"
    assert properties["rpc.worker_threads"] == "5"
    before = service.call("/api/builtin/monitor").json
    service.ask("1")
    assert service.call("/api/builtin/monitor").json["requests"] == before["requests"] + 1
    refused = service.call("/api/builtin/term")
    assert (refused.status, b"not public" in refused.body) == (501, True)
    assert service.ask("1") == 1
