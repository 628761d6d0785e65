"""What every contestant stands in front of: fixed answers, bodies read to their last byte, and events that tell the time.

`python origin.py HOST PORT` needs nothing but the standard library, so that it runs in a pod, too; where there is uvloop
it runs on that.

    GET /answer/N    N bytes, for the sizes that are measured
    POST /answer/N   the same, once the whole body has come; `X-Received` says how much that was
    GET /events      ten server-sent events a second, each the time it was sent at, in nanoseconds

The prefix of a predict path may stand before it: not everybody takes it off.
"""

import asyncio
import sys
import time

try:
    from uvloop import run
except ImportError:  # in a pod
    from asyncio import run

PREFIX = b"/api/predict/demo"
SIZES = (64, 16 * 1024, 1024 * 1024)
PAUSE = 0.1
EVENT_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def an_answer(size: int, *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 200 OK", b"Content-Type: application/octet-stream", b"Content-Length: %d" % size, *headers]
    return b"\r\n".join([*lines, b"", b"x" * size])


ANSWERS = {b"/answer/%d" % size: an_answer(size) for size in SIZES}


class Origin(asyncio.Protocol):
    """One connection, on which one request follows the answer to the last."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._timer: asyncio.TimerHandle | None = None
        self._begin()

    def connection_lost(self, error: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        if self._target:
            self._left -= len(data)
        else:
            self._head += data
            self._read_head()
        if self._target and self._left <= 0:
            self._answer()

    def _begin(self) -> None:
        self._head, self._target, self._length, self._left = b"", b"", 0, 0

    def _read_head(self) -> None:
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if end:
            self._target = head.split(b" ", 2)[1].removeprefix(PREFIX)
            self._length = 0 if head.startswith(b"GET ") else length_in(head)
            self._left = self._length - len(rest)

    def _answer(self) -> None:
        target, length = self._target, self._length
        self._begin()
        if target == b"/events":
            self._transport.write(EVENT_HEAD)
            self._tell(asyncio.get_running_loop().time())
        elif length:
            self._transport.write(an_answer(int(target.rpartition(b"/")[2]), b"X-Received: %d" % length))
        else:
            self._transport.write(ANSWERS[target])

    def _tell(self, due: float) -> None:
        """The next event is due a tenth of a second after this one was, however late this one is."""
        event = b"data: %020d\n\n" % time.monotonic_ns()
        self._transport.write(b"%x\r\n%s\r\n" % (len(event), event))
        self._timer = asyncio.get_running_loop().call_at(due + PAUSE, self._tell, due + PAUSE)


def length_in(head: bytes) -> int:
    """The proxies all pass a length on as a length."""
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])


async def serve(host: str, port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Origin, host, port, backlog=4096)
    await server.serve_forever()


def main(host: str, port: str) -> None:
    run(serve(host, int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:])
