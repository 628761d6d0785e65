"""The host and a library that does as it is told, each compiled once; and a host for each test that asks for one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processors.cpp.hosting import Running, compile_host, compile_library, start
from tests.scenarios.calling import free_port

HERE = Path(__file__).parent
Start = Callable[..., Running]
Compile = Callable[..., Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(10, func_only=True))  # the first one's fixtures compile


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_host(tmp_path_factory.mktemp("host") / "eas-host")


@pytest.fixture(scope="session")
def moody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_library(tmp_path_factory.mktemp("moody") / "libmoody.so", HERE / "moody.cpp")


@pytest.fixture
def library(tmp_path: Path) -> Compile:
    """Compiles C++ into a library of the package."""

    def compiled(text: str, *options: str, name: str = "libmine.so") -> Path:
        source = tmp_path / "mine.cpp"
        source.write_text(text)
        return compile_library(tmp_path / name, source, *options)

    return compiled


@pytest.fixture
def launch(host: Path, moody: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts hosts in the package; the moody library unless an entry is named."""
    (tmp_path / "libmoody.so").symlink_to(moody)
    with ExitStack() as ends:

        def launched(entry: str = "libmoody.so", config: str = "", **variables: str) -> Running:
            (tmp_path / "model_config").write_text(config)
            running = start(host, tmp_path, entry, (free_port(), free_port()), **variables)
            ends.callback(running.stop)
            return running

        yield launched


@pytest.fixture
def running(launch: Start) -> Running:
    """One that serves with the moody library and four workers."""
    host = launch(EAS_HOST_WORKER_THREADS="4")
    assert host.ready().status == 200
    return host
