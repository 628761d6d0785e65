"""Clients that never try twice, while something happens to a service: what became of each of their requests.

One posts on a connection that it keeps, one on a new connection each time; beside them a call of two seconds is always
being computed and a stream is always open. A request has failed when its status is not 200, when its answer is another
one's, and when its connection ended before its answer did.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from itertools import count
from secrets import token_hex

from eas_local.adapters.clock import SystemClock
from tests.scenarios.calling import HOST, PATIENCE
from tests.scenarios.emulator import Service
from tests.scenarios.eventually import eventually

BODY = 1024
PAUSE = 0.004
SOME = 20
EVENTS = 40
EVENT_PAUSE = 0.05


class Kind(StrEnum):
    """The four clients."""

    KEPT = "POST on a kept connection"
    NEW = "POST on a new connection"
    LONG = "call of 2 s"
    STREAM = "stream"


@dataclass(frozen=True, slots=True)
class Failure:
    """`number` of this kind, begun and ended so many seconds after the load; `what` the client saw."""

    kind: Kind
    number: int
    began: float
    ended: float
    what: str

    def __str__(self) -> str:
        return f"{self.kind} {self.number}, from {self.began:.3f} s to {self.ended:.3f} s: {self.what}"


class Wrong(Exception):
    """An answer that is not the one to this request."""


class Load:
    """The calls that have succeeded, by kind, and those that have not. `size`: how many may be on their way at once. `began`: seconds
    since the epoch."""

    def __init__(self, service: Service) -> None:
        self.good: Counter[Kind] = Counter()
        self.failures: list[Failure] = []
        self._service = service
        self._clock = SystemClock()
        self.began = self._clock.now()
        self._over = threading.Event()
        self.size = len(CALLS)
        self._clients = [threading.Thread(target=self._run, args=(kind, call)) for kind, call in CALLS.items()]

    def begin(self) -> None:
        for client in self._clients:
            client.start()

    def end(self) -> None:
        """When every call under way has ended."""
        self._over.set()
        for client in self._clients:
            client.join()

    def goes_on(self) -> None:
        """Wait until either kind of short call has succeeded some more, or any call has failed."""
        before = Counter(self.good)
        grown = lambda: all(self.good[kind] - before[kind] >= SOME for kind in (Kind.KEPT, Kind.NEW))  # noqa: E731
        eventually(lambda: self.failures or grown(), within=30, what="answers under load")

    def __str__(self) -> str:
        good = ", ".join(f"{number} x {kind}" for kind, number in self.good.items())
        return "\n".join((f"good: {good}", "failed:", *map(str, self.failures)))

    def _run(self, kind: Kind, call: "Call") -> None:
        with closing(HTTPConnection(HOST, self._service.emulator.port, timeout=PATIENCE)) as connection:
            for number in count():
                self._try(kind, number, call, connection)
                if kind is not Kind.KEPT:
                    connection.close()  # it is opened anew by the next request
                if self._over.wait(PAUSE):
                    return

    def _try(self, kind: Kind, number: int, call: "Call", connection: HTTPConnection) -> None:
        began = self._now()
        try:
            call(self._service, connection)
            self.good[kind] += 1
        except (OSError, HTTPException, Wrong) as error:
            connection.close()
            self.failures.append(Failure(kind, number, began, self._now(), f"{type(error).__name__}: {error}"))

    def _now(self) -> float:
        return self._clock.now() - self.began


Call = Callable[[Service, HTTPConnection], None]


def post(service: Service, connection: HTTPConnection) -> None:
    body = token_hex(BODY // 2)
    answer = json.loads(_answer(service, connection, "POST", "/under/load", body))
    if answer["body"] != body:
        raise Wrong(f"the echo of {answer['body'][:40]!r}")


def compute(service: Service, connection: HTTPConnection) -> None:
    answer = _answer(service, connection, "POST", "/sleep?s=2", "x" * BODY)
    if answer != b'"slept"':
        raise Wrong(answer[:40].decode())


def follow(service: Service, connection: HTTPConnection) -> None:
    answer = _answer(service, connection, "GET", f"/ticks?n={EVENTS}&pause={EVENT_PAUSE}")
    if answer != b"".join(b"data: %d\n\n" % event for event in range(EVENTS)):
        raise Wrong(f"events {answer[:40]!r} to {answer[-40:]!r}")


CALLS: Mapping[Kind, Call] = {Kind.KEPT: post, Kind.NEW: post, Kind.LONG: compute, Kind.STREAM: follow}


def _answer(service: Service, connection: HTTPConnection, method: str, path: str, body: str | None = None) -> bytes:
    headers = {"Authorization": service.token}
    connection.request(method, f"/api/predict/{service.name}{path}", body, headers)
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise Wrong(f"status {response.status}, {dict(response.getheaders())}, {answer[:200]!r}")
    return answer


@contextmanager
def under_load(service: Service) -> Iterator[Load]:
    """Four clients call the service for as long as the block lasts, and end what they have begun."""
    load = Load(service)
    load.begin()
    try:
        yield load
    finally:
        load.end()


@contextmanager
def nothing_lost(service: Service) -> Iterator[Load]:
    """The same, and not one of their requests fails: those before, during and after the block."""
    with under_load(service) as load:
        load.goes_on()
        yield load
        load.goes_on()
    assert not load.failures, str(load)
    assert set(load.good) == set(Kind), str(load)
