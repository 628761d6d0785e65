"""Requests answered by an async function, one task each: for control and discovery, where speed does not matter."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from eas_local.core import replies
from eas_local.core.replies import Reply
from eas_local.proxy.request import Request

MAX_BODY = 32 * 1024 * 1024

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """A whole request. Header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


Answer = Callable[[Call], Awaitable[Reply]]


class Endpoints:
    """A site's handler: collects the body, then asks `answer`. The task ends with its client."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, request: Request) -> None:
        pieces = bytearray()

        def collect() -> None:
            pieces.extend(request.body.read())
            if len(pieces) > MAX_BODY:
                request.reply(replies.CONTENT_TOO_LARGE)
            elif request.body.ended:
                request.body.on_data = request.body.discard
                self._run(request, call_of(request, bytes(pieces)))

        request.body.forget()
        request.body.on_data = collect
        request.invite()
        collect()

    def _run(self, request: Request, call: Call) -> None:
        task = asyncio.get_running_loop().create_task(self._reply(request, call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        request.on_gone = lambda: _cancel(task)

    async def _reply(self, request: Request, call: Call) -> None:
        try:
            reply = await self._answer(call)
        except Exception:
            log.exception("%s %s failed", call.method, call.path)
            reply = replies.INTERNAL
        request.reply(reply)


def call_of(request: Request, body: bytes = b"") -> Call:
    path, _, query = request.head.path.decode("latin-1").partition("?")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.head.fields.values.items()}
    return Call(request.head.method.decode(), path, dict(parse_qsl(query)), headers, body)


def json_reply(text: str | Mapping[str, Any], status: int = 200) -> Reply:
    body = text if isinstance(text, str) else json.dumps(text)
    return Reply(status, body.encode(), "application/json")


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
