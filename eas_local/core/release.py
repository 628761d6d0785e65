"""Blue-green: two services behind one endpoint, and which share of its requests each of them gets."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """What a service made beside another one (`create -r`) knows of it.

    `entry` is the name whose endpoint both answer once they share it, `token` the one that callers of that endpoint know.
    `weight`: percent of the endpoint's requests; None while the service is reached by its own name alone.
    """

    entry: str
    token: str
    weight: int | None = None
