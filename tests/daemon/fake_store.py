"""A store without a disk; it passes the same contract tests as the real one."""

from eas_local.core.desired import Desired
from eas_local.core.status import Event
from eas_local.core.versions import Version


class FakeStore:
    def __init__(self) -> None:
        self._desired: dict[str, Desired] = {}
        self._versions: dict[str, dict[int, Version]] = {}
        self._events: list[Event] = []

    def names(self) -> list[str]:
        return list(self._desired)

    def find(self, name: str) -> Desired | None:
        return self._desired.get(name)

    def put(self, desired: Desired) -> None:
        self._desired[desired.name] = desired
        version = Version(desired.version, desired.text, desired.built_at or desired.updated_at)
        self._versions.setdefault(desired.name, {})[desired.version] = version

    def remove(self, name: str) -> None:
        self._desired.pop(name, None)
        self._versions.pop(name, None)
        self._events = [event for event in self._events if event.service != name]

    def versions(self, name: str) -> list[Version]:
        return sorted(self._versions.get(name, {}).values(), key=lambda version: -version.number)

    def add_event(self, event: Event) -> None:
        self._events.append(event)

    def events(self, service: str, since: float = 0) -> list[Event]:
        return [event for event in reversed(self._events) if event.service == service and event.at >= since]
