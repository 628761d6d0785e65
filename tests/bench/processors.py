"""An echo as a processor in Python, C++ and Java, beside the same function behind FastAPI and behind LitServe.

All of them are services of one emulator and are asked in turn, through gateway and sidecar and at the addresses of their
containers, which shows what the programs alone can do. A container has a core for itself, the client, the gateway and the
sidecars share the other.
"""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path

from docker import DockerClient

from eas_local.core.processor import PORT as HOSTED
from eas_local.core.processor import Language
from tests.bench.commands import TOKEN
from tests.bench.contestants import Contestant
from tests.bench.hop import in_turn, row
from tests.bench.load import Cell
from tests.bench.plan import Plan
from tests.bench.processes import LOAD, PROXY, Program, address_of, installed, keep, processes_of
from tests.bench.report import Table
from tests.bench.services import NOTHING
from tests.scenarios.conftest import an_emulator
from tests.scenarios.documents import PORT, Json, a_container, a_document
from tests.scenarios.emulator import Emulator
from tests.scenarios.engine import connected

ECHOES = Path(__file__).parent / "echoes"
CELLS = tuple(Cell(many, body=64) for many in (1, 16, 64))
WORKERS = 64
UVICORN = "fastapi"
COLUMNS = ("requests/s", "+- %", f"x {UVICORN}", "p50 ms", "p99 ms", "CPU us")

PROCESSORS = {Language.PYTHON: "app.py", Language.CPP: "libecho.so", Language.JAVA: "Echo"}
WEB = "python -m uvicorn --host 0.0.0.0 --port {} --no-access-log --app-dir /mnt/echoes {}:app"
PACKAGES = ["fastapi", "uvicorn[standard]", "litserve"]
SERVERS = {
    UVICORN: WEB.format(PORT, "with_fastapi"),
    "fastapi, threads": WEB.format(PORT, "with_threads"),
    "litserve": f"python /mnt/echoes/with_litserve.py {PORT}",
}
CODE = {"mount_path": "/mnt/echoes", "oss": {"path": "oss://echoes/", "readOnly": True}}


def tables(plan: Plan) -> Iterator[Table]:
    with an_emulator() as emulator, connected() as docker:
        them = [_echo(emulator, name, document, docker) for name, document in _documents(emulator).items()]
        keep(LOAD, emulator.pid("gateway"))
        alone = [one.alone() for one in them]
        for cell in filter(lambda cell: plan.wants(str(cell)), CELLS):
            yield _table(f"{cell}, through gateway and sidecar", them, cell, plan)
            yield _table(f"{cell}, straight to the container", alone, cell, plan)


def _table(title: str, them: Sequence["Echo"], cell: Cell, plan: Plan) -> Table:
    turns = in_turn(them, cell, plan)
    return Table(title, COLUMNS, {name: row(turns, name, UVICORN) for name in turns})


@dataclass(frozen=True, slots=True)
class Echo(Contestant):
    """A service of one instance. `container` is the address of its container, `programs` what runs there."""

    prefix: str = ""
    container: tuple[str, int] = ("", 0)
    programs: tuple[Program, ...] = ()

    def alone(self) -> "Echo":
        """The same container without anybody before it."""
        host, port = self.container
        return replace(self, host=host, port=port, prefix="").checked()

    def url(self, path: str) -> str:
        return f"http://{self.host}:{self.port}{self.prefix}/predict"

    @property
    def cpu(self) -> float:
        return sum(program.cpu for program in self.programs)

    def _passes(self) -> bool:
        with closing(HTTPConnection(self.host, self.port, timeout=5)) as connection:
            connection.request("POST", f"{self.prefix}/predict", b"hello", {"Authorization": TOKEN})
            answer = connection.getresponse()
            answered = answer.status, answer.read()
        assert answered == (200, b"hello"), answered
        return True


def _echo(emulator: Emulator, name: str, document: Json, docker: DockerClient) -> Echo:
    service = emulator.create(document, within=600)
    sandbox, container = (docker.containers.get(service.pod + part) for part in ("", ".worker0.0"))
    own = processes_of(container)
    keep(LOAD, *processes_of(sandbox))
    keep(PROXY, *own)
    address = address_of(sandbox), PORT if name in SERVERS else HOSTED
    programs = tuple(Program(name, pid, NOTHING, NOTHING) for pid in own)
    prefix = f"/api/predict/{service.name}"
    return Echo(name, emulator.port, prefix=prefix, container=address, programs=programs).checked()


def _documents(emulator: Emulator) -> dict[str, Json]:
    emulator.mount("oss://echoes/", ECHOES)
    servers = {name: _server(f"echo{at}", command) for at, (name, command) in enumerate(SERVERS.items())}
    return servers | {str(language): _processor(emulator, language) for language in PROCESSORS}


def _server(name: str, command: str) -> Json:
    container = a_container(command=command, prepare={"pythonRequirements": PACKAGES})
    return a_document(name, container, storage=[CODE], token=TOKEN)


def _processor(emulator: Emulator, language: Language) -> Json:
    entry = "processor_mainclass" if language is Language.JAVA else "processor_entry"
    folder = emulator.folder(language)
    _build(language, folder)
    return {
        "metadata": {"name": language, "instance": 1, "rpc": {"worker_threads": WORKERS}},
        "processor_type": language,
        "processor_path": str(folder),
        entry: PROCESSORS[language],
        "token": TOKEN,
    }


def _build(language: Language, folder: Path) -> None:
    """What is deployed, into an empty folder."""
    match language:
        case Language.PYTHON:
            for name in ("app.py", "echo.py"):
                shutil.copy(ECHOES / name, folder)
        case Language.CPP:
            _run(installed("g++"), "-O2", "-shared", "-fPIC", ECHOES / "echo.cpp", "-o", folder / "libecho.so")
        case Language.JAVA:
            classes = folder.with_name("classes")
            _run(installed("javac"), "--release", "11", "-d", classes, ECHOES / "Echo.java")
            _run(installed("jar"), "--create", "--file", folder / "echo.jar", "-C", classes, ".")


def _run(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True, timeout=120)
