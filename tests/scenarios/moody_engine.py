"""A way to the real engine on which particular calls can be slow, or hang, and on which an open line can go dead."""

import asyncio
import re
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_OPEN_END = re.compile(rb"\r\n(?:upgrade:|transfer-encoding: *chunked)", re.IGNORECASE)


@dataclass(eq=False)
class _Mood:
    """Requests whose first line matches wait for so long, or until it is over."""

    pattern: re.Pattern[str]
    seconds: float
    over: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False)
class _Line:
    """A connection, with the first line of the request that is under way on it. A dead one passes on nothing more."""

    asked: str = ""
    dead: bool = False


class MoodyEngine:
    def __init__(self, path: Path, engine: Path) -> None:
        self.address = f"unix://{path}"
        self._path = path
        self._engine = engine
        self._loop = asyncio.new_event_loop()
        self._moods: list[_Mood] = []
        self._lines: set[_Line] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def begin(self) -> None:
        self._thread.start()
        self._have(self._listen()).result()

    def end(self) -> None:
        self._have(self._cancel_all()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @contextmanager
    def holding(self, pattern: str, seconds: float = inf) -> Iterator[None]:
        """Within the block such calls take that much longer, or get no answer at all; afterwards all go on."""
        mood = self._have(self._begin_mood(pattern, seconds)).result()
        try:
            yield
        finally:
            self._moods.remove(mood)
            self._loop.call_soon_threadsafe(mood.over.set)

    def kill_lines(self, pattern: str) -> None:
        """Of the lines on which such a call is under way nothing is heard any more, though they stay open."""
        lines = [line for line in self._lines if re.search(pattern, line.asked)]
        assert lines, [line.asked for line in self._lines]
        for line in lines:
            line.dead = True

    def _have(self, coroutine: "asyncio._CoroutineLike[object]") -> "Future[object]":
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def _listen(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, self._path, limit=1 << 20)

    async def _begin_mood(self, pattern: str, seconds: float) -> _Mood:
        mood = _Mood(re.compile(pattern), seconds)
        self._moods.append(mood)
        return mood

    async def _cancel_all(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, mine = await asyncio.open_unix_connection(self._engine)
        line = _Line()
        self._lines.add(line)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                async with asyncio.TaskGroup() as group:
                    answers = group.create_task(self._pass_answers(line, theirs, writer))
                    await self._pass_requests(line, reader, mine)
                    answers.cancel()
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._lines.discard(line)
            mine.close()
            writer.close()

    async def _pass_requests(self, line: _Line, reader: asyncio.StreamReader, engine: asyncio.StreamWriter) -> None:
        """One after the other, until the client has left."""
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            line.asked = head.partition(b"\r\n")[0].decode()
            await self._wait(line.asked)
            length = _LENGTH.search(head)
            engine.write(head + (await reader.readexactly(int(length[1])) if length else b""))
            if _OPEN_END.search(head):
                await _copy(reader, engine)

    async def _wait(self, asked: str) -> None:
        for mood in [mood for mood in self._moods if mood.pattern.search(asked)]:
            with suppress(TimeoutError):
                await asyncio.wait_for(mood.over.wait(), None if mood.seconds == inf else mood.seconds)

    async def _pass_answers(self, line: _Line, engine: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await engine.read(65536):
            if not line.dead:
                writer.write(data)
                await writer.drain()
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


@contextmanager
def a_moody_engine(engine: Path = Path("/var/run/docker.sock")) -> Iterator[MoodyEngine]:
    with tempfile.TemporaryDirectory(prefix="eas-moody-", dir="/tmp") as folder:
        moody = MoodyEngine(Path(folder) / "docker.sock", engine)
        moody.begin()
        try:
            yield moody
        finally:
            moody.end()
