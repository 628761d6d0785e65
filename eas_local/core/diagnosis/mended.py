"""What has ended and serves again: nothing is wrong any more, but somebody may want to know."""

from collections.abc import Iterator

from eas_local.core.desired import Desired
from eas_local.core.diagnosis import endings
from eas_local.core.diagnosis.evidence import Ending, Evidence, mended
from eas_local.core.status import Snapshot


def notes(seen: Snapshot, evidence: Evidence) -> Iterator[str]:
    for ended in mended(seen):
        container, name = ended.run.container, seen.want.name
        said = endings.cause(seen.want, ended, evidence).sentence.removeprefix(f"{container} ")
        again = f"{container} of {ended.run.pod} has been started again {_times(seen.want, ended)}"
        yield f"{again}; its last run {said}; eas-local logs {name} --previous shows it"


def _times(want: Desired, ended: Ending) -> str:
    """Without the times somebody asked for."""
    here = ended.run
    asked = [
        order
        for order in want.orders.soft_restarts
        if (order.pod, order.container) == (here.pod, here.container) and order.attempt < here.attempt
    ]
    count = here.attempt + 1 - len(asked)
    return "once" if count == 1 else f"{count} times"
