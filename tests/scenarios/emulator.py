"""An emulator of a scenario's own: a home, a free address, and the real commands run as processes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from docker.errors import DockerException

from tests.scenarios.calling import HOST, PATIENCE, Body, Reply, call, free_port
from tests.scenarios.documents import PROGRAMS
from tests.scenarios.engine import Belongings, connected
from tests.scenarios.eventually import eventually

Json = dict[str, Any]

COMMAND = Path(sys.executable).with_name("eas-local")
HERE = Path(__file__).parent
RUNNING_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Emulator:
    """Everything it makes lies below `place`: home, sockets, temporary files, and `work`, where the user's files are.

    `environ` is added to the environment of its programs.
    """

    place: Path
    environ: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    mounts: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for folder in (self.work, self.runtime, self.temporary):
            folder.mkdir(parents=True, exist_ok=True)
        self.mount(PROGRAMS, HERE / "programs")

    @property
    def home(self) -> Path:
        return self.place / "home"

    @property
    def work(self) -> Path:
        return self.place / "work"

    @property
    def runtime(self) -> Path:
        return self.place / "run"

    @property
    def temporary(self) -> Path:
        return self.place / "tmp"

    @property
    def owner(self) -> str:
        return (self.home / "owner").read_text().strip()

    # -- commands

    def run(self, *words: str | Path, status: int | None = 0, within: float = 60, stdin: str = "") -> Ran:
        """Run `eas-local ...` to its end, and expect this exit status (None: any)."""
        done = subprocess.run(
            [COMMAND, *map(str, words)],
            env=self.environment(),
            cwd=self.work,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )
        ran = Ran(done.returncode, done.stdout, done.stderr)
        assert status in {None, ran.status}, f"eas-local {words} ended with {ran.status}:\n{ran.out}\n{ran.err}"
        assert "Traceback" not in ran.err, ran.err
        return ran

    def begin(self, *words: str | Path) -> "subprocess.Popen[str]":
        """Start a command and leave it running; the caller ends it."""
        return subprocess.Popen(
            [COMMAND, *map(str, words)],
            env=self.environment(),
            cwd=self.work,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def environment(self) -> dict[str, str]:
        here = dict(os.environ)  # noqa: TID251 - the programs inherit what the tests were started with
        own = {
            "EAS_LOCAL_HOME": str(self.home),
            "EAS_LOCAL_ADDRESS": f"127.0.0.1:{self.port}",
            "EAS_LOCAL_RESTART_FACTOR": "0.02",
            "XDG_RUNTIME_DIR": str(self.runtime),
            "XDG_CONFIG_HOME": str(self.place / "config"),
            "TMPDIR": str(self.temporary),
        }
        return {**here, **own, **self.environ}

    # -- files of the user

    def mount(self, address: str, folder: Path) -> Path:
        """Map an address of the cloud to a folder; the answer is the folder."""
        self.mounts[address] = folder
        lines = [f"{json.dumps(cloud)} = {json.dumps(str(local))}" for cloud, local in self.mounts.items()]
        (self.work / "eas-local.toml").write_text("\n".join(["[mounts]", *lines, ""]))
        return folder

    def folder(self, name: str) -> Path:
        """A fresh folder of the user's."""
        path = self.work / name
        path.mkdir()
        return path

    def write(self, document: Json | str, name: str = "service.json") -> Path:
        path = self.work / name
        path.write_text(document if isinstance(document, str) else json.dumps(document, indent=2))
        return path

    # -- services

    def create(self, document: Json | Path, *options: str, within: float = RUNNING_WITHIN) -> "Service":
        """A service that runs."""
        file = document if isinstance(document, Path) else self.write(document)
        created = self.run(
            "create", file, "--timeout", str(within), "--output", "json", *options, within=within + 30
        ).json
        return Service(self, created["ServiceName"], created["AccessToken"])

    def submit(self, document: Json) -> "Service":
        """A service that is on its way."""
        return self.create(document, "--no-wait")

    def names(self) -> list[str]:
        return [service["ServiceName"] for service in self.run("ls", "--output", "json").json["Services"]]

    # -- processes

    def processes(self) -> dict[str, int]:
        """This home's programs that live: command line to process id."""
        marker = f"EAS_LOCAL_HOME={self.home}".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if marker in (folder / "environ").read_bytes().split(b"\0"):
                    words = (folder / "cmdline").read_bytes().decode().split("\0")
                    found[" ".join(words).strip()] = int(folder.name)
            except OSError:  # it has just ended
                continue
        return found

    def pid(self, program: str) -> int:
        for line, pid in self.processes().items():
            if line.removesuffix(" --follow").endswith(f"-m eas_local.{program}"):
                return pid
        raise AssertionError(f"no {program} of {self.home} among {self.processes()}")

    def kill(self, program: str) -> None:
        """SIGKILL, and wait until it is gone."""
        pid = self.pid(program)
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: pid not in self.processes().values(), within=5, what=f"the end of the {program}")

    # -- when something went wrong, and at the end

    def artifacts(self) -> dict[str, str]:
        """What somebody who looks into a failure wants to see."""
        logs = sorted((self.home / "logs").glob("*.log"))
        return {log.name: _end_of(log.read_text(errors="replace")) for log in logs} | self._said_by_containers()

    def _said_by_containers(self) -> dict[str, str]:
        if not (self.home / "owner").exists():
            return {}
        try:
            with connected(self.environ.get("DOCKER_HOST")) as client:
                return {
                    f"{container.name} ({container.status})": container.logs(tail=40).decode(errors="replace")
                    for container in Belongings(client, self.owner).containers()
                }
        except DockerException as error:
            return {"the engine": str(error)}

    def purge(self) -> list[str]:
        """`down --purge`, and what it left behind, in words."""
        owner = self.owner if (self.home / "owner").exists() else ""
        self.run("down", "--purge", within=90)
        eventually(lambda: not self.processes(), within=5, what="the end of all processes")
        left = [f"file {path}" for folder in (self.home, self.runtime, self.temporary) for path in _files(folder)]
        if owner:
            with connected(self.environ.get("DOCKER_HOST")) as client:
                left += Belongings(client, owner).leftovers()
        return left


@dataclass(frozen=True)
class Service:
    emulator: Emulator
    name: str
    token: str

    def call(
        self, path: str = "", *, method: str = "GET", body: Body = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """A request with its token, to the address in the user's hands."""
        headers = {"Authorization": self.token, **(headers or {})}
        address = f"/api/predict/{self.name}{path}"
        return call(self.emulator.port, address, method=method, body=body, headers=headers)

    def begin(self, path: str, body: bytes | None = None) -> HTTPConnection:
        """A request whose answer is not waited for: the caller reads it, or closes the connection."""
        connection = HTTPConnection(HOST, self.emulator.port, timeout=PATIENCE)
        method = "GET" if body is None else "POST"
        connection.request(method, f"/api/predict/{self.name}{path}", body, {"Authorization": self.token})
        return connection

    def ask(self, expression: str) -> Any:
        """The value of a Python expression inside the public container."""
        reply = self.call("/eval", method="POST", body=expression.encode())
        assert reply.status == 200, reply
        return reply.json

    def describe(self) -> Json:
        return dict(self.emulator.run("desc", self.name, "--output", "json").json)

    @property
    def status(self) -> str:
        return str(self.describe()["Status"])

    def becomes(self, status: str, within: float = RUNNING_WITHIN) -> Json:
        """Its description as soon as it shows this status."""
        return eventually(lambda: self._in(status), within, f"service {self.name} {status}")

    def _in(self, status: str) -> Json:
        seen = self.describe()
        assert seen["Status"] == status, (seen["Status"], seen["Reason"], seen["Message"])
        return seen

    def instances(self) -> list[Json]:
        return list(self.emulator.run("w", self.name, "--output", "json").json["Instances"])

    @property
    def pod(self) -> str:
        """The name of its only instance."""
        (name,) = self.pods
        return name

    @property
    def pods(self) -> set[str]:
        return {str(instance["InstanceName"]) for instance in self.instances()}

    def logs(self, *options: str) -> list[str]:
        return [
            line["text"] for line in self.emulator.run("logs", self.name, "--output", "json", *options).json["Logs"]
        ]

    def delete(self) -> None:
        self.emulator.run("delete", self.name, "--yes")


def _files(folder: Path) -> Sequence[Path]:
    return sorted(path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())


def _end_of(text: str, lines: int = 80) -> str:
    return "\n".join(text.splitlines()[-lines:])
