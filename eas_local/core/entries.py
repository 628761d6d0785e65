"""From what each service brings to the routes to the entries of the RouteTable.

A service has an endpoint of its own name. One that was made beside another (`Release`) may share the endpoint that the
other answers, and has all of it when the other goes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from eas_local.core.desired import Desired, Goal
from eas_local.core.instance import Instance
from eas_local.core.release import TrafficState
from eas_local.core.routes import Backend, Endpoint, Entry, RouteTable
from eas_local.core.service import GatewayPolicy


@dataclass(frozen=True, slots=True)
class Member:
    """What one service brings: its ready instances, and how requests may reach them.

    `entry` is the endpoint that it answers or may come to share, its own name where it was made beside nobody; `weight` its
    percent of that endpoint's requests, None while it is reached by its own name. Of two members of one endpoint the newer
    one has the higher `generation`. `leaving`: it is being deleted.
    """

    service: str
    entry: str
    generation: int = 0
    instances: tuple[Endpoint, ...] = ()
    policy: GatewayPolicy = GatewayPolicy()
    hold: float = 0
    weight: int | None = None
    leaving: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The endpoints whose entries it has part in, or may have."""
        return frozenset({self.service, self.entry})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a service is found. `weight` is its percent of an endpoint that it shares or has taken over, 0 at its own.
    `pair`: both services of the endpoint, the older one first; empty without another.
    """

    endpoint: str
    state: TrafficState = TrafficState.STANDALONE
    weight: int = 0
    pair: tuple[str, ...] = ()


def member(want: Desired, have: Sequence[Instance] = (), hold: float = 0) -> Member:
    """With the ready instances, in the order of their places. `hold`: how long requests may wait for another."""
    taken = [i for i in have if i.ready and want.orders.fate(i.name) is None]
    ready = sorted(taken, key=lambda i: (i.ordinal, i.created_at))
    return Member(
        service=want.name,
        entry=want.entry,
        generation=want.generation,
        instances=tuple(
            Endpoint(i.name, traffic.host, traffic.port, i.sandbox.ip) for i in ready if (traffic := i.sandbox.traffic)
        ),
        policy=want.service.policy,
        hold=hold,
        weight=want.release.weight if want.release else None,
        leaving=want.goal is Goal.DELETE,
    )


def inherited(table: RouteTable, wanted: Iterable[Desired]) -> list[Member]:
    """What these services brought when the table was made: nobody has looked at them since."""
    brought = {
        backend.service: (backend.instances, entry.hold) for entry in table.entries for backend in entry.backends
    }
    members = []
    for want in wanted:
        instances, hold = brought.get(want.name, ((), 0))
        members.append(replace(member(want), instances=instances, hold=hold))
    return members


def entry(name: str, members: Iterable[Member]) -> Entry | None:
    """The entry of this name; None where nobody is found there."""
    sharing = shares(name, members)
    if not sharing:
        return None
    return Entry(
        name,
        tuple(Backend(share, one.service, one.instances) for one, share in sharing),
        policy=sharing[0][0].policy,
        hold=max(one.hold for one, _ in sharing),
    )


def shares(name: str, members: Iterable[Member]) -> list[tuple[Member, int]]:
    """Who takes the requests to this name, the older service first, and how many percent of them.

    # Parity: the weight is the new service's, what is left of 100 the old one's; deleting either sends all to the other
    (eascmd page, blue-green release).
    """
    there = sorted((one for one in members if name in one.names), key=lambda one: one.generation)
    sharing = [one for one in there if one.entry == name] or [one for one in there if one.weight is None]
    match [one for one in sharing if not one.leaving] or sharing:
        case [older, *_, newer]:
            return [(older, 100)] if newer.weight is None else [(older, 100 - newer.weight), (newer, newer.weight)]
        case rest:
            return [(one, 100) for one in rest]


def standings(members: Iterable[Member]) -> dict[str, Standing]:
    """Where each of these services is found."""
    found: dict[str, Standing] = {}
    for _, group in groupby(sorted(members, key=lambda one: (one.entry, one.generation)), key=lambda one: one.entry):
        there = list(group)
        found |= {one.service: _standing(one, there) for one in there}
    return found


def _standing(of: Member, there: Sequence[Member]) -> Standing:
    percent = {one.service: share for one, share in shares(of.entry, there)}
    pair = tuple(one.service for one in there) if len(there) > 1 else ()
    inherits = of.service in percent and of.service != of.entry
    if inherits or there[-1].weight is not None:
        return Standing(of.entry, TrafficState.GROUPING, percent.get(of.service, 0), pair)
    return Standing(of.service, pair=pair)
