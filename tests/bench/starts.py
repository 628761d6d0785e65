"""What a person waits for: commands, and services that come and go, beside plain Docker where that does the same."""

from collections.abc import Iterator
from functools import partial

from tests.bench.measuring import alternating, command, until_answered
from tests.bench.plan import Plan
from tests.bench.report import Table
from tests.scenarios.calling import free_port
from tests.scenarios.conftest import an_emulator
from tests.scenarios.documents import a_document
from tests.scenarios.emulator import COMMAND, HERE, Emulator
from tests.scenarios.engine import connected

PLAIN = "eas-local-bench"
COLUMNS = ("ours", "docker", "ratio")


def tables(plan: Plan) -> Iterator[Table]:
    with an_emulator() as emulator:
        yield Starts(emulator, plan.rounds).table()


class Starts:
    """One emulator, and the image that its services and plain Docker run alike."""

    def __init__(self, emulator: Emulator, turns: int) -> None:
        self._emulator = emulator
        self._turns = turns
        self._environ = emulator.environment()
        self._file = emulator.write(a_document("trivial", token=""), "trivial.json")
        with connected() as client:
            warm = emulator.create(a_document("warm"))
            self._image = client.containers.get(f"{warm.pod}.worker0.0").image.id
            warm.delete()

    def table(self) -> Table:
        ours, plain = alternating(self._turns, self._create, self._docker_run)
        gone, plain_gone = alternating(self._turns, self._delete, self._docker_remove)
        version, listing = alternating(
            self._turns,
            partial(command, [COMMAND, "--version"], self._environ),
            partial(command, [COMMAND, "ls"], self._environ),
        )
        rows = {
            "create -> first 200": (ours, plain, ours / plain),
            "delete -> gone": (gone, plain_gone, gone / plain_gone),
            "eas-local --version": (version, None, None),
            "eas-local ls": (listing, None, None),
        }
        return Table("seconds", COLUMNS, rows)

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
