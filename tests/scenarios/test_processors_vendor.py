"""The vendor's own clients, unmodified, create a processor and call it."""

import tarfile
from io import BytesIO
from pathlib import Path

import pytest
from alibabacloud_eas20210701 import models

from tests.scenarios.control import CLUSTER, a_client
from tests.scenarios.documents import Json
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually
from tests.scenarios.test_prediction_client import made_environment, said

GREETING = """
import allspark


class Greeting(allspark.BaseProcessor):
    def initialize(self):
        with open(self.get_model_path()) as file:
            self.greeting = file.read()

    def process(self, data):
        if data == b"hello":
            return self.greeting.encode() + data, 200
        return b"hello is all I know", 402


if __name__ == "__main__":
    Greeting(worker_threads=2).run()
"""


@pytest.fixture(scope="session")
def python() -> Path:
    return made_environment()


@pytest.fixture(scope="module")
def bucket(shared: Emulator) -> Path:
    """A folder in place of the bucket, for services that come without a folder of their own."""
    folder = shared.folder("bucket")
    config = shared.place / "config" / "eas-local" / "eas-local.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[mounts]\n"oss://my-bucket/" = "{folder}"\n')
    (folder / "models").mkdir()
    (folder / "models" / "greeting.txt").write_text("well, ")
    pack(folder / "demo.tar.gz", {"app.py": GREETING})
    return folder


def pack(archive: Path, files: dict[str, str]) -> None:
    with tarfile.open(archive, "w:gz") as made:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content := text.encode())
            made.addfile(member, BytesIO(content))


@pytest.fixture(scope="module")
def greeting(shared: Emulator, bucket: Path) -> Service:
    """Created by the SDK over /api/v2."""
    assert bucket
    document: Json = {
        "metadata": {"name": "greeting", "instance": 1, "cpu": 1, "memory": 512},
        "processor_type": "python",
        "processor_entry": "./app.py",
        "processor_path": "oss://my-bucket/demo.tar.gz",
        "model_path": "oss://my-bucket/models/",
        "model_entry": "greeting.txt",
    }
    shared.run("up", "-d")
    sdk = a_client(shared)
    sdk.create_service(models.CreateServiceRequest(body=document))
    running = lambda: sdk.describe_service(CLUSTER, "greeting").body.status == "Running"  # noqa: E731
    eventually(running, within=120, what="service greeting Running")
    return Service(shared, "greeting", sdk.describe_service(CLUSTER, "greeting").body.access_token)


def test_the_sdk_creates_a_processor_from_oss(greeting: Service):
    sdk = a_client(greeting.emulator)

    assert greeting.call(method="POST", body=b"hello").text == "well, hello"
    assert greeting.call(method="POST", body=b"bye").status == 402
    (instance,) = sdk.list_service_instances(
        CLUSTER, greeting.name, models.ListServiceInstancesRequest()
    ).body.instances
    assert (instance.status, instance.ready_processes, instance.total_processes) == ("Running", 1, 1)
    logs = sdk.describe_service_log(
        CLUSTER, greeting.name, models.DescribeServiceLogRequest(keyword="Start 2 worker")
    ).body
    assert logs.logs


def test_the_prediction_client_calls_a_processor(python: Path, greeting: Service):
    assert said(python, greeting).rstrip() == "well, hello"
    assert said(python, greeting, access="direct").rstrip() == "well, hello"
    assert said(python, greeting, token="another").startswith("401 ")
