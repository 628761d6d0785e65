"""How fast a service lives: the cloud's pace, or a quicker one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """`restart_factor` shortens the back-off of crashed containers. `full_grace`: an instance that leaves is there until
    its grace is over, as in the cloud, even with nothing in flight."""

    restart_factor: float = 1
    full_grace: bool = False
