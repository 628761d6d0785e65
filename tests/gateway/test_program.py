"""The gateway as a program of its own."""

import asyncio
import subprocess
import sys
import tempfile

import pytest

from tests.net import answering, ask, echo

HEAVY = {"docker", "fastapi", "pydantic", "aiohttp", "sqlite3", "pynvml", "watchfiles", "uvicorn"}


def settings(folder: str, port: int) -> dict[str, str]:
    return {"EAS_LOCAL_HOME": folder, "XDG_RUNTIME_DIR": folder, "EAS_LOCAL_ADDRESS": f"127.0.0.1:{port}"}


@pytest.fixture
def folder():
    """Short enough for the name of a socket."""
    with tempfile.TemporaryDirectory() as name:
        yield name


async def started(folder: str, port: int, *words: str) -> asyncio.subprocess.Process:
    program = (sys.executable, "-m", "eas_local.gateway", *words)
    return await asyncio.create_subprocess_exec(*program, env=settings(folder, port), stderr=asyncio.subprocess.PIPE)


async def test_an_address_in_use_ends_it_with_a_sentence(folder):
    async with answering(echo) as other:
        program = await started(folder, other.port)
        _, said = await asyncio.wait_for(program.communicate(), 5)

    assert program.returncode == 1
    assert said.decode() == (
        f"eas_local.gateway: cannot listen on 127.0.0.1:{other.port}: another program does; "
        "stop it, or set EAS_LOCAL_ADDRESS to another address\n"
    )


@pytest.mark.parametrize("count", ["0", "-1", "many", "65"])
async def test_a_number_of_workers_that_makes_no_sense_ends_it_with_a_sentence(folder, count):
    program = await started(folder, 0, "--workers", count)
    _, said = await asyncio.wait_for(program.communicate(), 5)

    assert program.returncode == 1
    assert said.decode() == f'eas_local.gateway: --workers: "{count}" is no number of processes; write 1 to 64\n'


async def test_it_serves_until_it_is_told_to_stop(folder):
    async with answering(echo) as free:
        port = free.port
    program = await started(folder, port)
    answer = await until_it_answers(port)
    program.terminate()
    _, said = await asyncio.wait_for(program.communicate(), 5)

    assert answer.status == 404
    assert (program.returncode, said) == (0, b"")


def test_it_imports_nothing_heavy():
    code = "import eas_local.gateway.main, sys; print(' '.join({name.partition('.')[0] for name in sys.modules}))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert HEAVY.isdisjoint(modules.split())


async def until_it_answers(port: int):
    async with asyncio.timeout(5):
        while True:
            try:
                return await ask(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
