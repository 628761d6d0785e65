"""What is counted of one service, and how the counts of several workers add up."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any

from eas_local.proxy.access import Line
from eas_local.proxy.metrics import SECONDS, Family, Histogram, Labels

Json = dict[str, Any]


class Tally:
    """Counters only grow; `in_flight` and `held` are as they are now, held requests being in flight, too."""

    __slots__ = ("codes", "held", "in_flight", "received", "seconds", "sent")

    def __init__(self) -> None:
        self.codes: Counter[tuple[str, int]] = Counter()
        self.seconds = Histogram(SECONDS)
        self.received = 0
        self.sent = 0
        self.in_flight = 0
        self.held = 0

    @property
    def used(self) -> bool:
        return bool(self.codes or self.in_flight)

    def count(self, line: Line) -> None:
        """One more request, at its end."""
        self.codes[line.instance, line.code] += 1
        self.seconds.observe(line.seconds)
        self.received += line.received
        self.sent += line.sent

    def add(self, other: "Tally") -> None:
        self.codes.update(other.codes)
        self.seconds.counts = [a + b for a, b in zip(self.seconds.counts, other.seconds.counts, strict=True)]
        self.seconds.total += other.seconds.total
        self.received += other.received
        self.sent += other.sent
        self.in_flight += other.in_flight
        self.held += other.held

    def to_dict(self) -> Json:
        return {
            "codes": [[instance, code, count] for (instance, code), count in self.codes.items()],
            "counts": self.seconds.counts,
            "total": self.seconds.total,
            "received": self.received,
            "sent": self.sent,
            "in_flight": self.in_flight,
            "held": self.held,
        }

    @classmethod
    def from_dict(cls, data: Json) -> "Tally":
        tally = cls()
        tally.codes = Counter({(instance, code): count for instance, code, count in data["codes"]})
        tally.seconds.counts, tally.seconds.total = data["counts"], data["total"]
        tally.received, tally.sent = data["received"], data["sent"]
        tally.in_flight, tally.held = data["in_flight"], data["held"]
        return tally


Tallies = Mapping[str, Tally]


def total(*parts: Tallies) -> dict[str, Tally]:
    sums: dict[str, Tally] = {}
    for name, tally in (item for part in parts for item in part.items()):
        sums.setdefault(name, Tally()).add(tally)
    return sums


def families(tallies: Tallies) -> Iterator[Family]:
    """By service; what is asked of unknown services is counted together, under no name."""
    named: list[tuple[Labels, Tally]] = [({"service": name}, tally) for name, tally in sorted(tallies.items())]
    codes = [
        ({**of, "instance": instance, "code": str(code)}, count)
        for of, tally in named
        for (instance, code), count in sorted(tally.codes.items())
    ]
    yield Family("eas_gateway_requests_total", "counter", "Requests by instance and status of their answer.", codes)
    for name, kind, about, pick in _OF_A_SERVICE:
        yield Family(f"eas_gateway_{name}", kind, about, [(of, pick(tally)) for of, tally in named])


_OF_A_SERVICE: tuple[tuple[str, str, str, Callable[[Tally], float | Histogram]], ...] = (
    ("requests_in_flight", "gauge", "Requests being answered, those held included.", attrgetter("in_flight")),
    ("requests_held", "gauge", "Requests that wait for an instance.", attrgetter("held")),
    (
        "request_duration_seconds",
        "histogram",
        "Time from a request's head to the end of its answer.",
        attrgetter("seconds"),
    ),
    ("received_bytes_total", "counter", "Bytes of request bodies.", attrgetter("received")),
    ("sent_bytes_total", "counter", "Bytes of answers, heads included.", attrgetter("sent")),
)
