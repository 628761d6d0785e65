"""`python streams_client.py PORT PATH TOKEN STREAMS SECONDS`: opens so many streams and says how late their events are.

One line when each of them has had its first event, one of JSON (milliseconds) at the end.
"""

import asyncio
import json
import re
import sys
import time

import uvloop

EVENT = re.compile(rb"data: (\d{20})\n\n")
LENGTH = len(b"data: \n\n") + 20
PATIENCE = 30


class Ear:
    """What all streams hear. `lateness` is kept in nanoseconds, once `listening`."""

    def __init__(self, streams: int) -> None:
        self.silent = streams
        self.flowing = asyncio.get_running_loop().create_future()
        self.lateness: list[int] = []
        self.listening = False

    def began(self) -> None:
        self.silent -= 1
        if not self.silent:
            self.flowing.set_result(None)

    def broke(self, what: str) -> None:
        if not self.flowing.done():
            self.flowing.set_exception(ConnectionError(what))


class Stream(asyncio.Protocol):
    def __init__(self, ear: Ear, request: bytes) -> None:
        self._ear, self._request = ear, request
        self._began = False
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        self._ear.broke(f"a stream ended: {error or self._rest!r}")

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        data = self._rest + data
        end = 0
        for event in EVENT.finditer(data):
            end = event.end()
            self._heard(now - int(event[1]))
        self._rest = data[end:][-LENGTH:]

    def _heard(self, lateness: int) -> None:
        if not self._began:
            self._began = True
            self._ear.began()
        if self._ear.listening:
            self._ear.lateness.append(lateness)


async def main(port: str, path: str, token: str, streams: str, seconds: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n\r\n".encode()
    ear = Ear(int(streams))
    loop = asyncio.get_running_loop()
    for _ in range(int(streams)):
        await loop.create_connection(lambda: Stream(ear, request), "127.0.0.1", int(port))
    await asyncio.wait_for(ear.flowing, PATIENCE)
    print("flowing", flush=True)
    ear.listening = True
    began = loop.time()
    await asyncio.sleep(float(seconds))
    late, took = sorted(ear.lateness), loop.time() - began
    p50, p99 = (late[len(late) * percent // 100] / 1e6 for percent in (50, 99))
    print(json.dumps({"events": len(late), "seconds": took, "p50": p50, "p99": p99}), flush=True)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
