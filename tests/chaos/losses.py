"""Which requests a fault may cost: none where the daemon dies, else those that it has cut off."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.faults import Victim
from tests.scenarios.load import Failure, Load

AT_ONCE = 0.1
"""Seconds until everybody has seen that a process is dead."""
_WITH_THEIR_INSTANCE = {Victim.SANDBOX, Victim.WORKER}


@dataclass(frozen=True, slots=True)
class Outage:
    """The victim was killed between `began` and `ended`, in seconds since the epoch."""

    victim: Victim
    began: float
    ended: float

    def cuts_off(self, failure: Failure, load: Load) -> bool:
        """Of a daemon's death a request knows nothing. The others' ends those under way."""
        if self.victim is Victim.DAEMON:
            return False
        return load.began + failure.began <= self.ended + AT_ONCE and load.began + failure.ended >= self.began


def unexcused(outage: Outage, failures: Sequence[Failure], load: Load, *, harmed: bool) -> list[Failure]:
    """With an instance all that is in it at that moment is lost, which is not more than there can be at a time. `harmed`:
    the change itself has ended one."""
    left = [failure for failure in failures if not outage.cuts_off(failure, load)]
    lost_with_instances = harmed + (outage.victim in _WITH_THEIR_INSTANCE)
    return left if len(left) > lost_with_instances * load.size else []
