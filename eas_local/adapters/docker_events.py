"""The engine's event stream, narrowed to one owner's containers and told in our words."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from eas_local.adapters import docker_labels as labels
from eas_local.adapters.docker_answer import Answer
from eas_local.adapters.docker_errors import translated
from eas_local.adapters.docker_labels import Role
from eas_local.core.streams import EngineEvent

SILENCE = 10.0

_KINDS = {"start": "started", "die": "exited", "oom": "oom", "destroy": "gone"}


class Events(Answer):
    """What happens from `since` on, in seconds since the epoch; the engine still knows its last few hundred events.

    Raises EngineSilent when nothing has happened for a while: only a new question shows whether the line still holds.
    """

    def __init__(self, api: Any, owner: str, since: float) -> None:
        chosen = {**labels.chosen(owner), "type": ["container"], "event": list(_KINDS)}
        asked = {"since": f"{since:.6f}", "filters": json.dumps(chosen)}
        super().__init__(api, "/events", asked, silence=SILENCE)

    def __iter__(self) -> Iterator[EngineEvent]:
        with translated("events"):
            yield from (event(told) for told in map(json.loads, self.raw) if _concerns_a_pod(told))


def event(told: Mapping[str, Any]) -> EngineEvent:
    attributes = told["Actor"]["Attributes"]
    return EngineEvent(labels.service(attributes), labels.pod(attributes), _KINDS[told["Action"]])


def _concerns_a_pod(told: Mapping[str, Any]) -> bool:
    return labels.role(told["Actor"]["Attributes"]) in {Role.SANDBOX, Role.WORKER}
