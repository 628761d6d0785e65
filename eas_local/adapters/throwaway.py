"""Containers that run one program to its end and are gone: looking into an image, installing into a folder.

They carry their owner's label, so that `sweep` finds those that a killed daemon left behind. `close` ends those at work.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from docker import APIClient
from docker.errors import APIError
from requests.exceptions import RequestException

from eas_local.adapters import docker_labels
from eas_local.adapters.docker_errors import translated
from eas_local.adapters.docker_render import helper
from eas_local.core.errors import Temporary
from eas_local.core.pod import Bind

_GRACE = 10
_GOING = {404, 409}  # gone, or being removed by somebody else at this moment


@dataclass(frozen=True, slots=True)
class Errand:
    """A program to run in an image as root, without shell and without the image's entry point."""

    image: str
    argv: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    binds: Sequence[Bind] = ()
    network: str = "none"


@dataclass(frozen=True, slots=True)
class Ended:
    """How it went; `code` is None where the time was up. `output` is stdout and stderr as they came."""

    code: int | None
    output: str


class Throwaways:
    def __init__(self, api: APIClient, owner: str) -> None:
        self._api = api
        self._owner = owner
        self._closed = False

    def run(self, errand: Errand, within: float) -> Ended:
        """Raises StartRefused where the image has no such program, ImageUnavailable where there is no such image."""
        with translated(f'image "{errand.image}"'), self.made(errand) as container:
            if self._closed:
                raise Temporary(f'image "{errand.image}" was not run: the emulator is ending; start it again')
            self._api.start(container)
            code = self._wait(container, within)
            return Ended(code, self._api.logs(container).decode(errors="replace"))

    @contextmanager
    def made(self, errand: Errand) -> Iterator[str]:
        """The id of its container, which is not started, and gone afterwards."""
        container = self._create(errand)
        try:
            yield container
        finally:
            self._remove(container)

    def sweep(self) -> None:
        """Stop and remove all of this owner's helpers; when its program starts, nobody waits for any of them."""
        ours = docker_labels.chosen_helpers(self._owner)
        with translated("leftover containers"):
            for container in self._api.containers(all=True, filters=ours):
                self._remove(container["Id"])

    def close(self) -> None:
        """Start none any more, and end those that run; whoever waits for one is told that it failed."""
        self._closed = True
        self.sweep()

    def _create(self, errand: Errand) -> str:
        config = helper(self._owner, errand.image, errand.argv, errand.binds)
        config["HostConfig"]["NetworkMode"] = errand.network
        config["Env"] = [f"{name}={value}" for name, value in errand.environ.items()]
        container: str = self._api.create_container_from_config(config)["Id"]
        return container

    def _wait(self, container: str, within: float) -> int | None:
        try:
            code: int = self._api.wait(container, timeout=within)["StatusCode"]
        except RequestException:
            self._api.stop(container, timeout=_GRACE)
            return None
        return code

    def _remove(self, container: str) -> None:
        """Stopped first: an errand that works on a folder of this machine puts it in order when asked to end."""
        try:
            self._api.stop(container, timeout=_GRACE)
            self._api.remove_container(container, v=True, force=True)
        except APIError as error:
            if error.status_code not in _GOING:
                raise
