"""The sidecar's job as somebody would write it with aiohttp: `python aiohttp_proxy.py PORT ORIGIN_PORT TOKEN`."""

import asyncio
import sys
import uuid
from collections import Counter
from datetime import UTC, datetime

import uvloop
from aiohttp import ClientSession, ClientTimeout, TCPConnector, web

PREFIX = "/api/predict/demo"
OF_A_CONNECTION = ("connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade")


class Proxy:
    """Token, limit of concurrency, deadline, prefix, access log; bodies pass as they come."""

    def __init__(self, origin: str, token: str, session: ClientSession) -> None:
        self._origin, self._token, self._session = origin, token, session
        self._running = asyncio.Semaphore(1024)
        self._codes: Counter[int] = Counter()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Authorization") != self._token:
            return web.Response(status=401)
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(600), self._running:
            answer = await self._passed(request)
        self._codes[answer.status] += 1
        seconds = asyncio.get_running_loop().time() - began
        facts = (request.method, request.path, answer.status, f"{seconds:.6f}", answer.body_length)
        print(datetime.now(UTC).isoformat(), uuid.uuid4().hex, *facts)
        return answer

    async def _passed(self, request: web.BaseRequest) -> web.StreamResponse:
        target = self._origin + request.path_qs.removeprefix(PREFIX)
        body = request.content if request.body_exists else None
        async with self._session.request(request.method, target, headers=onward(request.headers), data=body) as reply:
            answer = web.StreamResponse(status=reply.status, reason=reply.reason, headers=onward(reply.headers))
            await answer.prepare(request)
            async for piece in reply.content.iter_any():
                await answer.write(piece)
            await answer.write_eof()
            return answer


def onward(headers):
    return [(name, value) for name, value in headers.items() if name.lower() not in OF_A_CONNECTION]


async def main(port: str, origin: str, token: str) -> None:
    connector = TCPConnector(limit=0, keepalive_timeout=600)
    session = ClientSession(connector=connector, timeout=ClientTimeout(None), auto_decompress=False)
    proxy = Proxy(f"http://127.0.0.1:{origin}", token, session)
    server = web.Server(proxy.handle, access_log=None, keepalive_timeout=600)
    listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", int(port), backlog=4096)
    await listener.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
