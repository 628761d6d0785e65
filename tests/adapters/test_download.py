"""One file over http: how far it is, how large it may be, and by which way it comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from eas_local.adapters.download import Downloads, proxy
from eas_local.core.errors import SourceUnreachable, SourceUnusable
from eas_local.core.sources import Part

MIB = 1024**2


@asynccontextmanager
async def answering(head: str, body: bytes = b"") -> AsyncIterator[tuple[str, list[str]]]:
    """A server that says the same to everybody: its address, and the first lines of what it is asked."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[0])
        writer.write(f"HTTP/1.1 {head}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()
        await server.wait_closed()


def part(address: str) -> Part:
    return Part("model_path", "model", f"{address}/m.bin?Signature=secret")


async def test_a_long_download_says_how_far_it_is(tmp_path):
    said: list[str] = []
    body = bytes(40 * MIB)
    async with answering(f"200 OK\r\nContent-Length: {len(body)}", body) as (address, _):
        await Downloads({}).fetch(part(address), tmp_path / "m", None, said.append)
    assert (tmp_path / "m").stat().st_size == len(body)
    assert said == [f"Fetching model from [{address}/m.bin?...]: 32 of 40 MiB"]


@pytest.mark.parametrize("length", ["Content-Length: 2000\r\n", ""])
async def test_more_than_there_is_room_for_is_refused(tmp_path, length):
    async with answering(f"200 OK\r\n{length}X: y", bytes(2000)) as (address, _):
        with pytest.raises(SourceUnusable, match=r"m\.bin\?\.\.\.: it has more than"):
            await Downloads({}, most=1000).fetch(part(address), tmp_path / "m", None, print)


async def test_it_comes_through_the_proxy(tmp_path):
    async with answering("200 OK\r\nContent-Length: 5", b"model") as (address, asked):
        network = {"http_proxy": address, "no_proxy": "localhost"}
        await Downloads(network).fetch(part("http://files.example"), tmp_path / "m", None, print)
    assert (tmp_path / "m").read_bytes() == b"model"
    assert asked == ["GET http://files.example/m.bin?Signature=secret HTTP/1.1"]


@pytest.mark.parametrize(
    "head", ["302 Found\r\nLocation: /m.bin?Signature=secret", "999999 What", "200 OK\r\nContent-Length: 9"]
)
async def test_whatever_a_server_does_ends_in_a_sentence_without_secrets(tmp_path: Path, head: str):
    async with answering(head) as (address, _):
        with pytest.raises(SourceUnreachable, match="it cannot be fetched") as raised:
            await Downloads({}).fetch(part(address), tmp_path / "m", None, print)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ({}, None),
        ({"HTTP_PROXY": "http://p:1"}, "http://p:1"),
        ({"HTTP_PROXY": "http://p:1", "http_proxy": "http://q:1"}, "http://q:1"),
        ({"ALL_PROXY": "http://p:1"}, "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1"}, None),
        ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "localhost,.example.com"}, None),
        ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "ample.com"}, "http://p:1"),
        ({"HTTP_PROXY": "http://p:1", "no_proxy": "*"}, None),
    ],
)
def test_the_proxy_is_this_machines(network, expected):
    assert proxy("http://files.example.com:81/x", network) == expected
