"""The level below BaseProcessor: a queue of requests that the code reads, and answers, with threads of its own."""

import collections
import functools
import itertools
import threading
import time
from typing import Any, Deque, Dict, List, NoReturn, Optional, Sequence, Tuple

from . import answer, settings
from .connection import Connection
from .front import Front
from .properties import default_properties


class Context:
    """`num_threads` moved bytes in the original; here whoever reads a request does."""

    def __init__(self, num_threads: int = 4) -> None:
        self.num_threads = num_threads
        self._services: List[QueuedService] = []

    def queued_service(self, endpoint: Optional[str] = None) -> "QueuedService":
        service = QueuedService(Front(settings.load(), endpoint))
        self._services.append(service)
        return service

    def channel(self, uri: str) -> NoReturn:
        raise NotImplementedError(
            "allspark's protocol between services is EAS's own and not public; call {} over HTTP instead".format(uri)
        )

    def stop(self) -> None:
        for service in self._services:
            service.front.server.stop()


class QueuedService:
    """A thread answers what it has read, in that order; what was read `with_id` may be answered by any thread."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self._beginning = threading.Lock()
        self._begun = False
        self._mine = threading.local()
        self._by_id: Dict[int, Connection] = {}
        self._ids = itertools.count(1)
        # Parity: set when there is a service object (wire-contract 5.1).
        default_properties().put("model.ready", "1")

    def read(self) -> bytes:
        return self._keep(self._next())

    def write(self, data: Any) -> None:
        self.error(200, data)

    def error(self, code: int, data: Any) -> None:
        if not self._unanswered:
            raise RuntimeError("this thread has read no request that is not answered yet; call read() first")
        _answer(self._unanswered.popleft(), data, code)

    def read_upto(self, n: int, timeout_ms: int) -> List[bytes]:
        """At most `n` bodies, those that come within this time."""
        deadline = time.monotonic() + timeout_ms / 1000
        bodies: List[bytes] = []
        self._begin()
        while len(bodies) < n:
            client = self.front.server.take(max(0.0, deadline - time.monotonic()))
            if client is None:
                break
            bodies.append(self._keep(client))
        return bodies

    def write_many(self, messages: Sequence[Any]) -> None:
        for message in messages:
            self.write(message)

    def read_with_id(self) -> Tuple[bytes, int]:
        client, number = self._next(), next(self._ids)
        self._by_id[number] = client
        return client.body, number

    def write_with_id(self, msg: Any, id: int) -> None:  # noqa: A002 - the name that is known
        self.error_with_id(200, msg, id)

    def error_with_id(self, code: int, msg: Any, id: int) -> None:  # noqa: A002 - the name that is known
        _answer(self._by_id.pop(id), msg, code)

    def inject(self, path: str, handler: answer.Process, token: str = "") -> None:  # noqa: ARG002 - the service's own token was asked for
        """Requests to this path are answered by `handler(body)`, which returns what process would."""
        self.front.server.own[path.encode()] = functools.partial(answer.of, handler)

    @property
    def _unanswered(self) -> Deque[Connection]:
        mine: Deque[Connection] = self._mine.__dict__.setdefault("unanswered", collections.deque())
        return mine

    def _next(self) -> Connection:
        self._begin()
        client = self.front.server.take()
        assert client is not None
        return client

    def _keep(self, client: Connection) -> bytes:
        self._unanswered.append(client)
        return client.body

    def _begin(self) -> None:
        """Code that reads has loaded what it needs. How many threads of it read is not known, so the sidecar lets in as many
        requests as the queue holds."""
        if self._begun:
            return
        with self._beginning:
            if not self._begun:
                self._begun = True
                self.front.announce()
                self.front.ready(default_properties().get("rpc.max_queue_size", 0))


def _answer(client: Connection, data: Any, code: int) -> None:
    client.answer(*answer.judged((data, code)))
