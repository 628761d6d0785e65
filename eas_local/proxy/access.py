"""The access log: one line per request, without what a log must not hold (no Authorization, no values of a query).

Whoever answers a request only leaves a tuple here. Lines are made of these a moment later, many at once, so that a busy
program does not wait for its log.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple, TextIO

from eas_local.core.log_format import LogFormat

PAUSE = 0.05
MOST = 128
# Lines that wait for each other, so that no request waits long for the making of them.

_VALUE = re.compile(r"=[^&]*")


class Line(NamedTuple):
    """What is told of one request. Bytes are those of the bodies and heads; `warning` is a sentence to go with it."""

    at: float
    id: str
    method: bytes
    target: bytes
    service: str
    instance: str
    code: int
    seconds: float
    queue_seconds: float
    upstream_seconds: float
    received: int
    sent: int
    warning: str = ""


class AccessLog:
    """`add` may be called for every request; a log that cannot be written stops nobody."""

    def __init__(self, out: TextIO, log_format: LogFormat = LogFormat.TEXT) -> None:
        self._out = out
        self._lines: list[Line] = []
        self._due: asyncio.TimerHandle | None = None
        self._second = 0
        self._date = ""
        self.format = log_format

    def add(self, line: Line) -> None:
        self._lines.append(line)
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(PAUSE, self.flush)
        elif len(self._lines) >= MOST:
            self.flush()

    def flush(self) -> None:
        if self._due:
            self._due.cancel()
        lines, self._lines, self._due = self._lines, [], None
        write: Callable[[Line, str], str] = _as_json if self.format is LogFormat.JSON else _as_text
        with suppress(OSError):
            self._out.write("".join([write(line, self._stamp(line.at)) for line in lines]))
            self._out.flush()

    def _stamp(self, at: float) -> str:
        second = int(at)
        if second != self._second:
            self._second = second
            self._date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._date}.{int((at - second) * 1000):03d}Z"


def _as_text(line: Line, stamp: str) -> str:
    _, request_id, method, target, service, instance, code, total, queue, upstream, received, sent, warning = line
    before = f"{stamp} [WARN] {warning}\n" if warning else ""
    return (
        f"{before}{stamp} {service or '-'} {instance or '-'} {method.decode()} {shown(target)} {code}"
        f" {total * 1000:.1f}ms queue={queue * 1000:.1f}ms upstream={upstream * 1000:.1f}ms in={received} out={sent} id={request_id}\n"
    )


def _as_json(line: Line, stamp: str) -> str:
    readable = {"at": stamp, "method": line.method.decode(), "target": shown(line.target)}
    return json.dumps(line._asdict() | readable) + "\n"


@lru_cache(256)
def shown(target: bytes) -> str:
    """A target as the log may hold it: without values of its query, and without anything a terminal would obey."""
    text = target.decode("latin-1")
    if "?" in text:
        path, mark, query = text.partition("?")
        text = path + mark + _VALUE.sub("=***", query)
    return text if text.isascii() and text.isprintable() else text.encode("unicode_escape").decode()
