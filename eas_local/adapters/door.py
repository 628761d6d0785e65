"""The way to a program's control API: JSON over HTTP over a unix socket, and every way it can fail in our words.

Quick to import: the standard library alone.
"""

import json
import socket
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

from eas_local.core.errors import EasError, Problem, Temporary

Json = dict[str, Any]

ANSWER_LIMIT = 30.0


class DaemonDown(Temporary):
    """Nothing answers on the socket, or it stopped answering."""

    reason = "DaemonDown"


class BrokenOff(DaemonDown):
    """It has heard the question, and may have done what it was asked."""


class ClientError(EasError):
    """The API said no. `code` and `problems` as it gave them."""

    def __init__(self, status: int, code: str, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.problems = tuple(problems)


class Door:
    """A connection for each question."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def call(self, method: str, path: str, body: Json | None = None, limit: float | None = ANSWER_LIMIT) -> Json:
        answer: Json = self.ask(method, path, body, limit)
        return answer

    def ask(self, method: str, path: str, body: Json | None = None, limit: float | None = ANSWER_LIMIT) -> Any:
        with _Connection(self._path, limit) as connection:
            return json.loads(connection.open(method, path, body).read())

    def lines(self, path: str, limit: float | None) -> Iterator[Json]:
        with _Connection(self._path, limit) as connection:
            for line in connection.open("GET", path, None):
                yield json.loads(line)


class _Connection(HTTPConnection):
    """Closes itself at the end of its block, where every way a connection can break becomes DaemonDown."""

    def __init__(self, path: Path, limit: float | None) -> None:
        super().__init__("localhost", timeout=limit)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))

    def open(self, method: str, path: str, body: Json | None) -> HTTPResponse:
        """The answer, its head read. Raises ClientError where it is a refusal."""
        headers = {"Content-Type": "application/json; charset=utf-8"} if body is not None else {}
        self.request(method, path, None if body is None else json.dumps(body), headers)
        response = self.getresponse()
        if response.status >= 400:
            raise _refusal(response.status, response.read())
        return response

    def __enter__(self) -> "_Connection":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.close()
        if isinstance(error, TimeoutError):
            raise BrokenOff(f"no answer on {self._path} within {self.timeout:.0f} s; look into its log") from error
        if isinstance(error, FileNotFoundError | ConnectionRefusedError):
            raise DaemonDown(f"nothing answers on {self._path}; eas-local up -d starts the emulator") from error
        if isinstance(error, OSError | HTTPException | json.JSONDecodeError):
            raise BrokenOff(f"the answer on {self._path} broke off ({error}); eas-local doctor looks why") from error


def _refusal(status: int, body: bytes) -> ClientError:
    try:
        said = json.loads(body)
        problems = [Problem(item["field"], item["message"]) for item in said.get("Problems", ())]
        return ClientError(status, said["Code"], said["Message"], problems)
    except (ValueError, KeyError, TypeError, AttributeError):
        text = body[:200].decode(errors="replace").strip()
        return ClientError(status, "", f"the emulator answered {status}: {text or 'nothing'}")
