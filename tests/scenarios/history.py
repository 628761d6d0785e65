"""What became of a service: its containers in the engine, its events, and the daemon's log."""

import re
from typing import Any

from tests.scenarios.calling import call
from tests.scenarios.emulator import Service
from tests.scenarios.engine import Belongings, connected

Json = dict[str, Any]

STEP = re.compile(r"(create instance|start|kill|store|configure|drain|remove) .*: ")
"""How the text of a step begins."""


def containers(service: Service) -> dict[str, str]:
    """Every container the service has in the engine: name to id."""
    with connected() as client:
        ours = Belongings(client, service.emulator.owner).containers()
        return {container.name: container.id for container in ours if service.name in container.labels.values()}


def events(service: Service) -> list[Json]:
    """Oldest first."""
    found = call(service.emulator.port, f"/api/v2/services/cn-local/{service.name}/events?PageSize=1000")
    return list(reversed(found.json["Events"]))


def reasons(service: Service) -> set[str]:
    return {event["Reason"] for event in events(service)}


def steps_told(service: Service) -> list[str]:
    """The steps among its events."""
    return [event["Message"] for event in events(service) if STEP.match(event["Message"])]


def steps_logged(service: Service) -> list[str]:
    """The steps in the log, each of which was begun."""
    log = (service.emulator.home / "logs" / "daemon.log").read_text()
    lines = re.findall(rf"^.* INFO service={service.name} (.*)$", log, re.MULTILINE)
    return [line for line in lines if STEP.match(line)]
