import sys
from subprocess import run

from tests.cli.terminal import Terminal


def test_the_folder_it_prints_has_the_module(terminal: Terminal):
    said = terminal.run("allspark")

    code = "import allspark; print(allspark.BaseProcessor.__name__)"
    found = run([sys.executable, "-c", code], env={"PYTHONPATH": said.out.strip()}, capture_output=True, check=True)
    assert (said.code, found.stdout) == (0, b"BaseProcessor\n")
