"""A small client: one question, one status. For probes and for asking our own programs."""

import asyncio
import ssl

from eas_local.proxy.answer_reader import AnswerReader


class NotHttp(OSError):
    """What came back is no HTTP answer."""


async def connect(host: str, port: int) -> None:
    """Open a connection and close it again. Raises OSError."""
    _, writer = await asyncio.open_connection(host, port)
    writer.close()


async def status_of(host: str, port: int, path: str, *, tls: bool = False) -> int:
    """The status that GET answers with. Raises OSError; certificates are not verified, as kubelet does not."""
    reader, writer = await asyncio.open_connection(host, port, ssl=_anything() if tls else None)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: */*\r\nConnection: close\r\n\r\n".encode())
        return await _status(reader)
    finally:
        writer.close()


async def _status(stream: asyncio.StreamReader) -> int:
    answer = AnswerReader()
    while answer.head is None:
        data = await stream.read(16 * 1024)
        if not data:
            raise NotHttp("the connection was closed before an answer")
        answer.feed(data)
        if answer.fault:
            raise NotHttp("the answer is not HTTP")
    return answer.head.status


def _anything() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
