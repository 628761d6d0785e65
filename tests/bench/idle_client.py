"""`python idle_client.py PORT PATH TOKEN COUNT`: opens so many connections, has one answer on each, and keeps them.

One line when it has them all; they are closed when its input ends.
"""

import asyncio
import sys

import uvloop

AT_ONCE = 50
PATIENCE = 5


async def main(port: str, path: str, token: str, count: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n\r\n".encode()
    kept = []
    while len(kept) < int(count):
        wanted = min(AT_ONCE, int(count) - len(kept))
        kept += await asyncio.gather(*(connection(int(port), request) for _ in range(wanted)))
    print(f"{len(kept)} kept", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    lost = sum(reader.at_eof() for reader, _ in kept)
    if lost:
        sys.exit(f"{lost} of {len(kept)} were not kept")


async def connection(port: int, request: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    if b" 200 " not in head.partition(b"\r\n")[0]:
        sys.exit(f"answered {head!r}")
    await asyncio.wait_for(reader.readexactly(64), PATIENCE)
    return reader, writer


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
