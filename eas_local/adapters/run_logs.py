"""Logs of runs whose containers are gone: one file per run under the home, bounded in size and in number.

logs/<service>/<pod>/<container>.<attempt>.log      lines of "<time> <text>"
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from eas_local.adapters import files
from eas_local.core.errors import NotFound
from eas_local.core.streams import KeptRun, LogLine

MAX_BYTES = 2 * 1024 * 1024
MAX_RUNS = 5
MAX_INSTANCES = 20

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_FILE = re.compile(r"(?P<container>[A-Za-z0-9_].*)\.(?P<attempt>\d+)\.log")


class FileRunLogs:
    """Fulfils `daemon.ports.RunLogs`."""

    def __init__(self, home: Path) -> None:
        self._root = home / "logs"

    def keep(self, service: str, pod: str, container: str, attempt: int, lines: Sequence[LogLine]) -> None:
        """The last lines where there are too many; the oldest run of the container, and the instance that has kept none
        for the longest time, go where there are too many of those."""
        files.write(self._file(service, pod, container, attempt), b"".join(_last(lines)))
        attempts = sorted(run.attempt for run in self._runs(self._pod(service, pod)) if run.container == container)
        for old in attempts[:-MAX_RUNS]:
            self._file(service, pod, container, old).unlink(missing_ok=True)
        for folder in self._pods(service)[:-MAX_INSTANCES]:
            shutil.rmtree(folder, ignore_errors=True)

    def runs(self, service: str) -> list[KeptRun]:
        return sorted(run for folder in self._pods(service) for run in self._runs(folder))

    def read(self, service: str, pod: str, container: str, attempt: int) -> list[LogLine]:
        try:
            written = self._file(service, pod, container, attempt).read_bytes()
        except FileNotFoundError:
            return []
        return [_parse(line) for line in written.decode(errors="replace").split("\n")[:-1]]

    def forget(self, service: str) -> None:
        shutil.rmtree(self._root / _safe(service), ignore_errors=True)

    def _file(self, service: str, pod: str, container: str, attempt: int) -> Path:
        return self._pod(service, pod) / f"{_safe(container)}.{attempt}.log"

    def _pod(self, service: str, pod: str) -> Path:
        return self._root / _safe(service) / _safe(pod)

    def _pods(self, service: str) -> list[Path]:
        """The folders of a service's instances, in the order in which something was kept in them last."""
        return sorted((self._root / _safe(service)).glob("*/"), key=lambda folder: folder.stat().st_mtime_ns)

    def _runs(self, folder: Path) -> Iterator[KeptRun]:
        for file in folder.iterdir():
            if found := _FILE.fullmatch(file.name):
                yield KeptRun(folder.name, found["container"], int(found["attempt"]))


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
