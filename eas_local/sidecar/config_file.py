"""The configuration on disk: put there before the sidecar starts, rewritten with each one accepted, for its next start."""

import os
from pathlib import Path

from eas_local.core.errors import Permanent
from eas_local.core.wire import SidecarConfig


def load(path: Path) -> SidecarConfig:
    """Raises Permanent, naming the file, where there is no configuration to be had from it."""
    try:
        return SidecarConfig.from_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Permanent(f"cannot read the sidecar's configuration {path}: {error}; put it there first") from error


def save(path: Path, config: SidecarConfig) -> None:
    """Whole or not at all, and for this user only: it holds tokens."""
    temporary = path.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(config.to_json())
    temporary.replace(path)
