"""Logs of runs whose containers are gone: one file per run under the home, bounded in size and in number.

logs/<service>/<pod>/<container>.<attempt>.log      lines of "<time> <text>"
"""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from eas_local.adapters import files
from eas_local.core.errors import NotFound
from eas_local.core.streams import LogLine

MAX_BYTES = 2 * 1024 * 1024
MAX_RUNS = 5

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class FileRunLogs:
    """Fulfils `daemon.ports.RunLogs`."""

    def __init__(self, home: Path) -> None:
        self._root = home / "logs"

    def keep(self, service: str, pod: str, container: str, attempt: int, lines: Sequence[LogLine]) -> None:
        """The last lines where there are too many; the oldest run goes where there are too many of those."""
        files.write(self._file(service, pod, container, attempt), b"".join(_last(lines)))
        for old in self._attempts(service, pod, container)[:-MAX_RUNS]:
            self._file(service, pod, container, old).unlink(missing_ok=True)

    def read(self, service: str, pod: str, container: str, attempt: int) -> list[LogLine]:
        try:
            written = self._file(service, pod, container, attempt).read_bytes()
        except FileNotFoundError:
            return []
        return [_parse(line) for line in written.decode(errors="replace").split("\n")[:-1]]

    def forget(self, service: str) -> None:
        shutil.rmtree(self._root / _safe(service), ignore_errors=True)

    def _file(self, service: str, pod: str, container: str, attempt: int) -> Path:
        return self._root / _safe(service) / _safe(pod) / f"{_safe(container)}.{attempt}.log"

    def _attempts(self, service: str, pod: str, container: str) -> list[int]:
        folder = self._root / _safe(service) / _safe(pod)
        numbers = [path.name.removeprefix(f"{container}.").removesuffix(".log") for path in folder.iterdir()]
        return sorted(int(number) for number in numbers if number.isdigit())


def _safe(name: str) -> str:
    """A name that stays in its folder; they come from requests."""
    if not _NAME.fullmatch(name):
        raise NotFound(f'there is no log of "{name}"; list the instances to see their names')
    return name


def _last(lines: Sequence[LogLine]) -> list[bytes]:
    kept: list[bytes] = []
    room = MAX_BYTES
    for line in reversed(lines):
        written = f"{line.at} {line.text}\n".encode()
        room -= len(written)
        if room < 0:
            break
        kept.append(written)
    return kept[::-1]


def _parse(line: str) -> LogLine:
    at, _, text = line.partition(" ")
    return LogLine(at, text)
