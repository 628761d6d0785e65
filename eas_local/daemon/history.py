"""One service's history as it is written down: what is new at each look, and nothing twice."""

import logging
from collections.abc import Collection

from eas_local.core import timeline
from eas_local.core.pace import Pace
from eas_local.core.status import Snapshot
from eas_local.daemon.ports import Clock, Store

log = logging.getLogger(__name__)


class History:
    def __init__(self, store: Store, clock: Clock, pace: Pace) -> None:
        self._store = store
        self._clock = clock
        self._pace = pace
        self._begun = False

    def tell(self, before: Snapshot | None, look: Snapshot, leaving: Collection[str]) -> None:
        """What is new since the look before; at the first look, since what an earlier daemon has told."""
        want, now = look.want, self._clock.now()
        turned = timeline.turned(before, look, now)
        if turned:
            log.info("service=%s state=%s %s", want.name, look.status.state, look.status.message)
        known = before.instances if before else ()
        news = [*timeline.between(want, known, look.instances, leaving, now, pace=self._pace), *turned]
        for event in news if self._begun else timeline.unknown(news, self._store.events(want.name)):
            self._store.add_event(event)
        self._begun = True
