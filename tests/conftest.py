"""What every test may ask for: the Docker engine, an image to run in it, and the proof that nothing was left there."""

from collections.abc import Iterator
from typing import Any

import pytest
from docker import DockerClient

from eas_local.adapters import settings
from eas_local.adapters.bases import Bases
from eas_local.adapters.docker_client import connect


@pytest.fixture(scope="session")
def docker_client() -> Iterator[DockerClient]:
    """The engine; where none answers, the test fails with the reason: it is never skipped."""
    client = connect(settings.load().engine)
    yield client
    client.close()


@pytest.fixture(scope="session")
def base_image(docker_client: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small image with python3 and the usual programs, made where there is none."""
    config = settings.load()
    workshop = tmp_path_factory.mktemp("bases")
    return Bases(docker_client.api, config.base_image, workshop, dict(config.network), print).for_sandbox()


@pytest.fixture
def leaves_nothing(docker_client: DockerClient) -> Iterator[None]:
    """The emulators' containers and volumes in the engine are the same afterwards as before."""
    before = belongings(docker_client)
    yield
    left = belongings(docker_client) - before
    assert not left, f"left behind in the engine: {sorted(left)}"


def belongings(client: DockerClient, owner: str = "") -> set[str]:
    """All containers and volumes of an emulator, or of any, in words; what else runs here is not ours."""
    containers = client.api.containers(all=True)
    volumes = client.api.volumes()["Volumes"] or []
    return {
        *(f"container {container['Names'][0]}" for container in containers if _belongs(container, owner)),
        *(f"volume {volume['Name']}" for volume in volumes if _belongs(volume, owner)),
    }


def _belongs(thing: dict[str, Any], owner: str) -> bool:
    labels = thing["Labels"] or {}
    return owner in labels.values() if owner else any(label.startswith("eas.local.") for label in labels)
