"""The line before the container: requests that run, requests that wait, first come first served."""

from collections import OrderedDict
from typing import Protocol

from eas_local.core.admission import Admission, admit
from eas_local.core.service import Limits


class Place(Protocol):
    """Of one request. `running` is the line's to set, and false at first."""

    running: bool

    def go(self) -> None:
        """Its turn has come, at once where there is room."""


class Line:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.running = 0
        self._waiting: OrderedDict[Place, None] = OrderedDict()
        # Whoever leaves from the middle must not cost those behind a look at each place, however many wait.

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def empty(self) -> bool:
        return not self.running and not self._waiting

    def enter(self, place: Place) -> bool:
        """False where neither a worker nor the queue has room."""
        admission = admit(self.limits, self.running, len(self._waiting))
        if admission is Admission.RUN:
            self._start(place)
        elif admission is Admission.WAIT:
            self._waiting[place] = None
        return admission is not Admission.REJECT

    def leave(self, place: Place) -> None:
        """Give up a place, whether it runs, waits, or has been given up already."""
        if place.running:
            place.running = False
            self.running -= 1
            self._move_up()
        else:
            self._waiting.pop(place, None)

    def change(self, limits: Limits) -> None:
        """New limits hold for whoever comes from now on; those who wait move up where there is room."""
        self.limits = limits
        self._move_up()

    def _move_up(self) -> None:
        while self._waiting and admit(self.limits, self.running, 0) is Admission.RUN:
            self._start(self._waiting.popitem(last=False)[0])

    def _start(self, place: Place) -> None:
        self.running += 1
        place.running = True
        place.go()
