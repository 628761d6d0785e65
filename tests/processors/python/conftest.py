from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processors.python.program import Program, serving


@pytest.fixture(scope="module")
def evaluating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with serving(Path(tmp_path_factory.mktemp("app"))) as program:
        yield program
