"""What a run wrote, from the engine's log stream to lines.

The engine sends frames: an 8 byte head (which of the two outputs, how long), then one entry with its time. A line longer
than 16 KiB comes as several entries, possibly with entries of the other output between them.
"""

import struct
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Any

from eas_local.adapters.docker_answer import Answer
from eas_local.adapters.docker_errors import translated
from eas_local.core.streams import LogLine

_HEAD = struct.Struct(">BxxxL")
_LONGEST = 1024 * 1024  # a line without an end is given out in pieces of this size

Frame = tuple[int, bytes]


class RunLog(Answer):
    """The lines of one run, oldest first. None where the run is gone."""

    def __init__(self, api: Any, run: str, **wanted: str | int) -> None:
        # The SDK's own method joins both outputs and loses where an entry ends.
        super().__init__(api, f"/containers/{run}/logs", {"stdout": 1, "stderr": 1, "timestamps": 1, **wanted})

    def __iter__(self) -> Iterator[LogLine]:
        with translated("logs"):
            yield from lines(frames(self.raw)) if self.found else ()


class FollowedLog:
    """A run's lines as they come, until it ends.

    The engine stops following when the run ends and may lose its last words, which say why; so they are asked for again.
    """

    def __init__(self, api: Any, run: str, **wanted: str | int) -> None:
        self._followed = RunLog(api, run, follow=1, **wanted)
        self._again = partial(RunLog, api, run)
        self._wanted = wanted

    def __iter__(self) -> Iterator[LogLine]:
        latest: list[LogLine] = []
        for line in self._followed:
            latest = [*latest, line] if latest and latest[0].at == line.at else [line]
            yield line
        yield from self._missed(latest)

    def close(self) -> None:
        self._followed.close()

    def _missed(self, latest: list[LogLine]) -> Iterator[LogLine]:
        """What came after `latest`, all lines of one instant."""
        wanted = {"since": _unix(latest[0].at)} if latest else self._wanted
        with closing(self._again(**wanted)) as log:
            for line in log:
                if line in latest:
                    latest.remove(line)
                else:
                    yield line


def frames(stream: Any) -> Iterator[Frame]:
    """Cut a stream at its heads; a last frame that was cut off is dropped."""
    while len(head := stream.read(_HEAD.size)) == _HEAD.size:
        output, length = _HEAD.unpack(head)
        yield output, stream.read(length)


def lines(frames: Iterable[Frame]) -> Iterator[LogLine]:
    """Join the entries of each output to lines. What is left without an end at the end is a line too."""
    open_lines: dict[int, tuple[str, bytes]] = {}
    for output, entry in frames:
        at, _, piece = entry.partition(b" ")
        began, text = open_lines.pop(output, (at.decode(errors="replace"), b""))
        text += piece
        if text.endswith(b"\n") or len(text) >= _LONGEST:
            yield _line(began, text)
        else:
            open_lines[output] = (began, text)
    for began, text in open_lines.values():
        yield _line(began, text)


def _line(at: str, text: bytes) -> LogLine:
    return LogLine(at, text.removesuffix(b"\n").decode(errors="replace"))


def _unix(at: str) -> str:
    """Seconds since the epoch as the engine reads them, with all nine places: a float has fewer."""
    whole, _, fraction = at.removesuffix("Z").partition(".")
    return f"{datetime.fromisoformat(f'{whole}+00:00').timestamp():.0f}.{fraction}"
