"""What a client sees of changes to the service that it calls, beside what it sees of the same service left alone."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from statistics import quantiles
from time import perf_counter

from eas_local.adapters import settings
from eas_local.adapters.clock import SystemClock
from eas_local.client import Client
from tests.bench.plan import Plan
from tests.bench.report import Number, Table
from tests.scenarios.calling import HOST
from tests.scenarios.conftest import an_emulator
from tests.scenarios.documents import a_container, a_document
from tests.scenarios.emulator import Emulator, Service

CALLERS = 4
PAUSE = 0.004
AFTERWARDS = 0.5
COLUMNS = ("seconds", "requests", "failed", "p50 ms", "p99 ms", "longest", "p50 alone", "p99 alone")

Act = Callable[[], None]


def tables(plan: Plan) -> Iterator[Table]:
    with an_emulator() as emulator:
        changes = Changes(emulator)
        rows = {name: _row(changes, act, plan) for name, act in changes.acts.items()}
    yield Table(f"{CALLERS} callers while", COLUMNS, rows)


def _row(changes: "Changes", act: Act, plan: Plan) -> list[Number]:
    alone, changed = Seen(), Seen()
    for _ in range((plan.rounds + 1) // 2):
        changes.watch(alone, lambda: SystemClock().sleep(plan.seconds))
        changes.watch(changed, act)
    p50, p99 = changed.percentiles
    longest = max(changed.latencies) * 1000
    return [
        changed.lasted / changed.turns,
        len(changed.latencies),
        changed.failed,
        p50,
        p99,
        longest,
        *alone.percentiles,
    ]


@dataclass
class Seen:
    """By the callers, over all turns. `latencies` in seconds, of requests that were answered 200."""

    latencies: list[float] = field(default_factory=list)
    failed: int = 0
    lasted: float = 0
    turns: int = 0

    @property
    def percentiles(self) -> tuple[float, float]:
        """p50 and p99, in milliseconds."""
        hundredths = quantiles(self.latencies, n=100)
        return hundredths[49] * 1000, hundredths[98] * 1000


class Changes:
    """Of one service of two instances; `acts` end when the change has arrived."""

    def __init__(self, emulator: Emulator) -> None:
        self._service = emulator.create(a_document("demo", instance=2), within=600)
        self._client = Client(settings.load(emulator.environment()).daemon_socket)
        self._values = cycle(("a", "b"))
        self._queues = cycle((32, 64))
        self._versions = cycle((1, 2))
        self._update()
        self.acts: dict[str, Act] = {
            "a rolling update": self._update,
            "a scaling 2-4-2": self._scale,
            "a hot update": self._update_hot,
            "a version's return": self._switch,
        }

    def watch(self, seen: Seen, act: Act) -> None:
        """One turn, from just before the act until a little after it."""
        over = threading.Event()
        callers = [threading.Thread(target=_call, args=(self._service, seen, over)) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        began = perf_counter()
        act()
        seen.lasted += perf_counter() - began
        seen.turns += 1
        SystemClock().sleep(AFTERWARDS)
        over.set()
        for caller in callers:
            caller.join()

    def _update(self) -> None:
        container = a_container(env=[{"name": "A", "value": next(self._values)}])
        self._merge({"containers": [container]})

    def _update_hot(self) -> None:
        self._merge({"metadata": {"rpc": {"max_queue_size": next(self._queues)}}})

    def _scale(self) -> None:
        for count in (4, 2):
            self._client.scale("demo", count)
            self._arrive()

    def _switch(self) -> None:
        self._client.switch_version("demo", next(self._versions))
        self._arrive()

    def _merge(self, change: dict[str, object]) -> None:
        self._client.update("demo", json.dumps(change))
        self._arrive()

    def _arrive(self) -> None:
        look = self._client.look("demo")
        while look.state != "Running" or look.pending:
            look = self._client.look("demo", look.seq, wait=30)


def _call(service: Service, seen: Seen, over: threading.Event) -> None:
    """One request after the other on a connection that is kept, each tried once."""
    with closing(HTTPConnection(HOST, service.emulator.port, timeout=30)) as connection:
        while not over.wait(PAUSE):
            began = perf_counter()
            try:
                connection.request("POST", "/api/predict/demo", b"x" * 64, {"Authorization": service.token})
                answer = connection.getresponse()
                answer.read()
            except (OSError, HTTPException):
                connection.close()
                seen.failed += 1
                continue
            if answer.status == 200:
                seen.latencies.append(perf_counter() - began)
            else:
                seen.failed += 1
