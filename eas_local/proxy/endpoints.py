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
from eas_local.proxy.deadlines import Deadlines
from eas_local.proxy.request import Request
from eas_local.proxy.server import IDLE

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
    """A site's handler: collects the body, then asks `answer`. The task ends with its client.

    `within`: seconds in which a body must be whole.
    """

    def __init__(self, answer: Answer, within: float = IDLE) -> None:
        self._answer = answer
        self._deadlines = Deadlines(within)
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, request: Request) -> None:
        Collection(request, self._deadlines, self._run).begin()

    def _run(self, request: Request, body: bytes) -> None:
        call = call_of(request, body)
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


class Collection:
    """Of one request's body, until it is whole."""

    def __init__(self, request: Request, deadlines: Deadlines, whole: Callable[[Request, bytes], None]) -> None:
        self._request = request
        self._deadlines = deadlines
        self._whole = whole
        self._pieces = bytearray()

    def begin(self) -> None:
        request = self._request
        self._deadlines.add(self)
        request.on_gone = self._over
        request.body.forget()
        request.body.on_data = self._collect
        request.invite()
        self._collect()

    def late(self) -> None:
        self._request.reply(replies.TIMED_OUT)

    def _collect(self) -> None:
        request = self._request
        self._pieces += request.body.read()
        if len(self._pieces) > MAX_BODY:
            self._over()
            request.reply(replies.CONTENT_TOO_LARGE)
        elif request.body.ended:
            self._over()
            request.body.on_data = request.body.discard
            self._whole(request, bytes(self._pieces))

    def _over(self) -> None:
        self._deadlines.remove(self)


def call_of(request: Request, body: bytes = b"") -> Call:
    path, _, query = request.head.path.decode("latin-1").partition("?")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.head.fields.values.items()}
    return Call(request.head.method.decode(), path, dict(parse_qsl(query)), headers, body)


def json_reply(text: str | Mapping[str, Any], status: int = 200) -> Reply:
    body = text if isinstance(text, str) else json.dumps(text)
    return Reply(status, body.encode(), "application/json")


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
