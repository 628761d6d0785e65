"""The history of a service as it grows."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from eas_local.core.errors import NotFound
from eas_local.core.status import Event
from eas_local.daemon.services import Services

LOOK_AGAIN = 1.0
"""Most events come with another look at the service; the rest is found after so many seconds."""


def in_time(newest_first: Sequence[Event]) -> list[Event]:
    """Oldest first; those of one moment in the order in which they were told."""
    in_order_of_telling = newest_first[::-1]
    return sorted(in_order_of_telling, key=lambda event: event.at)


async def follow(services: Services, name: str, since: float) -> AsyncIterator[Event]:
    """Every event from the time `since` on, oldest first, until the service is gone."""
    told: set[Event] = set()
    with suppress(NotFound):
        while True:
            seen = services.describe(name)
            events = services.events(name, since)
            for event in in_time(events):
                if event not in told:
                    yield event
            told = set(events)
            await services.changed(name, seen.seq, LOOK_AGAIN)
