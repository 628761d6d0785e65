"""The engines the adapter tests run against."""

import gc
import io
import secrets
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from docker import DockerClient

from eas_local.adapters import settings
from eas_local.adapters.docker_client import connect
from eas_local.adapters.docker_context import locate
from eas_local.adapters.docker_engine import DockerEngine
from eas_local.adapters.engine_class import EngineClass, classify
from eas_local.adapters.home import open_home
from eas_local.adapters.settings import EngineSettings
from tests.adapters.engines import DockerWorld, FakeWorld, World
from tests.adapters.relay import relayed
from tests.conftest import belongings

REAL = [pytest.mark.docker, pytest.mark.timeout(60, func_only=True)]


@pytest.fixture(scope="session")
def sleeper(docker_client: DockerClient, base_image: str) -> Iterator[str]:
    """An image that does something by itself, as a sandbox's does; what it does is sleep."""
    tag = "eas-local/test-sleeper"
    dockerfile = f'FROM {base_image}\nENTRYPOINT []\nCMD ["sleep", "600"]\n'
    docker_client.images.build(fileobj=io.BytesIO(dockerfile.encode()), tag=tag, rm=True, forcerm=True)
    yield tag
    docker_client.api.remove_image(tag)


@pytest.fixture(scope="session")
def engine_class(docker_client: DockerClient, sleeper: str, tmp_path_factory: pytest.TempPathFactory) -> EngineClass:
    return classify(docker_client, sleeper, open_home(tmp_path_factory.mktemp("home")))


@pytest.fixture
async def docker_world(
    docker_client: DockerClient, sleeper: str, engine_class: EngineClass
) -> AsyncIterator[DockerWorld]:
    """A real engine for an owner of its own, who has nothing there afterwards, whatever happened."""
    owner = str(uuid4())
    socket = locate(settings.load().engine).host.removeprefix("unix://")
    async with relayed(Path(socket)) as relay:
        connected = partial(connect, EngineSettings(host=relay.address))
        engine = DockerEngine(owner, connected, lambda *_: engine_class)
        yield DockerWorld(engine, relay, sleeper, secrets.token_hex(4))
        for instance in await engine.observe():
            await engine.remove_pod(instance.name)
        await engine.remove_leftovers()
        await engine.close()
    assert not belongings(docker_client, owner)
    gc.collect()  # what the garbage collector complains of is said of this test


@pytest.fixture(params=["fake", pytest.param("docker", marks=REAL)])
def world(request: pytest.FixtureRequest) -> World:
    """The fake engine and the real one, in turn."""
    return FakeWorld() if request.param == "fake" else request.getfixturevalue("docker_world")
