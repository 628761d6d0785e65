"""A gateway of several workers, as processes of their own."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from eas_local.adapters.settings import load
from eas_local.core.routes import Entry
from tests.gateway.doors import Doors
from tests.net import answering, echo, eventually


@dataclass
class Team(Doors):
    process: asyncio.subprocess.Process

    @property
    def workers(self) -> set[int]:
        pid = self.process.pid
        with suppress(FileNotFoundError, ProcessLookupError):
            return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
        return set()

    async def replaced(self, dead: int, count: int) -> None:
        await eventually(lambda: dead not in self.workers and len(self.workers) == count, "another has its place")


@asynccontextmanager
async def a_team(*entries: Entry, workers: int = 2) -> AsyncIterator[Team]:
    async with answering(echo) as free:
        port = free.port
    with tempfile.TemporaryDirectory() as folder:
        environment = {"EAS_LOCAL_HOME": folder, "XDG_RUNTIME_DIR": folder, "EAS_LOCAL_ADDRESS": f"127.0.0.1:{port}"}
        process = await started(environment, workers)
        team = Team(port, load(environment), process)
        try:
            await eventually(lambda: _answers(team.settings.gateway_socket), "all workers listen")
            if entries:
                assert (await team.publish(*entries)).status == 200
            yield team
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.communicate()  # its workers have the pipe, too, until they end


def _answers(path: Path) -> bool:
    """That its file is there is not enough: a socket has a name a moment before it listens."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


async def started(environment: dict[str, str], workers: int) -> asyncio.subprocess.Process:
    program = (sys.executable, "-m", "eas_local.gateway", "--workers", str(workers))
    return await asyncio.create_subprocess_exec(
        *program, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )


def alive(pid: int) -> bool:
    """Running; one that has ended and was not reaped is not."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
