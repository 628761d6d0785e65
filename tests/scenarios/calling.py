"""HTTP as a client of the emulator speaks it: one request on a connection of its own."""

import json
import socket
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

HOST = "127.0.0.1"
PATIENCE = 30.0

Body = bytes | Iterable[bytes] | None


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def call(
    port: int, path: str, *, method: str = "GET", body: Body = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """A `body` in parts is sent chunked."""
    with closing(HTTPConnection(HOST, port, timeout=PATIENCE)) as connection:
        connection.request(method, path, body, dict(headers or {}), encode_chunked=not isinstance(body, bytes | None))
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, found, response.read())


def dial(port: int) -> socket.socket:
    """A bare connection, for what no HTTP library would send."""
    return socket.create_connection((HOST, port), timeout=PATIENCE)


def free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])
