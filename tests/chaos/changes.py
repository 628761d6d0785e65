"""What is asked of services, or happens to them, and the steps that carry it out.

A step kind that is in no change's plan would never be interrupted; a test sees to it that there is none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from eas_local.core.steps import (
    Configure,
    CreatePod,
    Drain,
    KillRun,
    RemovePod,
    ReviveSandbox,
    StartRun,
    Step,
    StoreRun,
)
from tests.chaos.asked import Asked

ACTS: Mapping[type[Step], int] = {
    CreatePod: 2,  # its sandbox is created, and started
    ReviveSandbox: 1,
    StartRun: 2,  # a container is created, and started
    KillRun: 1,
    StoreRun: 1,
    Configure: 1,
    Drain: 1,
    RemovePod: 3,  # worker, sandbox and scratch
}
"""How much one step does to the outside, which is where it can be cut off in the middle."""


@dataclass(frozen=True, slots=True)
class Change:
    """`begin` asks for it, once `ready` has brought the service to where it can be asked. `steps`: those of its plan, in
    their order. `harms`: requests to an instance are lost by the change itself."""

    name: str
    ready: Callable[[Asked], None]
    begin: Callable[[Asked], None]
    steps: tuple[type[Step], ...]
    harms: bool = False
    guest: bool = False


ONE_AFTER_THE_OTHER = (CreatePod, StartRun, Drain, RemovePod)
RESTART = (StartRun, StoreRun, Configure)

CHANGES = (
    Change("scaled up", lambda asked: asked.instances(2), lambda asked: asked.instances(3), (CreatePod, StartRun)),
    Change("scaled down", lambda asked: asked.instances(3), lambda asked: asked.instances(2), (Drain, RemovePod)),
    Change("limits changed", Asked.as_it_is, Asked.other_limits, (Configure, Configure)),
    Change("liveness failed", Asked.as_it_is, Asked.sickness, (KillRun, *RESTART), harms=True),
    Change("softly restarted", Asked.as_it_is, Asked.soft_restart, (KillRun, *RESTART), harms=True),
    Change("worker killed", Asked.as_it_is, Asked.death_of_a_worker, RESTART, harms=True),
    Change("sandbox killed", Asked.as_it_is, Asked.death_of_a_sandbox, (ReviveSandbox, *RESTART), harms=True),
    Change("updated", lambda asked: asked.instances(2), Asked.another_version, ONE_AFTER_THE_OTHER * 2),
    Change("created", Asked.absence, Asked.presence, (CreatePod, StartRun), guest=True),
    Change("stopped", Asked.presence, Asked.stop, (Drain, RemovePod), guest=True),
    Change("started", Asked.stop, Asked.start, (CreatePod, StartRun), guest=True),
    Change("deleted", Asked.presence, Asked.absence, (Drain, RemovePod), guest=True),
)
