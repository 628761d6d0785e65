"""Which instances answer for which service: the one value that daemon and gateway share.

No token travels in it; the sidecar checks those. The daemon writes the table to `routes.json` and hands it to the gateway,
which serves the last one it was given while no daemon lives.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from eas_local.core.service import GatewayPolicy

PREFIX = "/api/predict/"

_PREFIXED = re.compile(rb"/api/predict/[^/?#]+")

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
        except (KeyError, TypeError, RecursionError) as error:
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


def inner_target(target: bytes) -> bytes:
    """A request's target as the container sees it: without the prefix and the name behind it, `/` when nothing follows.

    What is not under the prefix stays as it is.
    # Parity: a processor may be asked for any path of its own on a direct connection (wire-contract 5.1).
    """
    match = _PREFIXED.match(target)
    if match is None:
        return target
    rest = target[match.end() :]
    return rest if rest.startswith(b"/") else b"/" + rest


def by_name(table: RouteTable) -> dict[str, Entry]:
    """Every name and alias to its entry; the first that claims a name has it."""
    names: dict[str, Entry] = {}
    for entry in table.entries:
        for name in (entry.name, *entry.aliases):
            names.setdefault(name, entry)
    return names


def match(names: Mapping[str, Entry], name: str) -> Entry | None:
    """The entry for a name of a path; `group.service` finds the service where nothing else has that name.

    # Parity: a service of a group answers at /api/predict/<group>.<service> (eas-semantics 3).
    """
    return names.get(name) or names.get(name.rpartition(".")[2])


def order(entry: Entry, turn: int) -> Iterator[Endpoint]:
    """The instances to try for the `turn`-th request: those of the backend whose turn it is by weight, then the others'."""
    backends = [backend for backend in entry.backends if backend.instances]
    for backend in rotated(backends, _backend_of(backends, turn)):
        yield from rotated(backend.instances, turn)


def _backend_of(backends: Sequence[Backend], turn: int) -> int:
    """The place of the backend that a turn belongs to, each having as many turns of a round as its weight."""
    turn %= sum(backend.weight for backend in backends) or 1
    for place, backend in enumerate(backends):
        if turn < backend.weight:
            return place
        turn -= backend.weight
    return 0


def rotated(items: Sequence[T], turn: int) -> Iterator[T]:
    """All of them, beginning with another one each turn: the order in which to try."""
    for place in range(len(items)):
        yield items[(turn + place) % len(items)]
