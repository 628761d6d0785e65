"""Blue-green: two services behind one endpoint, and which share of its requests each of them gets."""

from dataclasses import dataclass
from enum import StrEnum

from eas_local.core.errors import InvalidDocument


class TrafficState(StrEnum):
    """Whether a service is reached at an endpoint of its own, or at one that it shares or has taken over."""

    STANDALONE = "standalone"
    GROUPING = "grouping"


@dataclass(frozen=True, slots=True)
class Release:
    """What a service made beside another one (`create -r`) knows of it.

    `entry` is the name whose endpoint both answer once they share it, `token` the one that callers of that endpoint know.
    `weight`: percent of the endpoint's requests; None while the service is reached by its own name alone. `generation`: how
    many services have been made for this endpoint after the first one.
    """

    entry: str
    token: str
    weight: int | None = None
    generation: int = 1


def percent(state: TrafficState | None, weight: int | None) -> int | None:
    """The percent that ReleaseService asks for; None to stand alone. Raises InvalidDocument.

    # Parity: Weight from -1 to 1000, TrafficState standalone or grouping (OpenAPI). A blue-green release has percents; what
    is above belongs to service groups, and what -1 stands for is not documented.
    """
    if state is TrafficState.STANDALONE and weight in {None, -1, 0}:
        return None
    if state is TrafficState.STANDALONE:
        raise InvalidDocument.of(
            "TrafficState", f"a standalone service has no weight; leave {weight} out, or write grouping"
        )
    if weight is None or weight < 0:
        raise InvalidDocument.of("Weight", "is missing; it is the percent of requests for this service, from 0 to 100")
    if weight > 100:
        raise InvalidDocument.of("Weight", f"is a percent, from 0 to 100; {weight} would be a share in a service group")
    return weight
