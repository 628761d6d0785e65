"""What parent and worker say to each other: one value at a time, a line of JSON each, over a pair of sockets."""

import asyncio
import json
import socket
from typing import Any

LONGEST = 64 * 1024 * 1024

Json = dict[str, Any]


class Channel:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, line: bytes) -> None:
        self._writer.write(line)

    async def receive(self) -> Json | None:
        """None where the other side is gone."""
        try:
            line = await self._reader.readline()
        except ConnectionError:
            return None
        return json.loads(line) if line.endswith(b"\n") else None

    def close(self) -> None:
        self._writer.close()


async def channel_over(end: socket.socket) -> Channel:
    return Channel(*await asyncio.open_unix_connection(sock=end, limit=LONGEST))


def line_of(value: Json) -> bytes:
    return json.dumps(value).encode() + b"\n"
