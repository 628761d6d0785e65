"""Where the Docker engine listens: DOCKER_HOST, else the current context of docker's own command line, else the usual socket.

The SDK knows nothing of contexts. Files are read here; nothing is connected.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from eas_local.adapters.settings import EngineSettings
from eas_local.core.errors import EngineDown

USUAL = "unix:///var/run/docker.sock"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An engine's address, and the folder with ca.pem, cert.pem and key.pem where it wants certificates."""

    host: str
    certificates: Path | None = None
    verify: bool = True


def locate(settings: EngineSettings) -> Endpoint:
    """Raises EngineDown where a context is named that cannot be read."""
    if settings.host:
        return Endpoint(settings.host, settings.certificates)
    name = settings.context or _current(settings.folder)
    return Endpoint(USUAL) if name in {None, "default"} else _context(settings.folder, str(name))


def _current(folder: Path) -> str | None:
    config = _read(folder / "config.json")
    return config.get("currentContext") if config else None


def _context(folder: Path, name: str) -> Endpoint:
    key = sha256(name.encode()).hexdigest()
    stored = _read(folder / "contexts" / "meta" / key / "meta.json")
    try:
        docker = stored["Endpoints"]["docker"]
        host = docker["Host"]
    except (KeyError, TypeError):
        raise EngineDown(
            f'Docker\'s current context "{name}" names no engine; choose another: docker context use default'
        ) from None
    certificates = folder / "contexts" / "tls" / key / "docker"
    return Endpoint(
        host, certificates if certificates.is_dir() else None, verify=not docker.get("SkipTLSVerify", False)
    )


def _read(path: Path) -> dict[str, Any]:
    """A JSON object; nothing where the file is not there or is none: docker goes on without it, too."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
