"""The sidecar as a program of its own: small, quick to start, and plain about what keeps it from starting."""

import asyncio
import subprocess
import sys

from tests.net import answering, ask, echo
from tests.sidecar.pods import SECRET, a_config

HEAVY = {"docker", "fastapi", "pydantic", "aiohttp", "sqlite3", "pynvml", "watchfiles", "uvicorn", "requests"}
FREE = ("--host", "127.0.0.1", "--traffic-port", "0", "--control-port", "0")


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "eas_local.sidecar", *arguments], capture_output=True, text=True, timeout=5, check=False
    )


def test_it_imports_nothing_heavy():
    code = "import eas_local.sidecar.main, sys; print(' '.join({name.partition('.')[0] for name in sys.modules}))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert HEAVY.isdisjoint(modules.split())


def test_without_a_configuration_it_says_so_and_ends(tmp_path):
    ended = run("--config", str(tmp_path / "missing.json"), *FREE)

    assert ended.returncode == 1
    assert ended.stderr.startswith("eas_local.sidecar: cannot read the sidecar's configuration")
    assert "Traceback" not in ended.stderr


async def test_where_another_program_listens_it_says_so_and_ends(tmp_path):
    (tmp_path / "c.json").write_text(a_config(8000).to_json())
    async with answering(echo) as other:
        ended = run("--config", str(tmp_path / "c.json"), "--host", "127.0.0.1", "--traffic-port", str(other.port))

    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{other.port}: another program does" in ended.stderr


async def test_it_serves_until_it_is_told_to_stop(tmp_path):
    (tmp_path / "c.json").write_text(a_config(1).to_json())
    async with answering(echo) as free:
        port = free.port
    command = [
        "--config",
        str(tmp_path / "c.json"),
        "--host",
        "127.0.0.1",
        "--traffic-port",
        "0",
        "--control-port",
        f"{port}",
    ]
    program = await asyncio.create_subprocess_exec(sys.executable, "-m", "eas_local.sidecar", *command)
    answer = await until_it_answers(port)
    program.terminate()
    code = await asyncio.wait_for(program.wait(), 5)

    assert answer.status == 200
    assert code == 0


async def until_it_answers(port: int):
    request = f"GET /v1/state HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\n\r\n".encode()
    async with asyncio.timeout(5):
        while True:
            try:
                return await ask(port, request)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
