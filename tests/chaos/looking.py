"""A look at an emulator past its daemon: what is wanted, from its documents; what is there, from its engine."""

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from eas_local.adapters import docker_labels as labels
from eas_local.adapters.docker_labels import Role
from eas_local.adapters.docker_observe import instances
from eas_local.adapters.home import Home, open_home
from eas_local.adapters.sqlite_store import SqliteStore
from eas_local.core.desired import Desired
from eas_local.core.instance import Instance
from tests.scenarios.emulator import Emulator
from tests.scenarios.engine import Belongings, connected


@dataclass(frozen=True, slots=True)
class Look:
    """`names` are those of all the owner's containers, `helpers` of those that belong to no instance; `volumes` of all its
    volumes."""

    wants: dict[str, Desired]
    have: Sequence[Instance]
    names: set[str]
    helpers: set[str]
    volumes: set[str]

    def of(self, service: str) -> list[Instance]:
        return [instance for instance in self.have if instance.service == service]


def look(emulator: Emulator) -> Look:
    home = open_home(emulator.home)
    wants = _wants(home)
    with connected(emulator.environ.get("DOCKER_HOST")) as client:
        belongings = Belongings(client, home.owner)
        containers, volumes = belongings.containers(), belongings.volumes()
    have = instances(container.attrs for container in containers)
    helpers = {str(found.name) for found in containers if labels.role(found.labels) is Role.HELPER}
    return Look(wants, have, {str(found.name) for found in containers}, helpers, volumes)


def _wants(home: Home) -> dict[str, Desired]:
    """From a copy: the documents say it all, and the daemon's own are its own."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        if (home.path / "services").exists():
            shutil.copytree(home.path / "services", copy / "services")
        with closing(SqliteStore(copy)) as store:
            return {name: want for name in store.names() if (want := store.find(name))}
