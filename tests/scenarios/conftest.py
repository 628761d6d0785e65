"""Scenarios: one obligation per test, on a real engine, through the commands and addresses a user has.

Each test has an emulator of its own (`emulator`), or shares one with the other tests of its file (`shared`) where
isolation does not matter. Either is purged at the end, and whatever is left behind then fails the test.
"""

import asyncio
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import docker
import pytest

from eas_local.adapters import settings
from eas_local.adapters.images import DockerImages
from eas_local.core.images import PROCESSORS
from tests.scenarios.documents import Json, a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.engine import Belongings, connected
from tests.scenarios.second_engine import SecondEngine, a_second_engine, obstacle

Deploy = Callable[[Json], Service]

LIMIT = 180
OTHER_PYTHON = "pai-eas/python-inference:py313"
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.docker)
            if item.get_closest_marker("timeout") is None:
                # Fixtures have limits of their own: the first of them may have to build images.
                item.add_marker(pytest.mark.timeout(LIMIT, func_only=True))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for emulator in _emulators(getattr(item, "funcargs", {})):
            report.sections += emulator.artifacts().items()
    return report


def _emulators(arguments: dict[str, Any]) -> list[Emulator]:
    found = [value.emulator if isinstance(value, Service) else value for value in arguments.values()]
    return list({id(value): value for value in found if isinstance(value, Emulator)}.values())


@contextmanager
def an_emulator(**environ: str) -> Iterator[Emulator]:
    """One that is there for a while. Its place is short, because sockets have short paths."""
    with tempfile.TemporaryDirectory(prefix="eas-", dir="/tmp", ignore_cleanup_errors=True) as place:
        emulator = Emulator(Path(place), environ)
        left = ["it was never purged"]
        try:
            yield emulator
        finally:
            left = emulator.purge()
        assert not left, f"left behind after down --purge: {left}"


@pytest.fixture(scope="session", autouse=True)
def images(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Everything that is made once per machine is there before a scenario looks at the clock."""
    with an_emulator() as made:
        made.create(a_document("first"), within=600)
    config = replace(settings.load(), home=tmp_path_factory.mktemp("images"))
    with connected() as client, closing(DockerImages(str(uuid4()), lambda: client, config, print)) as made_once:
        for image in (*PROCESSORS.values(), OTHER_PYTHON):
            asyncio.run(made_once.resolve(image, None))


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with an_emulator() as made:
        yield made


@pytest.fixture(scope="module")
def shared() -> Iterator[Emulator]:
    with an_emulator() as made:
        yield made


@pytest.fixture
def deploy(shared: Emulator) -> Iterator[Deploy]:
    """Submits a service that is gone after the test: one that crashes again and again is no good neighbour."""
    made: list[Service] = []

    def submit(document: Json) -> Service:
        made.append(shared.submit(document))
        return made[-1]

    yield submit
    for service in made:
        service.delete()


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    with connected() as client:
        yield client


@pytest.fixture
def belongings(emulator: Emulator, engine: docker.DockerClient) -> Belongings:
    """What the test's own emulator has in the engine, once it has been started."""
    emulator.run("up", "-d")
    return Belongings(engine, emulator.owner)


@pytest.fixture
def other() -> Iterator[Emulator]:
    """A second emulator beside the first."""
    with an_emulator() as made:
        yield made


@pytest.fixture(scope="session")
def second_engine(engine: docker.DockerClient) -> Iterator[SecondEngine]:
    if reason := obstacle():
        pytest.skip(reason)
    with a_second_engine(engine) as made:
        yield made
