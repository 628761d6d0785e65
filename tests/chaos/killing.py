"""SIGKILL for whatever a fault names. Nothing of the machine's own: an engine is killed only where it is the tests'."""

import os
import signal
from pathlib import Path

from docker import DockerClient
from docker.errors import APIError
from docker.models.containers import Container

from eas_local.adapters.locks import holder, lives
from eas_local.adapters.settings import Settings
from tests.chaos.faults import Victim
from tests.scenarios.engine import connected
from tests.scenarios.eventually import eventually
from tests.scenarios.second_engine import PLACE

SIDECAR = "eas_local.sidecar"


def kill(victim: Victim, settings: Settings, owner: str, service: str, pod: str) -> None:
    """`service` and `pod` say whose container, where there is a choice: that pod's first, then its service's. Raises
    LookupError where there is no victim."""
    match victim:
        case Victim.DAEMON:
            kill_process(program(settings, "daemon"))
        case Victim.GATEWAY:
            kill_process(program(settings, "gateway"))
        case Victim.ENGINE:
            kill_process(engine_of(settings))
        case Victim.SANDBOX | Victim.WORKER:
            with connected(settings.engine.host) as client:
                _kill_container(_prey(client, owner, str(victim), service, pod))
        case Victim.SIDECAR:
            with connected(settings.engine.host) as client:
                kill_process(_sidecar_in(_prey(client, owner, "sandbox", service, pod)))


def program(settings: Settings, name: str) -> int:
    """Its process id, which its lock tells. Raises LookupError where it does not live."""
    found = holder(settings, name) if lives(settings, name) else None
    if found is None:
        raise LookupError(f"no {name} lives")
    return found.pid


def engine_of(settings: Settings) -> int:
    """The engine's process id, where it is one of the tests' own."""
    place = Path(str(settings.engine.host).removeprefix("unix://")).parent
    assert place.name.startswith(PLACE), f"{place} is not the place of an engine of the tests"
    return int((place / "pid").read_text())


def kill_process(pid: int) -> None:
    """Returns when it has ended; where it is our own, never."""
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: _ended(pid), within=5, what=f"the end of process {pid}")


def _ended(pid: int) -> bool:
    """Gone, or waiting for its parent to take note."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def _prey(client: DockerClient, owner: str, role: str, service: str, pod: str) -> Container:
    filters = {"label": [f"eas.local.owner={owner}", f"eas.local.role={role}"]}
    running = client.containers.list(filters=filters, ignore_removed=True)
    if not running:
        raise LookupError(f"no {role} runs")
    return min(running, key=lambda found: _distance(found.labels, service, pod))


def _distance(labels: dict[str, str], service: str, pod: str) -> tuple[bool, bool, str]:
    return labels["eas.local.instance"] != pod, labels["eas.local.service"] != service, labels["eas.local.created"]


def _kill_container(container: Container) -> None:
    try:
        container.kill()
    except APIError as error:  # it has ended by itself meanwhile
        if error.status_code not in {404, 409}:
            raise


def _sidecar_in(sandbox: Container) -> int:
    top = sandbox.top(ps_args="-eo pid,args")
    pids = [int(pid) for pid, *_, argv in top["Processes"] if SIDECAR in argv]
    if not pids:
        raise LookupError(f"no sidecar runs in {sandbox.name}")
    return pids[0]
