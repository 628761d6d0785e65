"""A connection to the Docker engine."""

import socket
from collections.abc import Callable
from contextlib import closing

from docker import DockerClient
from docker.tls import TLSConfig

from eas_local.adapters.docker_context import Endpoint, locate
from eas_local.adapters.docker_engine import THREADS
from eas_local.adapters.docker_errors import translated
from eas_local.adapters.settings import EngineSettings
from eas_local.core.errors import EngineDown, EngineUnusable

Connect = Callable[[EngineSettings], DockerClient]

_PATIENCE = 60  # seconds for one answer
_TO_BEGIN = 5


def connect(settings: EngineSettings) -> DockerClient:
    """A client that has spoken with the engine and agreed on a version. Raises EngineDown, saying what to do."""
    endpoint = locate(settings)
    if endpoint.host.startswith("ssh://"):
        raise EngineUnusable(
            f"the Docker engine at {endpoint.host} is on another machine and cannot see this one's folders; "
            "choose an engine on this machine: docker context use default"
        )
    try:
        with translated("the Docker engine"):
            _knock(endpoint.host)
            client = DockerClient(
                base_url=endpoint.host,
                version="auto",
                timeout=_TO_BEGIN,
                tls=_tls(endpoint),
                max_pool_size=THREADS,
            )
            client.api.timeout = _PATIENCE
            return client
    except EngineDown as error:
        raise type(error)(f"{error} (tried {endpoint.host})") from error


def _knock(host: str) -> None:
    """Where nobody answers, the plain error; the SDK hides it and leaves its socket open."""
    scheme, _, path = host.partition("://")
    if scheme == "unix":
        with closing(socket.socket(socket.AF_UNIX)) as door:
            door.settimeout(_TO_BEGIN)
            door.connect(path)


def _tls(endpoint: Endpoint) -> TLSConfig | None:
    folder = endpoint.certificates
    if folder is None:
        return None
    return TLSConfig(
        client_cert=(str(folder / "cert.pem"), str(folder / "key.pem")),
        ca_cert=str(folder / "ca.pem"),
        verify=endpoint.verify,
    )
