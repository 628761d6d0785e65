"""Base images with Python and nothing else: configured, present, pulled, or made from Debian's archive, in this order."""

import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from docker import APIClient

from eas_local.adapters.bootstrap import PYTHONS, Bootstrap, missing
from eas_local.adapters.image_build import present
from eas_local.adapters.registry import pull
from eas_local.core.errors import ImageUnavailable

DEFAULT_RELEASE = "bookworm"
_CLEANING_LIMIT = 10.0
_SANDBOX_PYTHONS = ("3.11", "3.12", "3.13")


class Bases:
    """`configured` is the image a person chose for sandboxes, `workshop` the folder a Debian is made in."""

    def __init__(
        self,
        api: APIClient,
        configured: str | None,
        workshop: Path,
        proxies: dict[str, str],
        say: Callable[[str], None],
    ) -> None:
        self.configured = configured
        self._api = api
        self._bootstrap = Bootstrap(api, workshop, proxies)
        self._say = say
        self._one_at_a_time = threading.Lock()

    def for_sandbox(self) -> str:
        """A base with Python 3.11 or later."""
        if self.configured is None:
            return self._get(DEFAULT_RELEASE, _SANDBOX_PYTHONS)
        if not present(self._api, self.configured):
            pull(self._api, self.configured)
        return self.configured

    def of(self, release: str) -> str:
        """A base with the Python of a Debian release."""
        return self._get(release, (PYTHONS[release],))

    def close(self) -> None:
        """End what takes long, and wait until it has cleaned up."""
        self._bootstrap.stop()
        if self._one_at_a_time.acquire(timeout=_CLEANING_LIMIT):
            self._one_at_a_time.release()

    def sweep(self) -> None:
        """Remove what a killed daemon was making."""
        self._bootstrap.sweep()

    def _get(self, release: str, pythons: Sequence[str]) -> str:
        with self._one_at_a_time:
            return self._present(release, pythons) or self._pulled(release) or self._bootstrapped(release)

    def _present(self, release: str, pythons: Sequence[str]) -> str | None:
        tags = [tag for image in self._api.images() for tag in image["RepoTags"] or ()]
        return _tag(release) if _tag(release) in tags else official_python(tags, pythons)

    def _pulled(self, release: str) -> str | None:
        """None where it cannot be had, for then there is another way, and that one has the last word."""
        image = f"python:{PYTHONS[release]}-slim"
        try:
            pull(self._api, image)
        except ImageUnavailable:
            return None
        return image

    def _bootstrapped(self, release: str) -> str:
        if obstacle := missing(self._api.info()["Architecture"]):
            wanted = f"python:{PYTHONS[release]}-slim"
            raise ImageUnavailable(
                f'no base image: "{wanted}" is not on this machine and cannot be pulled, and {obstacle}; '
                "load that image into the engine, or point EAS_LOCAL_BASE_IMAGE at one with Python 3.11 or later"
            )
        self._say(f"making the base image {_tag(release)} from Debian's archive: about a minute, once")
        self._bootstrap.make(release, _tag(release))
        return _tag(release)


def official_python(tags: Sequence[str], pythons: Sequence[str]) -> str | None:
    """The smallest of the official Python images among these, Alpine's left out: its packages are not everybody's."""
    exact = "|".join(map(re.escape, pythons))
    pattern = re.compile(rf"(.*/)?python:({exact})(\.\d+)?(-slim)?(-(bullseye|bookworm|trixie))?")
    fitting = [tag for tag in tags if pattern.fullmatch(tag)]
    return min(fitting, key=lambda tag: ("slim" not in tag, tag), default=None)


def _tag(release: str) -> str:
    return f"eas-local/base:{release}"
