"""Which instances answer for which service: the one value that daemon and gateway share.

No token travels in it; the sidecar checks those. The daemon writes the table to `routes.json` and hands it to the gateway,
which serves the last one it was given while no daemon lives.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from eas_local.core.service import GatewayPolicy

PREFIX = "/api/predict/"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One ready instance: its uid and where its sidecar takes traffic."""

    uid: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Backend:
    """A service's share of an entry: of `weight` in the sum of all backends' weights."""

    weight: int
    service: str
    instances: tuple[Endpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """`hold`: seconds a request may wait for the first ready instance, 0 for not at all."""

    name: str
    backends: tuple[Backend, ...] = ()
    aliases: tuple[str, ...] = ()
    policy: GatewayPolicy = GatewayPolicy()
    hold: float = 0


@dataclass(frozen=True, slots=True)
class RouteTable:
    """`epoch` changes with the daemon that made it, `n` grows within an epoch."""

    epoch: str = ""
    n: int = 0
    entries: tuple[Entry, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> "RouteTable":
        """Raises ValueError where the text is no route table."""
        try:
            data = json.loads(text)
            return cls(data["epoch"], data["n"], tuple(_entry(item) for item in data["entries"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a route table: {error}") from error


def _entry(data: dict[str, Any]) -> Entry:
    backends = tuple(
        Backend(item["weight"], item["service"], tuple(Endpoint(**end) for end in item["instances"]))
        for item in data["backends"]
    )
    return Entry(
        data["name"], backends, tuple(data["aliases"]), GatewayPolicy(**data["policy"]), hold=data.get("hold", 0)
    )


def service_of(path: str) -> str | None:
    """The service a request path speaks to: the first segment behind the prefix, None where there is none."""
    if not path.startswith(PREFIX):
        return None
    segment = path[len(PREFIX) :].partition("?")[0].partition("/")[0]
    return segment or None


def match(table: RouteTable, name: str) -> Entry | None:
    """The entry for a name; `group.service` finds the service where nothing else has that name."""
    for entry in table.entries:
        if name == entry.name or name in entry.aliases:
            return entry
    _, dot, service = name.rpartition(".")
    return match(table, service) if dot else None


def rotated(items: Sequence[T], turn: int) -> tuple[T, ...]:
    """All of them, beginning with another one each turn: the order in which to try."""
    if not items:
        return ()
    start = turn % len(items)
    return (*items[start:], *items[:start])
