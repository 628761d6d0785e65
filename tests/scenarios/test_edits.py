"""Somebody changes a service again and again, faster than anything can follow."""

import json
from collections import Counter
from pathlib import Path

from eas_local.adapters.sqlite_store import KEPT_VERSIONS
from eas_local.client import Client
from tests.scenarios.documents import a_container, a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually
from tests.scenarios.load import nothing_lost

EDITS = 1000
LOOK_EVERY = 10
MOST_INSTANCES, SURGE = 2, 1
MIB = 1024 * 1024


def test_a_thousand_rapid_edits_end_in_the_last_wish_and_nobody_notices(emulator: Emulator):
    service = emulator.create(a_document("demo"))
    daemon = client(emulator)
    before = resident(emulator)
    seen: Counter[int] = Counter()

    with nothing_lost(service):
        for number in range(EDITS):
            daemon.update("demo", json.dumps(edit(number)))
            if number % LOOK_EVERY == 0:
                seen[present(daemon)] += 1
        eventually(lambda: is_as_asked(service), within=90, what="the last wish")

    assert max(seen) <= MOST_INSTANCES + SURGE, seen
    assert len(daemon.versions("demo")) == KEPT_VERSIONS
    assert resident(emulator) - before < 64 * MIB
    assert sum(file.stat().st_size for file in emulator.home.rglob("*") if file.is_file()) < 32 * MIB
    assert len(service.pods) == MOST_INSTANCES


def edit(number: int) -> dict[str, object]:
    """A new container, other limits or another number of instances, in turns; the last one is of the first kind."""
    match (EDITS - number) % 3:
        case 1:
            return {"containers": [a_container(env=[{"name": "NEW", "value": str(number)}])]}
        case 2:
            return {"metadata": {"rpc": {"keepalive": 60_000 + number}}}
        case _:
            return {"metadata": {"instance": 1 + (EDITS - number) // 3 % 2}}


def client(emulator: Emulator) -> Client:
    (folder,) = emulator.runtime.iterdir()
    return Client(folder / "daemon.sock")


def present(daemon: Client) -> int:
    """Instances that are there to stay."""
    return sum(instance["Status"] != "Terminating" for instance in daemon.instances("demo"))


def is_as_asked(service: Service) -> bool:
    told = {service.ask("os.environ.get('NEW')") for _ in range(4)}
    return told == {str(EDITS - 1)} and service.status == "Running" and len(service.pods) == MOST_INSTANCES


def resident(emulator: Emulator) -> int:
    status = Path(f"/proc/{emulator.pid('daemon')}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))
