"""What the requests of an instance add up to, for Prometheus."""

from collections import Counter
from collections.abc import Iterator

from eas_local.proxy.access import Line
from eas_local.proxy.metrics import SECONDS, Family, Histogram, Labels


class Counts:
    """`unreachable`: how often the container took no connection."""

    def __init__(self) -> None:
        self._codes: Counter[int] = Counter()
        self._seconds = Histogram(SECONDS)
        self._queue_seconds = Histogram(SECONDS)
        self._received = 0
        self._sent = 0
        self.unreachable = 0

    def add(self, line: Line) -> None:
        self._codes[line.code] += 1
        self._seconds.observe(line.seconds)
        self._queue_seconds.observe(line.queue_seconds)
        self._received += line.received
        self._sent += line.sent

    def families(self, of: Labels) -> Iterator[Family]:
        """`of`: the labels that say whose they are."""
        codes = [({**of, "code": str(code)}, count) for code, count in sorted(self._codes.items())]
        yield Family("eas_requests_total", "counter", "Requests by the status of their answer.", codes)
        yield Family(
            "eas_request_duration_seconds",
            "histogram",
            "Time from a request's head to the end of its answer.",
            [(of, self._seconds)],
        )
        yield Family(
            "eas_request_queue_duration_seconds",
            "histogram",
            "Time a request waited for a worker.",
            [(of, self._queue_seconds)],
        )
        yield Family("eas_received_bytes_total", "counter", "Bytes of request bodies.", [(of, self._received)])
        yield Family("eas_sent_bytes_total", "counter", "Bytes of answers, heads included.", [(of, self._sent)])
        yield Family(
            "eas_upstream_connect_failures_total",
            "counter",
            "Requests for which the container took no connection.",
            [(of, self.unreachable)],
        )
