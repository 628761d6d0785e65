"""Base images: present, pulled, or made from Debian's archive, in this order; that of sandboxes may be configured."""

import threading
from collections.abc import Callable
from pathlib import Path

from docker import APIClient

from eas_local.adapters.bootstrap import Bootstrap, missing
from eas_local.adapters.image_build import present
from eas_local.adapters.registry import pull
from eas_local.core.bases import SANDBOX, Base
from eas_local.core.errors import ImageUnavailable

_CLEANING_LIMIT = 10.0


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
        if self.configured is not None:
            return self._there(self.configured)
        try:
            return self.get(SANDBOX)
        except ImageUnavailable as error:
            raise ImageUnavailable(
                f"{error}; or point EAS_LOCAL_BASE_IMAGE at one with Python 3.11 or later"
            ) from error

    def get(self, base: Base) -> str:
        """The image that serves as this base."""
        with self._one_at_a_time:
            return self._present(base) or self._pulled(base) or self._bootstrapped(base)

    def close(self) -> None:
        """End what takes long, and wait until it has cleaned up."""
        self._bootstrap.stop()
        if self._one_at_a_time.acquire(timeout=_CLEANING_LIMIT):
            self._one_at_a_time.release()

    def sweep(self) -> None:
        """Remove what a killed daemon was making."""
        self._bootstrap.sweep()

    def _there(self, image: str) -> str:
        if not present(self._api, image):
            pull(self._api, image)
        return image

    def _present(self, base: Base) -> str | None:
        return base.among(tag for image in self._api.images() for tag in image["RepoTags"] or ())

    def _pulled(self, base: Base) -> str | None:
        """None where it cannot be had, for then there is another way, and that one has the last word."""
        self._say(f"pulling image {base.pulled}")
        try:
            pull(self._api, base.pulled)
        except ImageUnavailable:
            return None
        return base.pulled

    def _bootstrapped(self, base: Base) -> str:
        if obstacle := missing(self._api.info()["Architecture"]):
            raise ImageUnavailable(
                f'no base image with {base.offers}: "{base.pulled}" is not on this machine and cannot be pulled, '
                f"and {obstacle}; load that image into the engine"
            )
        self._say(f"making the base image {base.tag} from Debian's archive: about a minute, once")
        self._bootstrap.make(base)
        return base.tag
