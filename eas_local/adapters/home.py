"""The folder in which everything is remembered, and whose it is.

`owner` marks what is ours in the engine, `key` is what pods' secrets are derived from. The owner's id is derived from the
key, so that a lost or spoilt `owner` is written again as it was, and what runs stays ours.
"""

import hmac
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from eas_local.adapters import files

log = logging.getLogger(__name__)

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Home:
    path: Path
    owner: str
    key: bytes


def open_home(path: Path) -> Home:
    """The home at `path`, made where it is missing. Safe to call from several programs at once. Raises Unwritable."""
    with files.writing(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = _key(path / "key")
    return Home(path, _owner(path / "owner", key), key)


def _key(file: Path) -> bytes:
    """Where it is lost or spoilt another one: pods that only know the one before are replaced, for they refuse us."""
    found = _once(file, lambda: secrets.token_bytes(KEY_BYTES))
    if len(found) == KEY_BYTES:
        return found
    log.warning("%s has %d bytes, not %d: another key takes its place", file, len(found), KEY_BYTES)
    file.unlink()
    return _key(file)


def _owner(file: Path, key: bytes) -> str:
    """What the file holds, if that is an owner's id."""
    with suppress(OSError, ValueError):
        return str(UUID(file.read_text().strip()))
    owner = str(UUID(bytes=hmac.digest(key, b"owner", "sha256")[:16], version=4))
    files.write(file, owner)
    return owner


def _once(file: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds; made by the first who asks, and by nobody twice."""
    if not file.exists():
        fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_bytes(make())
        with suppress(FileExistsError):
            file.hardlink_to(fresh)
        fresh.unlink()
    return file.read_bytes()
