"""A processor as its author runs it: a file app.py, a Python, and what the container tells its host."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from textwrap import dedent

from tests.scenarios.calling import Body, Reply, call, free_port

ALLSPARK = str(files("eas_local") / "processors" / "python")
STARTED = "Service start successfully"
EVALUATING = """
import os, sys, threading, time
import allspark

SEEN = []


class Evaluating(allspark.BaseProcessor):
    def initialize(self):
        SEEN.append("initialize")

    def process(self, data):
        return eval(data or "(repr(data), 200)")
"""
"""Answers what the Python in the body says, so that each test brings its own `process`."""


@dataclass(frozen=True)
class Program:
    process: "subprocess.Popen[str]"
    port: int
    ready_port: int

    def post(self, body: Body, path: str = "/") -> Reply:
        return call(self.port, path, method="POST", body=body)

    def says(self, text: str) -> list[str]:
        """Its lines until one with this text."""
        lines = []
        for line in self.process.stdout or ():
            lines.append(line.rstrip("\n"))
            if text in line:
                return lines
        raise AssertionError(f"it never said {text!r}, but: {lines}")

    def readiness(self) -> Reply:
        return call(self.ready_port, "/")

    def ended(self) -> tuple[int, str]:
        """Its exit code and its last line."""
        said, _ = self.process.communicate(timeout=5)
        return self.process.returncode, said.splitlines()[-1] if said else ""


@contextmanager
def running(
    folder: Path,
    code: str,
    *,
    python: str = sys.executable,
    variables: Mapping[str, str] | None = None,
    hosted: bool = True,
) -> Iterator[Program]:
    """`hosted`: as in a container of the emulator, else as on somebody's own machine, where {port} in the code is free."""
    port, ready_port = free_port(), free_port()
    app = folder / "app.py"
    app.write_text(dedent(code).replace("{port}", str(port)))
    told = {"EAS_HOST_PORT": str(port), "EAS_HOST_READY_PORT": str(ready_port)} if hosted else {}
    process = subprocess.Popen(
        [python, "-B", "-u", str(app)],
        env={"PATH": os.defpath, "PYTHONPATH": ALLSPARK, **told, **(variables or {})},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield Program(process, port, ready_port)
        finally:
            process.kill()


@contextmanager
def serving(
    folder: Path, run: str = "Evaluating().run()", code: str = EVALUATING, **options: object
) -> Iterator[Program]:
    """One that is ready."""
    with running(folder, f"{code}\n{run}\n", **options) as program:  # type: ignore[arg-type]
        program.says(STARTED)
        yield program
