"""What is wanted of one service: its latest document, its goal, and which change is under way."""

from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from hashlib import sha256

from eas_local.core.orders import Orders
from eas_local.core.release import Release
from eas_local.core.service import GatewayPolicy, Limits, Rolling, Service


class Goal(StrEnum):
    RUN = "run"
    STOP = "stop"
    DELETE = "delete"


class Change(StrEnum):
    """The last thing somebody asked for; it names the state until the service has settled."""

    CREATE = "create"
    START = "start"
    UPDATE = "update"
    HOT_UPDATE = "hot_update"
    SCALE = "scale"
    RESTART = "restart"


class Lock(StrEnum):
    """What a service's safety lock refuses.

    # Parity: all, dangerous (delete, stop), none (wire-contract 3.8).
    """

    NONE = "none"
    DANGEROUS = "dangerous"
    ALL = "all"

    def refuses(self, *, dangerous: bool) -> bool:
        return self is Lock.ALL or (self is Lock.DANGEROUS and dangerous)


@dataclass(frozen=True, slots=True)
class Desired:
    """`text` is the service's document exactly as submitted (after a merge: as merged), `base` the folder it came from.

    `version` is the one in force, `latest` the highest there is. `token` is the one in force: the document's, or the one
    generated at create. `restarts` counts restarts asked for by a person. `settled` turns true when the change has reached
    all instances. `release` is there for a service made beside another one. `built_at` is when this version was made, 0
    where that was not noted. Times are seconds since the epoch.
    """

    service: Service
    text: str
    base: str | None
    version: int
    token: str
    created_at: float
    updated_at: float
    goal: Goal = Goal.RUN
    change: Change = Change.CREATE
    settled: bool = False
    restarts: int = 0
    latest: int = 1
    lock: Lock = Lock.NONE
    release: Release | None = None
    orders: Orders = Orders()
    built_at: float = 0

    @property
    def name(self) -> str:
        return self.service.name

    @property
    def entry(self) -> str:
        """The name of the endpoint that it answers: its own, or that of a service which it was made beside."""
        return self.release.entry if self.release else self.name

    @property
    def generation(self) -> int:
        """Of two services of one endpoint the newer one has the higher."""
        return self.release.generation if self.release else 0

    @property
    def replicas(self) -> int:
        return self.service.replicas if self.goal is Goal.RUN else 0

    @property
    def in_first_light(self) -> bool:
        """It has not run yet since it was made or started."""
        return not self.settled and self.change in {Change.CREATE, Change.START}

    @property
    def is_replacing(self) -> bool:
        return not self.settled and self.change in {Change.UPDATE, Change.RESTART}

    def moment(self, now: float) -> float:
        """The time of a wish that follows this one: a later one, even where the clock has been set back meanwhile."""
        return max(now, self.updated_at + 0.001)

    @property
    def fingerprint(self) -> str:
        """Ten hex digits that change exactly when instances must be replaced."""
        material = repr((_said(template(self.service)), self.base, self.restarts))
        return sha256(material.encode()).hexdigest()[:10]


def _said(value: object) -> object:
    """What differs from the defaults: a release that knows a field more leaves instances of the one before as they are."""
    if isinstance(value, tuple):
        return tuple(map(_said, value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    told = ((field.name, getattr(value, field.name), field.default) for field in fields(value))
    return type(value).__name__, tuple((name, _said(given)) for name, given, default in told if given != default)


def template(service: Service) -> Service:
    """The part of a service that is built into an instance; the rest is pushed to running ones."""
    return replace(
        service,
        replicas=0,
        limits=Limits(),
        policy=GatewayPolicy(),
        rolling=Rolling(),
        grace=0,
        token=None,
        labels=(),
        workspace_id="",
    )
