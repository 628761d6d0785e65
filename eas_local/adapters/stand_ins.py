"""Stand-ins for the platform's own images, which cannot be had outside it: a base, for Python with `python` and pip."""

from collections.abc import Callable

from docker import APIClient

from eas_local.adapters import image_python
from eas_local.adapters.bases import Bases
from eas_local.adapters.host_pip import HostPip
from eas_local.adapters.image_build import build, definition, present
from eas_local.adapters.throwaway import Throwaways
from eas_local.core.images import StandIn


class StandIns:
    def __init__(
        self, api: APIClient, bases: Bases, pip: HostPip, throwaways: Throwaways, say: Callable[[str], None]
    ) -> None:
        self._api = api
        self._bases = bases
        self._pip = pip
        self._throwaways = throwaways
        self._say = say

    def get(self, wanted: StandIn) -> str:
        """Its tag, built where it is missing."""
        if not present(self._api, wanted.name):
            self._say(wanted.note)
            base = self._bases.get(wanted.base)
            if wanted.pip:
                build(self._api, wanted.name, base, definition("stand-in") | self._wheels(base))
            else:
                self._api.tag(base, *wanted.name.split(":"))
        return wanted.name

    def _wheels(self, base: str) -> dict[str, bytes]:
        python = image_python.look(self._throwaways, base)
        return {wheel.name: wheel.read_bytes() for wheel in self._pip.wheels(["pip"], python)}
