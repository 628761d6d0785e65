"""The model: what was asked of a service last, and nothing of how that is reached."""

import json
from dataclasses import dataclass, field
from typing import Any

from eas_local.core import spec
from eas_local.core.desired import Goal, Lock
from eas_local.core.orders import Fate
from eas_local.core.service import Service

Json = dict[str, Any]
FINE = ("one:1", "two:2")
ABSENT, STUCK, REFUSED, DEAF = BAD = ("absent:1", "stuck:1", "refused:1", "deaf:1")
"""Images that are not there, that never arrive, whose program cannot be started, and whose program listens nowhere."""

_PLACES = {
    "image": ("containers",),
    "env": ("containers",),
    "containers": ("containers",),
    "instance": ("metadata", "instance"),
    "queue": ("metadata", "rpc"),
    "surge": ("metadata", "rolling_strategy"),
    "unavailable": ("metadata", "rolling_strategy"),
    "token": ("token",),
}


@dataclass(frozen=True, slots=True)
class Text:
    """What a service.json says."""

    image: str = FINE[0]
    env: str = "a"
    containers: int = 1
    instance: int = 1
    queue: int = 64
    surge: int = 1
    unavailable: int = 0
    token: str | None = None

    def document(self, name: str) -> Json:
        env = [{"name": "A", "value": self.env}]
        containers = [{"image": self.image, "port": 8000 + n, "env": env} for n in range(self.containers)]
        metadata = {
            "name": name,
            "instance": self.instance,
            "rpc": {"max_queue_size": self.queue},
            "rolling_strategy": {"max_surge": self.surge, "max_unavailable": self.unavailable},
        }
        return {"metadata": metadata, "containers": containers} | ({"token": self.token} if self.token else {})

    def part(self, name: str, changed: str) -> str:
        """The part of the document in which one field stands."""
        place = _PLACES[changed]
        value = self.document(name)
        for key in place:
            value = value[key]
        for key in reversed(place):
            value = {key: value}
        return json.dumps(value)

    def service(self, name: str) -> Service:
        return spec.parse(json.dumps(self.document(name))).service

    @property
    def runs(self) -> bool:
        return self.image in FINE

    @property
    def least(self) -> int:
        """How many instances serve while this takes the place of another."""
        return max(self.instance - self.unavailable, 0)


@dataclass
class Wish:
    """`texts` are those of each version, `version` the one in force. `fates` by instance.

    `lasting`: how many instances get requests in the end even where the last text cannot run.

    Of two services of one `entry` the one with the lower `order` was there first; `weight` as in a release.
    """

    entry: str
    text: Text
    token: str
    order: int = 0
    goal: Goal = Goal.RUN
    version: int = 1
    lasting: int = 0
    weight: int | None = None
    lock: Lock = Lock.NONE
    texts: dict[int, Text] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    fates: dict[str, Fate | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.texts[self.version] = self.text

    @property
    def instances(self) -> int:
        return self.text.instance if self.goal is Goal.RUN else 0

    @property
    def serving(self) -> int:
        """How many get requests, at least."""
        return max(self.instances - len([fate for fate in self.fates.values() if fate]), 0)

    @property
    def most(self) -> int:
        """How many there are while an update cannot go on: old ones, their successors, and those that nobody manages."""
        return (
            self.instances + max(self.text.surge, self.instances) + len([fate for fate in self.fates.values() if fate])
        )

    def says(self, text: Text, *, new_version: bool) -> None:
        self.version = max(self.texts) + 1 if new_version else self.version
        self.texts[self.version] = self.text = text
        self.token = text.token or self.token

    def switches(self, number: int) -> None:
        self.version, self.text = number, self.texts[number]
        self.token = self.text.token or self.token
