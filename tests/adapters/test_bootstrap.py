import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from eas_local.adapters import bootstrap
from tests.scenarios.eventually import eventually


def test_an_engine_of_another_architecture_cannot_use_a_debian_made_here():
    obstacle = bootstrap.missing("s390x")

    assert obstacle is not None
    assert ";" not in obstacle


KILLED = """
import pathlib, sys
from eas_local.adapters.bootstrap import Bootstrap
from eas_local.core.bases import PYTHONS
Bootstrap(None, None, {})._fill(pathlib.Path(sys.argv[1]), PYTHONS["3.11"])
"""


@pytest.mark.docker
@pytest.mark.skipif(os.geteuid() != 0, reason="debootstrap needs root")
@pytest.mark.timeout(120)
def test_killing_the_daemon_ends_its_bootstrap_and_leaves_no_mounts(tmp_path):
    daemon = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)])
    eventually((tmp_path / "var/cache/apt/archives/partial").is_dir, 60, "debootstrap at work")
    assert working_on(tmp_path)

    daemon.send_signal(signal.SIGKILL)
    daemon.wait()

    eventually(lambda: not working_on(tmp_path), 10, "the end of debootstrap")
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()


def working_on(folder):
    """Command lines of processes that name the folder, our own left out."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode().split("\0")
        except OSError:
            continue
        if str(folder) in words:
            found.append(words)
    return found
