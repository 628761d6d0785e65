"""Instances of ours whose service nobody remembers: shown, and kept until somebody says otherwise."""

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby

from eas_local.core.desired import Desired
from eas_local.core.instance import Instance
from eas_local.core.service import Container, Service
from eas_local.core.states import State
from eas_local.core.status import ServiceStatus, Snapshot


def find(instances: Iterable[Instance], services: Collection[str]) -> Iterator[Snapshot]:
    """A look at each service that has instances and is not among those remembered."""
    strangers = sorted((i for i in instances if i.service not in services), key=lambda i: i.service)
    for name, group in groupby(strangers, key=lambda i: i.service):
        yield _snapshot(name, tuple(group))


def _snapshot(name: str, have: tuple[Instance, ...]) -> Snapshot:
    message = f"the document of this service is lost; its instances are kept until: eas-local delete {name}"
    status = ServiceStatus(State.ORPHANED, "ORPHANED", message, len(have), 0, len(have))
    return Snapshot(_wish(name, have), status, have)


def _wish(name: str, have: tuple[Instance, ...]) -> Desired:
    """As much as the engine's labels tell of what was once wanted."""
    first = have[0]
    containers = tuple(Container(run.container, run.image) for run in first.currents) or (Container("worker0", ""),)
    return Desired(
        service=Service(name, len(have), containers),
        text="{}",
        base=None,
        version=first.version,
        token="",
        created_at=first.created_at,
        updated_at=first.created_at,
        settled=True,
    )
