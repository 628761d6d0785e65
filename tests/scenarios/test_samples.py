"""Every sample service, as it lies in the repository, deployed and called as its README says."""

import json
import shutil
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.scenarios.calling import HOST, PATIENCE
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually

SAMPLES = Path(__file__).parents[2] / "sample_services"
REQUIREMENTS_WITHIN = 240.0
JSON = {"Content-Type": "application/json"}


def deployed(emulator: Emulator, name: str) -> Service:
    """A copy, so that what a service writes does not come back into the repository."""
    folder = shutil.copytree(SAMPLES / name, emulator.work / name)
    return emulator.create(folder / "service.json", within=REQUIREMENTS_WITHIN)


@pytest.mark.timeout(300)
def test_flask_health_predicts_and_is_watched_over(shared: Emulator):
    service = deployed(shared, "flask_health")

    assert service.call(method="POST", body=b"[1, 2, 6]", headers=JSON).json == {"score": 3.0}
    eventually(lambda: service.instances()[0]["ReadyProcesses"] == 2, within=10, what="both containers ready")


@pytest.mark.timeout(300)
def test_fastapi_stream_says_each_word_when_it_is_due(shared: Emulator):
    service = deployed(shared, "fastapi_stream")
    path = "/api/predict/fastapi_stream/v1/stream"
    with closing(HTTPConnection(HOST, shared.port, timeout=PATIENCE)) as connection:
        connection.request("POST", path, b'{"prompt": "one two"}', {"Authorization": service.token, **JSON})
        response = connection.getresponse()

        assert response.getheader("Content-Type", "").startswith("text/event-stream")
        assert response.read1() == b'data: {"word": "one"}\n\n'
        assert response.read() == b'data: {"word": "two"}\n\ndata: [DONE]\n\n'


def test_oss_model_reads_its_model_and_keeps_its_predictions(shared: Emulator):
    service = deployed(shared, "oss_model")

    assert service.call(method="POST", body=b"[1, 2, 4]").json == {"prediction": 3.0}
    assert (shared.work / "oss_model/output/predictions.jsonl").read_text() == '[1, 2, 4] {"prediction": 3.0}\n'


def test_two_containers_share_localhost_and_a_folder(shared: Emulator):
    service = deployed(shared, "two_containers")

    asked = [service.call(method="POST", body=b"a red apple").json for _ in range(2)]

    assert asked[0] == {"embedding": [2, 2, 0, 0, 0], "cached": False}
    assert asked[1] == {**asked[0], "cached": True}


def test_python_processor_scores_and_refuses(shared: Emulator):
    service = deployed(shared, "python_processor")

    good, bad = (service.call("/any/path", method="POST", body=body) for body in (b"10 20", b"10 none"))

    assert (good.status, good.body) == (200, b"46.0")
    assert (bad.status, bad.body) == (400, b"two numbers, please, such as: 10 20\n")


@pytest.mark.timeout(300)
def test_sklearn_processor_names_irises(shared: Emulator):
    service = deployed(shared, "sklearn_processor")

    good, bad = (service.call(method="POST", body=body) for body in (b"[[5.1, 3.5, 1.4, 0.2]]", b"[[5.1]]"))

    assert good.json == [{"iris": "setosa", "probability": 0.985}]
    assert bad.status == 400
    assert "expecting 4 features" in bad.json["error"]


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in SAMPLES.glob("*/service.json")), ids=lambda folder: folder.name
)
def test_a_sample_is_what_one_would_deploy_to_the_cloud(shared: Emulator, folder: Path):
    said = shared.run("validate", "--strict", folder / "service.json")
    document = json.loads((folder / "service.json").read_text())

    assert "[WARN]" not in said.err
    assert folder.name in {document.get("name"), document["metadata"].get("name")}
    assert all("aliyuncs.com" in container["image"] for container in document.get("containers", ()))
    assert len((folder / "README.md").read_text().splitlines()) == 5
