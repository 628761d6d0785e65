"""The Java host is tested where it runs: in the image of Java processors, by whose JDK it is compiled."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from tests.processors.java.host import JavaHost, Running
from tests.processors.java.packages import prepare

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.docker)
            item.add_marker(pytest.mark.timeout(60, func_only=True))


@pytest.fixture(scope="session")
def java_host(docker_client: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> JavaHost:
    return JavaHost(docker_client, prepare(docker_client, tmp_path_factory.mktemp("java")))


@pytest.fixture(scope="module")
def obedient(java_host: JavaHost) -> Iterator[Running]:
    """One that serves and does what it is told."""
    with java_host.running("example.Obedient") as running:
        assert running.readiness().status == 200
        yield running
