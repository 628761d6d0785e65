"""The README is followed from top to bottom, as a newcomer would."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.docs.pages import ADDRESS, README, ROOT, script
from tests.scenarios.conftest import an_emulator
from tests.scenarios.emulator import Emulator
from tests.scenarios.eventually import eventually

INSTALL = "make install\n"
"""This came before the tests; from here it would point the environment at a folder that is soon gone."""

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]


@pytest.fixture
def checkout() -> Iterator[Emulator]:
    """An emulator whose user works in a checkout; what is made in there does not come into ours."""
    with an_emulator() as made:
        for path in ROOT.iterdir():
            (made.work / path.name).symlink_to(path)
        yield made


def test_its_blocks_run_one_after_the_other(checkout: Emulator):
    commands = script(README).replace(ADDRESS, f"127.0.0.1:{checkout.port}")
    assert INSTALL in commands

    done = subprocess.run(
        ["sh", "-"],
        input="set -e\n" + commands.replace(INSTALL, ""),
        env=checkout.environment(),
        cwd=checkout.work,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "/any/path answered by hello-" in done.stdout
    eventually(lambda: not checkout.processes(), within=5, what="the end of both programs")
