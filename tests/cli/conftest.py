import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from eas_local.adapters.settings import Settings
from tests.cli.fake_daemon import FakeDaemon
from tests.cli.terminal import Terminal


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A home of its own, and a runtime folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="eas-") as folder:
        runtime = Path(folder) / "run"
        runtime.mkdir(mode=0o700)
        yield Settings(home=tmp_path / "home", runtime=runtime, host="127.0.0.1", port=0)


@pytest.fixture
def daemon(settings: Settings) -> Iterator[FakeDaemon]:
    with FakeDaemon(settings.daemon_socket).serving() as daemon:
        yield daemon


@pytest.fixture
def terminal(settings: Settings) -> Terminal:
    return Terminal(settings)
