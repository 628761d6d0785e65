"""Images and what is installed on top of them: fulfils `daemon.ports.Images` on Docker.

The SDK is synchronous, so each call runs in a thread, which does not hold up the end of the program; a lock per image lets
the second who asks for it wait for the first. Cancelling a caller leaves the work going on, for its result is kept for the
next one who asks.
"""

import asyncio
import shutil
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from docker import APIClient, DockerClient

from eas_local.adapters.bases import Bases
from eas_local.adapters.docker_errors import translated
from eas_local.adapters.files import disk
from eas_local.adapters.host_pip import HostPip
from eas_local.adapters.hosts import Hosts
from eas_local.adapters.image_build import present
from eas_local.adapters.image_python import BroughtPythons
from eas_local.adapters.registry import pull
from eas_local.adapters.requirements import Requirements
from eas_local.adapters.sandbox_image import SandboxImage
from eas_local.adapters.settings import Settings
from eas_local.adapters.stand_ins import StandIns
from eas_local.adapters.throwaway import Throwaways
from eas_local.core.errors import EasError
from eas_local.core.images import PROCESSORS, stand_in
from eas_local.core.pod import Bind
from eas_local.core.processor import Language

T = TypeVar("T")

_ENDING_LIMIT = 15.0


@dataclass(frozen=True, slots=True)
class _Parts:
    """What works on one connection to the engine."""

    api: APIClient
    bases: Bases
    sandbox: SandboxImage
    stand_ins: StandIns
    requirements: Requirements
    hosts: Hosts
    brought: BroughtPythons
    throwaways: Throwaways


class DockerImages:
    """`connect` gives a connected client or raises EngineDown; it is called at the first need, and what a killed
    daemon left is removed then. `say` is told what takes long."""

    def __init__(
        self,
        owner: str,
        connect: Callable[[], DockerClient],
        settings: Settings,
        say: Callable[[str], None],
    ) -> None:
        self._owner = owner
        self._connect = connect
        self._settings = settings
        self._say = say
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._connecting = threading.Lock()
        self._at_work: set[Future[Any]] = set()
        self._parts: _Parts | None = None

    async def has_sandbox_image(self) -> bool:
        return await self._call("sandbox image", lambda parts: parts.sandbox.there)

    async def has(self, image: str) -> bool:
        names = [image, *([platform.name] if (platform := stand_in(image)) else ())]
        return await self._call(f'image "{image}"', lambda parts: any(present(parts.api, name) for name in names))

    async def sandbox_image(self) -> str:
        return await self._call("sandbox image", self._sandbox)

    async def resolve(self, image: str, registry_auth: str | None) -> str:
        return await self._call(f'image "{image}"', lambda parts: self._resolve(parts, image, registry_auth))

    async def requirements(self, image: str, wanted: Sequence[str], path: str | None, binds: Sequence[Bind]) -> str:
        subject = f"Python requirements upon {image}"
        return str(await self._call(subject, lambda parts: parts.requirements.folder(image, wanted, path, binds)))

    async def environment(self, image: str) -> dict[str, str]:
        return await self._call(f"environment of {image}", lambda parts: _environment(parts.api, image))

    async def host(self, language: Language) -> str:
        return await self._call(f"the program that runs {language} processors", partial(self._host, language))

    async def runs(self, image: str, program: str, binds: Sequence[Bind]) -> bool:
        return await self._call(f'"{program}" in {image}', lambda parts: parts.brought.runs(image, program, binds))

    async def purge(self) -> None:
        """Remove everything made for this owner but images, which other owners use too. Nothing can be asked afterwards."""
        await self._call("leftovers", _close)
        await asyncio.to_thread(wait, set(self._at_work), timeout=_ENDING_LIMIT)
        shutil.rmtree(_cache(self._settings), ignore_errors=True)

    def close(self) -> None:
        """End what is at work; the questions waiting for it fail."""
        if self._parts is not None:
            with suppress(EasError), translated("leftovers"):
                _close(self._parts)

    async def _call(self, subject: str, work: Callable[[_Parts], T]) -> T:
        future: Future[T] = Future()
        self._at_work.add(future)
        future.add_done_callback(self._at_work.discard)
        threading.Thread(target=_settle, args=(future, partial(self._perform, subject, work)), daemon=True).start()
        return await asyncio.wrap_future(future)

    def _perform(self, subject: str, work: Callable[[_Parts], T]) -> T:
        with translated(subject), disk(self._settings.home):
            return work(self._connected())

    def _connected(self) -> _Parts:
        with self._connecting:
            if self._parts is None:
                parts = _assemble(self._connect().api, self._owner, self._settings, self._say)
                _sweep(parts)
                self._parts = parts
            return self._parts

    def _sandbox(self, parts: _Parts) -> str:
        with self._locks["sandbox"]:
            return parts.sandbox.get()

    def _resolve(self, parts: _Parts, image: str, registry_auth: str | None) -> str:
        platform = stand_in(image)
        with self._locks[platform.name if platform else image]:
            if present(parts.api, image):
                return image
            if platform:
                return parts.stand_ins.get(platform)
            self._say(f"pulling image {image}")
            pull(parts.api, image, registry_auth)
        return image

    def _host(self, language: Language, parts: _Parts) -> str:
        return str(parts.hosts.folder(language, lambda: self._resolve(parts, PROCESSORS[language], None)))


def _assemble(api: APIClient, owner: str, settings: Settings, say: Callable[[str], None]) -> _Parts:
    cache, network = _cache(settings), dict(settings.network)
    pip = HostPip(cache / "wheels", network)
    throwaways = Throwaways(api, owner)
    bases = Bases(api, settings.base_image, cache / "bootstrap", network, say)
    return _Parts(
        api,
        bases,
        SandboxImage(api, bases, pip, throwaways),
        StandIns(api, bases, pip, throwaways, say),
        Requirements(api, cache / "requirements", pip, throwaways),
        Hosts(api, cache / "hosts", throwaways, say),
        BroughtPythons(api, throwaways),
        throwaways,
    )


def _environment(api: APIClient, image: str) -> dict[str, str]:
    variables = api.inspect_image(image)["Config"]["Env"] or ()
    return dict(variable.split("=", 1) for variable in variables)


def _cache(settings: Settings) -> Path:
    return settings.home / "cache"


def _sweep(parts: _Parts) -> None:
    parts.throwaways.sweep()
    parts.requirements.sweep()
    parts.hosts.sweep()
    parts.bases.sweep()


def _close(parts: _Parts) -> None:
    parts.throwaways.close()
    parts.bases.close()


def _settle(future: "Future[T]", work: Callable[[], T]) -> None:
    future.set_running_or_notify_cancel()  # from here on a cancelled caller leaves it alone
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - it is raised where the result is awaited
        future.set_exception(error)
