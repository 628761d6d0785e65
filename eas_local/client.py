"""The control API as Python methods, over the daemon's socket.

Quick to import: the standard library and nothing of the daemon. Answers that callers only pass on stay the API's JSON;
those they decide by are values. Starting the daemon is `adapters/launch.py`.
"""

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from eas_local.core.errors import EasError, Problem, Temporary

Json = dict[str, Any]

_PAGE = 100
_ANSWER_LIMIT = 30.0
_SHUTDOWN_LIMIT = 600.0


class DaemonDown(Temporary):
    """Nothing answers on the socket, or it stopped answering."""

    reason = "DaemonDown"


class ClientError(EasError):
    """The API said no. `code` and `problems` as it gave them."""

    def __init__(self, status: int, code: str, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Look:
    """The state of a service at one moment. `seq` differs as soon as anything changed."""

    seq: int
    state: str
    reason: str
    message: str
    total: int
    running: int
    pending: int


@dataclass(frozen=True, slots=True)
class LogLine:
    """`at` is an RFC 3339 time as the engine gives it."""

    instance: str
    container: str
    at: str
    text: str


class Client:
    """One emulator. Every method may raise ClientError and DaemonDown."""

    def __init__(self, socket_path: Path, region: str = "cn-local") -> None:
        self._door = _Door(socket_path)
        self._services = f"/api/v2/services/{quote(region, safe='')}"

    def health(self) -> Json:
        return self._door.call("GET", "/local/v1/health")

    def gpus(self) -> list[Json]:
        found: list[Json] = self._door.ask("GET", "/local/v1/gpus")
        return found

    def create(self, text: str, base: str, *, lenient: bool = False, labels: Mapping[str, str] | None = None) -> Json:
        body = {"text": text, "base": base, "lenient": lenient, "labels": dict(labels or {})}
        return self._door.call("POST", "/local/v1/services", body)

    def services(self) -> list[Json]:
        return self._all("/api/v2/services", "Services")

    def describe(self, name: str) -> Json:
        return self._door.call("GET", self._of(name))

    def instances(self, name: str) -> list[Json]:
        return self._all(f"{self._of(name)}/instances", "Instances")

    def start(self, name: str) -> Json:
        return self._door.call("PUT", f"{self._of(name)}/start")

    def stop(self, name: str) -> Json:
        return self._door.call("PUT", f"{self._of(name)}/stop")

    def restart(self, name: str) -> Json:
        return self._door.call("PUT", f"{self._of(name)}/restart")

    def delete(self, name: str) -> Json:
        return self._door.call("DELETE", self._of(name))

    def look(self, name: str, after: int = -1, wait: float = 0) -> Look:
        """The present state as soon as its seq is not `after`, at the latest after `wait` seconds."""
        path = f"{_local(name)}/status?{urlencode({'after': after, 'wait': wait})}"
        answer = self._door.call("GET", path, limit=wait + _ANSWER_LIMIT)
        return Look(
            seq=answer["seq"],
            state=answer["Status"],
            reason=answer["Reason"],
            message=answer["Message"],
            total=answer["TotalInstance"],
            running=answer["RunningInstance"],
            pending=answer["PendingInstance"],
        )

    def logs(
        self,
        name: str,
        *,
        instance: str | None = None,
        previous: bool = False,
        follow: bool = False,
        tail: int | None = None,
    ) -> Iterator[LogLine]:
        """What the containers wrote; with `follow` without end."""
        asked = {"instance": instance, "previous": _flag(previous), "follow": _flag(follow), "tail": tail}
        query = urlencode({key: value for key, value in asked.items() if value is not None})
        for line in self._door.lines(f"{_local(name)}/logs?{query}", limit=None if follow else _ANSWER_LIMIT):
            yield LogLine(line["instance"], line["container"], line["at"], line["text"])

    def shutdown(self, *, purge: bool = False) -> Json:
        """Answers when every pod is stopped; the daemon ends after that."""
        return self._door.call("POST", "/local/v1/shutdown", {"purge": purge}, limit=_SHUTDOWN_LIMIT)

    def _of(self, name: str) -> str:
        return f"{self._services}/{quote(name, safe='')}"

    def _all(self, path: str, key: str) -> list[Json]:
        """Every page of a list."""
        found: list[Json] = []
        number = 1
        while True:
            page = self._door.call("GET", f"{path}?PageNumber={number}&PageSize={_PAGE}")
            found += page[key]
            if not page[key] or len(found) >= page["TotalCount"]:
                return found
            number += 1


def stop_gateway(socket_path: Path) -> None:
    _Door(socket_path).call("POST", "/v1/stop")


def _local(name: str) -> str:
    return f"/local/v1/services/{quote(name, safe='')}"


def _flag(value: bool) -> str:
    return "true" if value else "false"


class _Door:
    """JSON over HTTP over a unix socket, a connection for each question."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def call(self, method: str, path: str, body: Json | None = None, limit: float | None = _ANSWER_LIMIT) -> Json:
        answer: Json = self.ask(method, path, body, limit)
        return answer

    def ask(self, method: str, path: str, body: Json | None = None, limit: float | None = _ANSWER_LIMIT) -> Any:
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
            raise DaemonDown(f"no answer on {self._path} within {self.timeout:.0f} s; look into its log") from error
        if isinstance(error, FileNotFoundError | ConnectionRefusedError):
            raise DaemonDown(f"nothing answers on {self._path}; eas-local up -d starts the emulator") from error
        if isinstance(error, OSError | HTTPException | json.JSONDecodeError):
            raise DaemonDown(f"the answer on {self._path} broke off ({error}); eas-local doctor looks why") from error


def _refusal(status: int, body: bytes) -> ClientError:
    try:
        said = json.loads(body)
        problems = [Problem(item["field"], item["message"]) for item in said.get("Problems", ())]
        return ClientError(status, said["Code"], said["Message"], problems)
    except (ValueError, KeyError, TypeError, AttributeError):
        text = body[:200].decode(errors="replace").strip()
        return ClientError(status, "", f"the emulator answered {status}: {text or 'nothing'}")
