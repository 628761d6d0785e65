"""Rows on real stages: each has time for what is made once per machine, and everything here needs the engine."""

from pathlib import Path

import pytest

LIMIT = 600
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE) and item.path.name != "test_rows.py":
            item.add_marker(pytest.mark.docker)
            item.add_marker(pytest.mark.timeout(LIMIT))
