"""The access log: one line per request, without what a log must not hold (no Authorization, no values of a query)."""

import asyncio
import re
import time
from typing import TextIO

PAUSE = 0.05
_VALUE = re.compile(r"=[^&]*")


class AccessLog:
    """Lines are written together, a moment later, so that a busy program does not wait for its log."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lines: list[str] = []

    def add(self, method: bytes, target: bytes, code: int, seconds: float, sent: int, *notes: str) -> None:
        if not self._lines:
            asyncio.get_running_loop().call_later(PAUSE, self.flush)
        what = f"{method.decode('latin-1')} {redacted(target)} {code} {seconds * 1000:.1f}ms {sent}B"
        self._lines.append(" ".join((_now(), what, *notes)) + "\n")

    def flush(self) -> None:
        lines, self._lines = self._lines, []
        self._out.write("".join(lines))
        self._out.flush()


def redacted(target: bytes) -> str:
    path, mark, query = target.decode("latin-1").partition("?")
    return path + mark + _VALUE.sub("=***", query)


def _now() -> str:
    now = time.time()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}Z"
