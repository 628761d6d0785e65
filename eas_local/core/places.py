"""Instances that are wanted and not there yet: they wait for an image, a folder or a GPU, and show as Pending."""

from collections.abc import Sequence

from eas_local.core.desired import Desired
from eas_local.core.instance import Instance, Sandbox
from eas_local.core.names import place_name


def pending(want: Desired, have: Sequence[Instance]) -> list[Instance]:
    """One for each place that nobody holds; an old instance holds its own until its successor is there."""
    held = {i.ordinal for i in have}
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
