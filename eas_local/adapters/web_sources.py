"""Things of a processor that come over http(s): downloaded once, and again when their server has another edition."""

import logging
from collections.abc import Callable
from functools import partial
from hashlib import file_digest
from pathlib import Path

from eas_local.adapters import copies
from eas_local.adapters.copies import Copies, Copy
from eas_local.adapters.download import Downloads, Edition
from eas_local.adapters.local_sources import form_of, unpacked
from eas_local.adapters.stoppable import GoOn, in_thread
from eas_local.core.errors import SourceUnreachable
from eas_local.core.sources import Found, Part, file_name

log = logging.getLogger(__name__)


class WebSources:
    def __init__(self, downloads: Downloads, kept: Copies) -> None:
        self._downloads = downloads
        self._kept = kept

    async def take(self, part: Part, say: Callable[[str], None], *, anew: bool) -> Found:
        """Where it is now; what was fetched before serves as long as its server gives nothing."""
        known = self._kept.latest(part.address)
        if known and not anew:
            return self._kept.found(known)
        try:
            return await self._fetch(part, known, say)
        except SourceUnreachable as error:
            if known is None:
                raise
            log.warning("%s; what was fetched before serves", error)
            return self._kept.found(known)

    async def _fetch(self, part: Part, known: Copy | None, say: Callable[[str], None]) -> Found:
        before = Edition(known.etag, known.last_modified) if known else None
        with self._kept.partial() as folder:
            file = folder / file_name(part.address)
            edition = await self._downloads.fetch(part, file, before, say)
            if known and edition is None:
                return self._kept.found(known)
            return await in_thread(partial(self._settle, part, file, edition or Edition()))

    def _settle(self, part: Part, file: Path, edition: Edition, go_on: GoOn) -> Found:
        with file.open("rb") as opened:
            key = copies.key(part.address, file_digest(opened, "sha256").hexdigest())
        form = form_of(file, part)
        copy = Copy(key, "" if form else file.name, edition.etag, edition.last_modified)
        with self._kept.partial() as folder:
            if self._kept.has(key):
                tree = folder
            elif form:
                tree = unpacked(file, form, folder, part, go_on)
            else:
                tree = _alone(file, folder)
            return self._kept.keep(part.address, copy, tree)


def _alone(file: Path, folder: Path) -> Path:
    tree = folder / "tree"
    tree.mkdir()
    tree.chmod(0o755)
    file.chmod(0o644)
    file.rename(tree / file.name)
    return tree
