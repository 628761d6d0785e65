"""Which instances answer for which service: the one value that daemon and gateway share.

No token travels in it; the sidecar checks those. The daemon writes the table to `routes.json` and hands it to the gateway,
which serves the last one it was given while no daemon lives.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from eas_local.core.service import GatewayPolicy

PREFIX = b"/api/predict/"

_PREFIXED = re.compile(rb"/api/predict/[^/?#]+")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One ready instance: its uid, where its sidecar takes traffic from this machine, and the pod's own address."""

    uid: str
    host: str
    port: int
    ip: str = ""


@dataclass(frozen=True, slots=True)
class Backend:
    """A service's share of an entry: of `weight` in the sum of all backends' weights."""

    weight: int
    service: str
    instances: tuple[Endpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """`hold`: seconds a request may wait for an instance that is on its way, 0 where none is."""

    name: str
    backends: tuple[Backend, ...] = ()
    aliases: tuple[str, ...] = ()
    policy: GatewayPolicy = GatewayPolicy()
    hold: float = 0

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class RouteTable:
    """`epoch` changes with the daemon that made it, `n` grows within an epoch."""

    epoch: str = ""
    n: int = 0
    entries: tuple[Entry, ...] = ()

    def to_json(self) -> str:
        return text_of(self.epoch, self.n, [entry.to_json() for entry in self.entries])

    @classmethod
    def from_json(cls, text: str | bytes) -> "RouteTable":
        """Raises ValueError where the text is no route table."""
        return Reader().read(text)


def text_of(epoch: str, n: int, lines: Collection[str]) -> str:
    """A table as it is stored and sent: a line for the table itself, then one for each entry."""
    return "\n".join((json.dumps({"epoch": epoch, "n": n, "entries": len(lines)}), *lines))


class Reader:
    """Reads one table after another. An entry that was in the one before is the same object again, and costs a glance."""

    def __init__(self) -> None:
        self._known: dict[str, Entry] = {}

    def read(self, text: str | bytes) -> RouteTable:
        """Raises ValueError where the text is no route table."""
        head, *lines = (text if isinstance(text, str) else text.decode()).split("\n")
        try:
            data = json.loads(head)
            entries = {line: self._known.get(line) or _entry(json.loads(line)) for line in lines}
            table = RouteTable(data["epoch"], data["n"], tuple(entries.values()))
            announced = data["entries"]
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not a route table: {error}") from error
        if announced != len(lines):
            raise ValueError(f"not a route table: {len(lines)} entries where it announces {announced}")
        self._known = entries
        return table


def _entry(data: dict[str, Any]) -> Entry:
    backends = tuple(
        Backend(item["weight"], item["service"], tuple(Endpoint(**end) for end in item["instances"]))
        for item in data["backends"]
    )
    return Entry(
        data["name"], backends, tuple(data["aliases"]), GatewayPolicy(**data["policy"]), hold=data.get("hold", 0)
    )


def service_of(path: bytes) -> bytes:
    """The service a request path speaks to: the first segment behind the prefix, empty where there is none."""
    if not path.startswith(PREFIX):
        return b""
    return path[len(PREFIX) :].partition(b"?")[0].partition(b"/")[0]


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


def match(names: Mapping[bytes, T], name: bytes) -> T | None:
    """What is at a name of a path; `group.service` finds the service where nothing else has that name.

    # Parity: a service of a group answers at /api/predict/<group>.<service> (eas-semantics 3).
    """
    return names.get(name) or names.get(name.rpartition(b".")[2])
