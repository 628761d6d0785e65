"""A small client: one question, one answer. For probes and for asking our own programs."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eas_local.proxy.answer_reader import AnswerReader


class NotHttp(OSError):
    """What came back is no HTTP answer."""


async def connect(host: str, port: int) -> None:
    """Open a connection and close it again. Raises OSError."""
    _, writer = await asyncio.open_connection(host, port)
    writer.close()


async def status_of(host: str, port: int, path: str, *, tls: bool = False) -> int:
    """The status that GET answers with. Raises OSError; certificates are not verified, as kubelet does not."""
    async with _asked(host, port, path, tls=tls) as stream:
        return await _status(AnswerReader(), stream)


async def get(host: str, port: int, path: str) -> tuple[int, bytes]:
    """The status and the body, a short one, that GET answers with. Raises OSError."""
    answer = AnswerReader()
    async with _asked(host, port, path) as stream:
        status = await _status(answer, stream)
        while not answer.body.ended:
            await _feed(answer, stream)
    return status, answer.at_once or answer.body.read()


@asynccontextmanager
async def _asked(host: str, port: int, path: str, *, tls: bool = False) -> AsyncIterator[asyncio.StreamReader]:
    reader, writer = await asyncio.open_connection(host, port, ssl=_anything() if tls else None)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: */*\r\nConnection: close\r\n\r\n".encode())
        yield reader
    finally:
        writer.close()


async def _status(answer: AnswerReader, stream: asyncio.StreamReader) -> int:
    while answer.head is None:
        await _feed(answer, stream)
    return answer.head.status


async def _feed(answer: AnswerReader, stream: asyncio.StreamReader) -> None:
    data = await stream.read(16 * 1024)
    if not data:
        raise NotHttp("the connection was closed before an answer")
    answer.feed(data)
    if answer.fault or answer.body.full:
        raise NotHttp("the answer is not HTTP")


def _anything() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
