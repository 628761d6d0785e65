"""`python -m tests.bench`: what a person waits for, beside plain Docker where that does the same. Judges nothing."""

import subprocess
import sys
from dataclasses import dataclass
from functools import partial

from tests.bench.measuring import alternating, command, until_answered
from tests.scenarios.calling import free_port
from tests.scenarios.conftest import an_emulator
from tests.scenarios.documents import a_document
from tests.scenarios.emulator import COMMAND, HERE, Emulator
from tests.scenarios.engine import connected

TURNS = 7
PLAIN = "eas-local-bench"


@dataclass(frozen=True, slots=True)
class Line:
    """Seconds; `plain` is Docker's own way to the same end, where it has one."""

    what: str
    ours: float
    target: str
    plain: float | None = None

    def __str__(self) -> str:
        beside = f"{self.plain:9.3f} {self.ours / self.plain:7.2f}" if self.plain else " " * 17
        return f"{self.what:38} {self.ours:9.3f} {beside}   {self.target}"


class Bench:
    """One emulator, and the image that its services and plain Docker run alike."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._environ = emulator.environment()
        self._file = emulator.write(a_document("trivial", token=""), "trivial.json")
        with connected() as client:
            warm = emulator.create(a_document("warm"))
            self._image = client.containers.get(f"{warm.pod}.worker0.0").image.id
            warm.delete()

    def lines(self) -> list[Line]:
        ours, plain = alternating(TURNS, self._create, self._docker_run)
        gone, plain_gone = alternating(TURNS, self._delete, self._docker_remove)
        version, listing = alternating(
            TURNS,
            partial(command, [COMMAND, "--version"], self._environ),
            partial(command, [COMMAND, "ls"], self._environ),
        )
        return [
            Line("create -> first 200", ours, "at most 1.7x, and 0.2 s above", plain),
            Line("delete -> gone", gone, "at most 0.5 s", plain_gone),
            Line("eas-local --version", version, "at most 0.2 s"),
            Line("eas-local ls", listing, "at most 0.3 s"),
        ]

    def _create(self) -> float:
        took = until_answered(
            [COMMAND, "create", self._file], self._emulator.port, "/api/predict/trivial", self._environ
        )
        command([COMMAND, "delete", "trivial", "--yes"], self._environ)
        return took

    def _docker_run(self) -> float:
        took = self._run_plain()
        command(["docker", "rm", "--force", PLAIN])
        return took

    def _delete(self) -> float:
        command([COMMAND, "create", self._file], self._environ)
        return command([COMMAND, "delete", "trivial", "--yes"], self._environ)

    def _docker_remove(self) -> float:
        self._run_plain()
        return command(["docker", "rm", "--force", PLAIN])

    def _run_plain(self) -> float:
        port = free_port()
        options = ["--detach", f"--name={PLAIN}", f"--publish=127.0.0.1:{port}:8000"]
        options.append(f"--volume={HERE / 'programs'}:/mnt/programs:ro")
        server = ["python", "/mnt/programs/server.py", "8000"]
        return until_answered(["docker", "run", *options, self._image, *server], port, "/")


def main() -> None:
    with an_emulator() as emulator:
        lines = Bench(emulator).lines()
    print(f"{'seconds, median of ' + str(TURNS):38} {'ours':>9} {'docker':>9} {'ratio':>7}   target")
    for line in lines:
        print(line)


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        sys.exit(f"the measurement broke off: {error}")
