"""The control API as Python methods, over the daemon's socket.

Quick to import: the standard library and nothing of the daemon. Answers that callers only pass on stay the API's JSON;
those they decide by are values. Starting the daemon is `adapters/launch.py`.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from eas_local.adapters.door import ANSWER_LIMIT, BrokenOff, ClientError, DaemonDown, Door, Json

__all__ = ["Client", "ClientError", "DaemonDown", "Json", "LogLine", "Look", "Plan", "Unanswered", "stop_gateway"]

_PAGE = 100
_SHUTDOWN_LIMIT = 600.0


@dataclass(frozen=True, slots=True)
class Look:
    """The state of a service at one moment. `seq` differs as soon as anything changed. `paused`: the change that is under
    way gets no further by itself."""

    seq: int
    state: str
    reason: str
    message: str
    total: int
    running: int
    pending: int
    paused: bool


@dataclass(frozen=True, slots=True)
class LogLine:
    """`at` is an RFC 3339 time as the engine gives it."""

    instance: str
    container: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Which fields would change, and every step with its cause."""

    changes: tuple[str, ...]
    steps: tuple[str, ...]


class Unanswered(DaemonDown):
    """A change that was asked for, and may have been accepted or not."""


class Client:
    """One emulator. Every method may raise ClientError and DaemonDown, those that change something Unanswered."""

    def __init__(self, socket_path: Path, region: str = "cn-local") -> None:
        self._door = Door(socket_path)
        self._services = f"/api/v2/services/{quote(region, safe='')}"

    def health(self) -> Json:
        return self._door.call("GET", "/local/v1/health")

    def gpus(self) -> list[Json]:
        found: list[Json] = self._door.ask("GET", "/local/v1/gpus")
        return found

    def create(
        self,
        text: str,
        base: str,
        *,
        lenient: bool = False,
        labels: Mapping[str, str] | None = None,
        related: bool = False,
    ) -> Json:
        """`related`: beside the service whose name the text carries."""
        body = {"text": text, "base": base, "lenient": lenient, "labels": dict(labels or {}), "related": related}
        return self._change("POST", "/local/v1/services", body)

    def services(self) -> list[Json]:
        return self._all("/api/v2/services", "Services")

    def describe(self, name: str) -> Json:
        return self._door.call("GET", self._of(name))

    def details(self, name: str) -> Json:
        """Folders and probes, which the vendor's description has no fields for."""
        return self._door.call("GET", f"{_local(name)}/details")

    def instances(self, name: str) -> list[Json]:
        return self._all(f"{self._of(name)}/instances", "Instances")

    def start(self, name: str) -> Json:
        return self._change("PUT", f"{self._of(name)}/start")

    def stop(self, name: str) -> Json:
        return self._change("PUT", f"{self._of(name)}/stop")

    def restart(self, name: str) -> Json:
        return self._change("PUT", f"{self._of(name)}/restart")

    def release(self, name: str, weight: int) -> Json:
        """Answers when the gateway goes by it."""
        return self._change("PUT", f"{self._of(name)}/release", {"TrafficState": "grouping", "Weight": weight})

    def delete(self, name: str) -> Json:
        return self._change("DELETE", self._of(name))

    def update(self, name: str, text: str, base: str | None = None, *, replace: bool = False) -> Json:
        """With the text merged into the service's document, or in its place; then it brings the folder it came from."""
        return self._change("PUT", _local(name), {"text": text, "base": base, "mode": _MODES[replace]})

    def scale(self, name: str, instances: int) -> Json:
        return self._change("PUT", f"{self._of(name)}/scale", {"Instance": instances})

    def versions(self, name: str) -> list[Json]:
        return self._all(f"{self._of(name)}/versions", "Versions")

    def switch_version(self, name: str, number: int) -> Json:
        return self._change("PUT", f"{self._of(name)}/version", {"Version": number})

    def lock(self, name: str, lock: str) -> Json:
        return self._change("PUT", f"{self._of(name)}/lock", {"Lock": lock})

    def label(self, name: str, labels: Mapping[str, str]) -> Json:
        return self._change("PUT", f"{self._of(name)}/label", {"Labels": dict(labels)})

    def unlabel(self, name: str, keys: Collection[str]) -> Json:
        return self._change("DELETE", f"{self._of(name)}/label?{urlencode({'Keys': json.dumps(list(keys))})}")

    def delete_instances(self, name: str, instances: Collection[str]) -> Json:
        return self._change("DELETE", f"{self._of(name)}/instances?{urlencode({'InstanceList': ','.join(instances)})}")

    def restart_softly(self, name: str, instance: str, container: str = "") -> Json:
        query = urlencode({"InstanceList": instance, "SoftRestart": "true", "Container": container})
        return self._change("DELETE", f"{self._of(name)}/instances?{query}")

    def update_instance(self, name: str, instance: str, **wish: bool) -> Json:
        """`Isolate` and `Detach`."""
        return self._change("PUT", f"{self._of(name)}/instances/{quote(instance, safe='')}", wish)

    def plan(self, **asked: object) -> Plan:
        """What would follow of a `text` and its `base`, of a `name`'s change, or of an `act` on it."""
        answer = self._door.call("POST", "/local/v1/plan", asked)
        return Plan(tuple(answer["Changes"]), tuple(answer["Steps"]))

    def look(self, name: str, after: int = -1, wait: float = 0) -> Look:
        """The present state as soon as its seq is not `after`, at the latest after `wait` seconds."""
        path = f"{_local(name)}/status?{urlencode({'after': after, 'wait': wait})}"
        answer = self._door.call("GET", path, limit=wait + ANSWER_LIMIT)
        return Look(
            seq=answer["seq"],
            state=answer["Status"],
            reason=answer["Reason"],
            message=answer["Message"],
            total=answer["TotalInstance"],
            running=answer["RunningInstance"],
            pending=answer["PendingInstance"],
            paused=answer["Paused"],
        )

    def diagnosis(self, name: str, instance: str = "") -> Json:
        """Why the service, or one of its instances, is not ready."""
        return self._door.call("GET", f"{_local(name)}/diagnosis?{urlencode({'instance': instance})}")

    def logs(
        self,
        name: str,
        *,
        instance: str | None = None,
        container: str | None = None,
        restart: int | None = None,
        previous: bool = False,
        keyword: str | None = None,
        follow: bool = False,
        tail: int | None = None,
    ) -> Iterator[LogLine]:
        """What the containers wrote; with `follow` without end."""
        asked = {"instance": instance, "container": container, "restart": restart, "previous": previous}
        query = _query(**asked, keyword=keyword, follow=follow, tail=tail)
        for line in self._door.lines(f"{_local(name)}/logs?{query}", limit=None if follow else ANSWER_LIMIT):
            yield LogLine(line["instance"], line["container"], line["at"], line["text"])

    def events(
        self, name: str, *, instance: str | None = None, since: float | None = None, follow: bool = False
    ) -> Iterator[Json]:
        """Oldest first, of the last `since` seconds; with `follow` without end."""
        query = _query(instance=instance, since=since, follow=follow)
        yield from self._door.lines(f"{_local(name)}/events?{query}", limit=None if follow else ANSWER_LIMIT)

    def shutdown(self, *, purge: bool = False) -> Json:
        """Answers when every pod is stopped; the daemon ends after that."""
        return self._door.call("POST", "/local/v1/shutdown", {"purge": purge}, limit=_SHUTDOWN_LIMIT)

    def _change(self, method: str, path: str, body: Json | None = None) -> Json:
        try:
            return self._door.call(method, path, body)
        except BrokenOff as error:
            raise Unanswered(
                "the emulator ended before it had answered; the change was accepted, or was not"
            ) from error

    def _of(self, name: str) -> str:
        return f"{self._services}/{quote(name, safe='')}"

    def _all(self, path: str, key: str) -> list[Json]:
        """Every page of a list."""
        found: list[Json] = []
        number = 1
        while True:
            page = self._door.call("GET", f"{path}?PageNumber={number}&PageSize={_PAGE}")
            found += page[key]
            if not page[key] or len(found) >= page["TotalCount"]:
                return found
            number += 1


def stop_gateway(socket_path: Path) -> None:
    Door(socket_path).call("POST", "/v1/stop")


def _local(name: str) -> str:
    return f"/local/v1/services/{quote(name, safe='')}"


_MODES = {False: "merge", True: "replace"}


def _query(**asked: str | float | bool | None) -> str:
    """Without what is not asked for."""
    return urlencode(
        {
            key: str(value).lower() if isinstance(value, bool) else value
            for key, value in asked.items()
            if value is not None
        }
    )
