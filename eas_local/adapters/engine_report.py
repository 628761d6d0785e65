"""What a person wants to know of the Docker engine before anything runs on it. Looks only, changes nothing."""

from dataclasses import dataclass

from eas_local.adapters.docker_client import connect
from eas_local.adapters.docker_errors import translated
from eas_local.adapters.settings import EngineSettings


@dataclass(frozen=True, slots=True)
class EngineReport:
    """`images`: every tag it has."""

    version: str
    images: tuple[str, ...]


def report(settings: EngineSettings) -> EngineReport:
    """Raises EngineDown or EngineUnusable."""
    client = connect(settings)
    try:
        with translated("Docker engine"):
            version = client.version()["Version"]
            tags = [tag for image in client.api.images() for tag in image["RepoTags"] or ()]
        return EngineReport(version, tuple(tags))
    finally:
        client.close()
