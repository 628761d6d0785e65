"""A unix socket that is its owner's alone: who can speak there can do what the program behind it can."""

import os
import socket
from pathlib import Path


def bound(path: Path) -> socket.socket:
    """In one step in the place of whatever is there; it does not listen yet."""
    own = socket.socket(socket.AF_UNIX)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        own.bind(str(fresh))
    finally:
        os.umask(before)
    fresh.replace(path)
    return own
