"""Things of a processor that lie on this machine: folders and files as they are, archives unpacked into a copy."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eas_local.adapters import copies
from eas_local.adapters.archive_readers import head
from eas_local.adapters.copies import Copies, Copy
from eas_local.adapters.files import disk
from eas_local.adapters.stoppable import GoOn
from eas_local.adapters.unpack import unpack
from eas_local.core import archives
from eas_local.core.archives import Form, Unusable
from eas_local.core.errors import SourceMissing, SourceUnreachable, SourceUnusable
from eas_local.core.sources import Found, Part


def take(path: Path, part: Part, kept: Copies, anew: bool, go_on: GoOn) -> Found:
    """Where it is now; without `anew` the copy made before serves, whatever has become of the archive."""
    address = str(path)
    known = kept.latest(address)
    if known and not anew:
        return kept.found(known)
    status = _status(path, part)
    form = form_of(path, part) if stat.S_ISREG(status.st_mode) else None
    if form is None:
        kept.forget(address)
        return _as_it_is(path, part, status)
    identity = _identity(status)
    if known and known.key == copies.key(address, identity):
        return kept.found(known)
    with kept.partial() as folder:
        tree = unpacked(path, form, folder, part, go_on)
        if _identity(_status(path, part)) != identity:
            raise SourceUnreachable(f"{part}: it was changed while it was being unpacked; it is tried again")
        return kept.keep(address, Copy(copies.key(address, identity)), tree)


def form_of(path: Path, part: Part) -> Form | None:
    """How to unpack it, None for what is not to be unpacked. Raises SourceUnusable."""
    with _refusals(part):
        return archives.form(path.name, head(path)) if part.unpacked else None


def unpacked(path: Path, form: Form, folder: Path, part: Part, go_on: GoOn) -> Path:
    """The tree of an archive in a folder of ours. Raises SourceUnusable."""
    tree = folder / "tree"
    tree.mkdir()
    with _refusals(part), disk(folder):
        unpack(path, form, tree, go_on)
    return tree


def _as_it_is(path: Path, part: Part, status: os.stat_result) -> Found:
    if stat.S_ISDIR(status.st_mode) and part.unpacked:
        return Found(str(path))
    if not stat.S_ISREG(status.st_mode):
        raise SourceUnusable(
            f'{part}: "{path}" is no {"file or folder" if part.unpacked else "file"}; name one that is'
        )
    return Found(str(path), path.name)


def _status(path: Path, part: Part) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        # Parity: a service whose model does not exist fails (FAQ, status Failed).
        raise SourceMissing(
            f'{part}: "{path}" cannot be used: {error.strerror}; make it or correct the path, then restart the service'
        ) from error


def _identity(status: os.stat_result) -> str:
    """Another one as soon as the file is."""
    return f"{status.st_dev} {status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


@contextmanager
def _refusals(part: Part) -> Iterator[None]:
    try:
        yield
    except Unusable as error:
        raise SourceUnusable(f"{part}: {error}; pack it anew, or unpack it yourself and name the folder") from error
    except PermissionError as error:
        raise SourceMissing(
            f"{part}: cannot be read: {error.strerror}; make it readable, then restart the service"
        ) from error
