"""Requests without a pause, while something is broken: what became of each of them."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException

from tests.scenarios.calling import HOST, PATIENCE
from tests.scenarios.emulator import Service


class Load:
    """What was answered so far: statuses and the names of errors, each with its number."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self._over = threading.Event()

    def run(self, service: Service) -> None:
        while not self._over.is_set():
            self.seen[self._outcome(service)] += 1

    def end(self) -> None:
        self._over.set()

    def _outcome(self, service: Service) -> str:
        try:
            with closing(HTTPConnection(HOST, service.emulator.port, timeout=PATIENCE)) as connection:
                path = f"/api/predict/{service.name}/under/load"
                connection.request("POST", path, b"x" * 100, {"Authorization": service.token})
                response = connection.getresponse()
                response.read()
                return str(response.status)
        except (OSError, HTTPException) as error:
            return type(error).__name__


@contextmanager
def under_load(service: Service, clients: int = 2) -> Iterator[Load]:
    """So many clients call the service for as long as the block lasts."""
    load = Load()
    threads = [threading.Thread(target=load.run, args=(service,)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.end()
        for thread in threads:
            thread.join()
