"""What somebody has asked of particular instances; everything else is asked of the service.

An order stands until its instance is gone, so it may be carried out again after any interruption.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from eas_local.core.instance import Run


class Fate(StrEnum):
    """# Parity: Isolate keeps an instance running without traffic, Detach takes it out of management and another one
    replaces it, DeleteServiceInstances has it replaced (eas-semantics 2.2; OpenAPI)."""

    ISOLATED = "isolated"
    DETACHED = "detached"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class SoftRestart:
    """The run of a container that is to end, and another to follow it in the same sandbox."""

    pod: str
    container: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Orders:
    """`fates` by instance."""

    fates: tuple[tuple[str, Fate], ...] = ()
    soft_restarts: tuple[SoftRestart, ...] = ()

    def fate(self, pod: str) -> Fate | None:
        return dict(self.fates).get(pod)

    def ends(self, pod: str, run: Run) -> bool:
        """Whether this very run is to be followed by another."""
        return SoftRestart(pod, run.container, run.attempt) in self.soft_restarts

    def began(self, pod: str, run: Run) -> bool:
        """Whether the run before this very one was to end."""
        return SoftRestart(pod, run.container, run.attempt - 1) in self.soft_restarts

    def doomed(self, pods: Collection[str], fate: Fate | None) -> "Orders":
        """With this fate for these instances, None for none."""
        others = tuple((pod, known) for pod, known in self.fates if pod not in pods)
        return Orders(others + tuple((pod, fate) for pod in pods if fate), self.soft_restarts)

    def restarted(self, wanted: Collection[SoftRestart]) -> "Orders":
        return Orders(self.fates, tuple(dict.fromkeys((*self.soft_restarts, *wanted))))

    def about(self, pods: Collection[str]) -> "Orders":
        """Those about instances that are still there."""
        return Orders(
            tuple((pod, fate) for pod, fate in self.fates if pod in pods),
            tuple(order for order in self.soft_restarts if order.pod in pods),
        )
