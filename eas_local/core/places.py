"""The places of a service, one for each instance that is wanted: who has which, and which wait for somebody."""

from collections.abc import Sequence
from dataclasses import replace

from eas_local.core.desired import Desired
from eas_local.core.instance import Instance, Sandbox
from eas_local.core.names import place_name
from eas_local.core.orders import Fate


def seated(want: Desired, have: Sequence[Instance]) -> list[Instance]:
    """With those beyond the last place in places that are empty: where one goes from the middle, the others stay."""
    there = [i for i in have if i.sandbox.id and not (i.draining or i.estranged)]
    staying = [i for i in there if want.orders.fate(i.name) in {None, Fate.ISOLATED}]
    empty = sorted(set(range(want.replicas)) - {i.ordinal for i in staying})
    beyond = [i for i in staying if i.ordinal >= want.replicas and i.fingerprint == want.fingerprint]
    seats = dict(zip((i.name for i in sorted(beyond, key=lambda i: i.ordinal)), empty, strict=False))
    return [replace(instance, ordinal=seats.get(instance.name, instance.ordinal)) for instance in have]


def pending(want: Desired, have: Sequence[Instance]) -> list[Instance]:
    """One for each place that nobody holds: it waits for an image, a folder or a GPU, and shows as Pending. An old instance
    holds its own until its successor is there."""
    held = {i.ordinal for i in seated(want, have)}
    return [_place(want, ordinal) for ordinal in range(want.replicas) if ordinal not in held]


def _place(want: Desired, ordinal: int) -> Instance:
    name = place_name(want.name, want.fingerprint, ordinal)
    return Instance(
        name,
        want.name,
        ordinal,
        want.fingerprint,
        want.version,
        want.updated_at,
        Sandbox("", running=False, started_at=0),
    )
