"""What was fetched or made before: complete folders that containers mount, and which of them is the latest of an address.

    <home>/cache/sources/, and settings/ and hosts/ beside it, which come from no address
        <key>/            a tree as it was unpacked, or a folder with the one file
        latest/           for each address, which of them that is, and how to tell whether it still is
        partial/          what is being made; nobody's, where no daemon is at it

The last few of an address are kept, for instances of an earlier revision have them mounted still.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from eas_local.adapters import files
from eas_local.core.sources import Found

_KEPT = 3


@dataclass(frozen=True, slots=True)
class Copy:
    """`file` is the name of the one file in it, empty for a tree. `etag` and `last_modified` are its server's. `before`:
    the keys of the copies that this one follows, the latest first."""

    key: str
    file: str = ""
    etag: str = ""
    last_modified: str = ""
    before: tuple[str, ...] = ()


class Copies:
    def __init__(self, path: Path) -> None:
        self.path = path

    def latest(self, address: str) -> Copy | None:
        """None where there is none, or it has been removed."""
        with suppress(OSError, ValueError, TypeError):
            known = json.loads(self._note(address).read_bytes())
            copy = Copy(**known | {"before": tuple(known["before"])})
            return copy if self.has(copy.key) else None
        return None

    def has(self, key: str) -> bool:
        return self.place(key).is_dir()

    def forget(self, address: str) -> None:
        self._note(address).unlink(missing_ok=True)

    def keep(self, address: str, copy: Copy, made: Path) -> Found:
        """Put what has been made in its place, unless the same is there already, as the latest of its address."""
        self.put(copy.key, made)
        before = self.latest(address)
        former = [key for key in (before.key, *before.before) if key != copy.key] if before else []
        kept = Copy(copy.key, copy.file, copy.etag, copy.last_modified, tuple(former[:_KEPT]))
        files.write(self._note(address), json.dumps(asdict(kept)))
        for key in former[_KEPT:]:
            shutil.rmtree(self.place(key), ignore_errors=True)
        return self.found(kept)

    def found(self, copy: Copy) -> Found:
        return Found(str(self.place(copy.key) / copy.file), copy.file)

    def put(self, key: str, made: Path) -> Path:
        """The place of a key, with what was made in it unless something is there already."""
        if not self.has(key):
            made.rename(self.place(key))
        return self.place(key)

    def place(self, key: str) -> Path:
        return self.path / key

    @contextmanager
    def partial(self) -> Iterator[Path]:
        """A folder to work in, gone afterwards with what is left in it."""
        parent = files.private_folder(self.path / "partial")
        with tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def sweep(self) -> None:
        """Remove what a killed daemon was at."""
        shutil.rmtree(self.path / "partial", ignore_errors=True)

    def _note(self, address: str) -> Path:
        return self.path / "latest" / f"{key(address)}.json"


def key(*identity: object) -> str:
    """A name for what these tell apart."""
    return sha256(repr(identity).encode()).hexdigest()[:20]
