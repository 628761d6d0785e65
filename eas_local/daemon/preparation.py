"""What a container's start needs of this machine: its image, its folders, its packages, and for a processor all it is made
of. Whatever takes long is said while it is being done."""

import logging
import posixpath
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from eas_local.core.desired import Desired
from eas_local.core.pod import Bind
from eas_local.core.processor import HOST, MODEL, PACKAGE, PREDICTOR, WARM_UP, Processor
from eas_local.core.render import Prepared
from eas_local.core.service import Container, Volume
from eas_local.core.sources import Fetched
from eas_local.daemon.acts import Say
from eas_local.daemon.ports import Images, Places, Sources

log = logging.getLogger(__name__)


class Preparation:
    """Asked before an instance is made, so that what is missing or takes long shows before anything is started, and before
    each run, when most of it is there."""

    def __init__(self, images: Images, places: Places, sources: Sources) -> None:
        self._images = images
        self._places = places
        self._sources = sources

    async def prepare(self, want: Desired, container: str, say: Say, *, anew: bool) -> Prepared:
        """`anew`: with what is there now of the things a processor is made of. Raises EasError."""
        spec = next(item for item in want.service.containers if item.name == container)
        users = self._places.binds(want)
        if processor := want.service.processor:
            return await self._of_processor(want, spec, processor, users, say, anew=anew)
        prepared = Prepared(await self._image(want, spec, say), binds=users)
        return await self._installed(prepared, spec.requirements, spec.requirements_path, say)

    async def _of_processor(
        self, want: Desired, spec: Container, processor: Processor, users: tuple[Bind, ...], say: Say, *, anew: bool
    ) -> Prepared:
        """Its sources first: what is missing there is told before an image is made for nothing."""
        fetched = await self._sources.fetch(want, say, anew=anew)
        image = await self._image(want, spec, say)
        say(f"the host of {processor.language} processors is being made")
        host = Bind(await self._images.host(processor.language), HOST, read_only=True)
        binds = (*users, *(bind for bind in fetched.binds if not _covered(bind, want.service.volumes)), host)
        prepared = Prepared(image, binds=binds, variables=_variables(processor, fetched))
        if fetched.python and await self._runs(want, prepared, fetched.python):
            return replace(prepared, variables=(*prepared.variables, ("EAS_HOST_PYTHON", _copied(fetched.python))))
        return await self._installed(prepared, (), fetched.requirements, say)

    async def _image(self, want: Desired, spec: Container, say: Say) -> str:
        wanted = self._places.image(want, spec.image)
        if not await self._images.has(wanted):
            say(f'image "{spec.image}" is being pulled, or made where only the platform has it')
        return await self._images.resolve(wanted, want.service.registry_auth)

    async def _runs(self, want: Desired, prepared: Prepared, python: str) -> bool:
        runs = await self._images.runs(prepared.image, python, prepared.binds)
        if not runs:
            log.warning("service=%s %s does not run here; the Python of %s does", want.name, python, prepared.image)
        return runs

    async def _installed(self, prepared: Prepared, listed: Sequence[str], path: str | None, say: Say) -> Prepared:
        """With these Python requirements, which come first on the image's paths."""
        if not listed and path is None:
            return prepared
        say("Python requirements are being installed")
        folder = await self._images.requirements(prepared.image, listed, path, prepared.binds)
        return replace(prepared, requirements=folder, environment=await self._images.environment(prepared.image))


def _covered(bind: Bind, volumes: Sequence[Volume]) -> bool:
    """A folder that the file itself mounts there, or above it, is meant to be seen."""
    return any(PurePosixPath(bind.target).is_relative_to(volume.mount_path) for volume in volumes)


def _variables(processor: Processor, fetched: Fetched) -> tuple[tuple[str, str], ...]:
    """What a host is told of what has been fetched."""
    # Parity: without model_entry the one file of the model is handed to initialize (eas-semantics 1.1).
    model = posixpath.join(MODEL, processor.model_entry or fetched.model_entry)
    told = [("EAS_HOST_MODEL", posixpath.normpath(model))]
    if processor.warm_up:
        told.append(("EAS_HOST_WARM_UP", WARM_UP))
    return tuple(told)


def _copied(path: str) -> str:
    """Where a file of the package is once the host has put it in its place."""
    return posixpath.join(PREDICTOR, posixpath.relpath(path, PACKAGE))
