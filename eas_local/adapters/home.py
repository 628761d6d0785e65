"""The folder in which everything is remembered, and whose it is."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from eas_local.core.errors import EngineUnusable

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Home:
    """`owner` marks what is ours in the engine; `key` is what pod secrets are derived from."""

    path: Path
    owner: str
    key: bytes


def open_home(path: Path) -> Home:
    """The home at `path`, made where it is missing. Safe to call from several programs at once."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = _once(path / "owner", lambda: str(uuid4()).encode())
    try:
        UUID(owner.decode().strip())
    except ValueError:
        raise EngineUnusable(
            f"{path / 'owner'}: this is not an owner's id but {owner[:40]!r}; restore the file, or remove the folder {path}"
        ) from None
    key = _once(path / "key", lambda: secrets.token_bytes(KEY_BYTES))
    if len(key) != KEY_BYTES:
        raise EngineUnusable(
            f"{path / 'key'}: the key has {len(key)} bytes, not {KEY_BYTES}; restore the file, or remove it and restart every service"
        )
    return Home(path, owner.decode().strip(), key)


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
