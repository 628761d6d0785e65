"""What a processor is made of, fetched from where its service.json says: fulfils `daemon.ports.Sources`.

One address is fetched by one caller at a time; the next finds what that one got.
"""

import asyncio
import logging
import posixpath
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from os.path import lexists, realpath
from pathlib import Path

from eas_local.adapters import copies, local_sources
from eas_local.adapters.copies import Copies
from eas_local.adapters.download import Downloads
from eas_local.adapters.files import disk
from eas_local.adapters.local_places import LocalPlaces
from eas_local.adapters.settings import Settings
from eas_local.adapters.stoppable import in_thread
from eas_local.adapters.web_sources import WebSources
from eas_local.core import processor_settings, sources
from eas_local.core.desired import Desired
from eas_local.core.errors import SourceMissing
from eas_local.core.processor import PACKAGE, Language, Processor
from eas_local.core.sources import Fetched, Found, Kind, Part

log = logging.getLogger(__name__)

Say = Callable[[str], None]

_PYTHON = "ENV/bin/python"


class HostSources:
    """What a killed daemon was at is removed at the first need."""

    def __init__(self, settings: Settings, places: LocalPlaces) -> None:
        self._places = places
        self._kept = Copies(settings.home / "cache" / "sources")
        self._settings = Copies(settings.home / "cache" / "settings")
        self._web = WebSources(Downloads(dict(settings.network)), self._kept)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._swept = False

    async def fetch(self, want: Desired, say: Say, *, anew: bool) -> Fetched:
        processor = want.service.processor
        assert processor is not None
        await self._sweep()
        found = {part.field: await self._part(want, part, say, anew=anew) for part in sources.parts(processor)}
        package, model = found["processor_path"], found.get("model_path")
        async with self._locks["settings"]:
            settings = await asyncio.to_thread(self._written, want, processor)
        return Fetched(
            sources.binds(package, model, found.get("warm_up_data_path"), settings),
            model_entry=model.name if model else "",
            requirements=_requirements(processor, package),
            python=_python(processor, package),
        )

    async def _sweep(self) -> None:
        async with self._locks["leftovers"]:
            if not self._swept:
                await asyncio.to_thread(self._kept.sweep)
                await asyncio.to_thread(self._settings.sweep)
                self._swept = True

    async def _part(self, want: Desired, part: Part, say: Say, *, anew: bool) -> Found:
        # Parity: the line that the vendor's own local runner prints (eas-semantics 5).
        line = f"Fetching {part.noun} from [{sources.shown(part.address)}]"
        say(line)
        if anew:
            log.info("service=%s %s", want.name, line)
        if sources.kind(part.address) is Kind.HTTP:
            async with self._locks[part.address]:
                return await self._web.take(part, say, anew=anew)
        path = self._path(want, part)
        async with self._locks[str(path)]:
            return await in_thread(partial(local_sources.take, path, part, self._kept, anew))

    def _path(self, want: Desired, part: Part) -> Path:
        if sources.kind(part.address) is Kind.OSS:
            return self._places.find(want, part.address, part.field)
        if want.base is None:
            raise SourceMissing(f"{part}: the service came from no folder that a path of this machine could start from")
        return Path(realpath(Path(want.base, part.address)))

    def _written(self, want: Desired, processor: Processor) -> str:
        told = processor_settings.files(want.text, processor)
        key = copies.key(*told.values())
        if self._settings.has(key):
            return str(self._settings.place(key))
        with disk(self._settings.path), self._settings.partial() as folder:
            for name, text in told.items():
                (folder / name).write_text(text)
                (folder / name).chmod(0o644)
            folder.chmod(0o755)
            return str(self._settings.put(key, folder))


def _requirements(processor: Processor, package: Found) -> str | None:
    """What is to be installed for it lies beside its entry."""
    beside = processor.requirements
    there = processor.language is Language.PYTHON and not package.name and Path(package.path, beside).is_file()
    return posixpath.join(PACKAGE, beside) if there else None


def _python(processor: Processor, package: Found) -> str | None:
    # Parity: eascmd pysdk packs a Python of its own as ENV beside app.py (eas-semantics 6.2).
    there = processor.language is Language.PYTHON and lexists(Path(package.path, _PYTHON))
    return posixpath.join(PACKAGE, _PYTHON) if there else None
