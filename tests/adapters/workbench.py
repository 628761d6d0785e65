"""Images and requirements on a real engine for an owner and a home of their own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from docker import DockerClient

from eas_local.adapters import settings
from eas_local.adapters.bases import Bases
from eas_local.adapters.host_pip import HostPip
from eas_local.adapters.image_python import ImagePython
from eas_local.adapters.requirements import Requirements
from eas_local.adapters.throwaway import Ended, Errand, Throwaways
from eas_local.core.bases import Base
from eas_local.core.pod import Bind


class NoPip(HostPip):
    """A machine without network: whoever asks it for anything has not looked into the cache."""

    def __init__(self) -> None:
        """Needs nothing, for it gives nothing."""

    def sources(self) -> Any:
        raise AssertionError("pip was asked for its configuration")

    def wheels(self, requirements: Any, target: ImagePython) -> Any:
        raise AssertionError(f"pip was asked for {requirements} for {target}")


class NoThrowaways(Throwaways):
    """Starts nothing."""

    def run(self, errand: Errand, within: float) -> Ended:
        raise AssertionError(f"a container was started: {errand} within {within}")


@dataclass(frozen=True)
class Workbench:
    client: DockerClient
    home: Path
    owner: str

    @property
    def cache(self) -> Path:
        return self.home / "requirements"

    @property
    def throwaways(self) -> Throwaways:
        return Throwaways(self.client.api, self.owner)

    @property
    def pip(self) -> HostPip:
        return HostPip(self.home / "wheels", dict(settings.load().network))

    def base(self, base: Base) -> str:
        """An image that serves as this base, made where there is none."""
        return Bases(self.client.api, None, self.home / "bootstrap", dict(settings.load().network), print).get(base)

    def requirements(self, within: float = 120) -> Requirements:
        return Requirements(self.client.api, self.cache, self.pip, self.throwaways, within=within)

    def offline(self) -> Requirements:
        return Requirements(self.client.api, self.cache, NoPip(), NoThrowaways(self.client.api, self.owner))

    def python(self, image: str, expression: str, *binds: Bind, **environ: str) -> Any:
        """The value of an expression of an image's Python, without a network."""
        program = f"import json, sys; print(json.dumps({expression}))"
        return json.loads(self.run(image, "python3", "-c", program, binds=binds, environ=environ))

    def run(self, image: str, *argv: str, binds: tuple[Bind, ...] = (), environ: dict[str, str] | None = None) -> str:
        ended = self.throwaways.run(Errand(image, argv, environ or {}, binds), within=60)
        assert ended.code == 0, ended.output
        return ended.output


@contextmanager
def a_workbench(client: DockerClient, home: Path) -> Iterator[Workbench]:
    """Everything in the engine that carries its owner's label must be gone in the end."""
    bench = Workbench(client, home, str(uuid4()))
    try:
        yield bench
        left = client.api.containers(all=True, filters={"label": f"eas.local.owner={bench.owner}"})
        assert not left, f"left behind in the engine: {left}"
    finally:
        bench.throwaways.sweep()
