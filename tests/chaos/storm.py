"""Random parts are killed at random moments while random changes are asked for; then everything must come to rest.

The seed decides what is asked, who is killed and when; what that meets is the machine's own.
"""

import random
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from docker.errors import APIError

from eas_local.adapters import settings
from eas_local.adapters.clock import SystemClock
from eas_local.client import Client
from tests.chaos.asked import Asked
from tests.chaos.faults import Victim
from tests.chaos.killing import kill
from tests.chaos.rest import at_rest
from tests.chaos.rows import GUEST, STEADY
from tests.chaos.stage import RESTARTS
from tests.scenarios.conftest import an_emulator
from tests.scenarios.emulator import Emulator
from tests.scenarios.eventually import eventually

KILLS, WISHES = 4, 4
LONGEST_PAUSE = 1.5
FIRST_WITHIN, REST_WITHIN = 600, 90
VICTIMS = [victim for victim in Victim if victim is not Victim.ENGINE]


@dataclass(frozen=True, slots=True)
class Happening:
    """`pause`: so many seconds after the one before it."""

    pause: float
    what: str
    do: Callable[[], None]


def storm(rounds: int, seed: int) -> None:
    """Raises AssertionError with what does not come to rest, or is left after a purge."""
    chance = random.Random(seed)
    with an_emulator(**RESTARTS) as emulator:
        sky = Sky(emulator, chance)
        sky.begin()
        for number in range(1, rounds + 1):
            sky.round(number)


class Sky:
    def __init__(self, emulator: Emulator, chance: random.Random) -> None:
        self._emulator = emulator
        self._chance = chance
        self._settings = settings.load(emulator.environment())
        self._client = Client(self._settings.daemon_socket)
        self._steady, self._guest = (Asked(emulator, self._client, name) for name in (STEADY, GUEST))

    def begin(self) -> None:
        self._steady.create(2)
        self._comes_to_rest(FIRST_WITHIN, "the first rest")

    def round(self, number: int) -> None:
        strikes = [self._strike() for _ in range(KILLS)]
        wishes = [self._wish() for _ in range(WISHES)]
        said = "; ".join(f"{happening.pause:.2f} s, {happening.what}" for happening in (*wishes, *strikes))
        striking = threading.Thread(target=_all, args=(strikes,))
        striking.start()
        _all(wishes)
        striking.join()
        self._emulator.run("ls")
        self._comes_to_rest(REST_WITHIN, f"rest after round {number} ({said})")

    def _comes_to_rest(self, within: float, what: str) -> None:
        services = (self._steady, self._guest)
        eventually(lambda: at_rest(self._emulator, self._client, services), within, what)

    def _strike(self) -> Happening:
        victim, service = self._chance.choice(VICTIMS), self._chance.choice((STEADY, GUEST))
        return self._happening(f"{victim} of {service} killed", lambda: self._kill(victim, service))

    def _kill(self, victim: Victim, service: str) -> None:
        with suppress(LookupError, ProcessLookupError, APIError):  # it is dead already
            kill(victim, self._settings, self._emulator.owner, service, pod="")

    def _wish(self) -> Happening:
        instances = self._chance.randint(1, 3)
        wishes = (
            (f"{instances} instances", lambda: self._steady.instances(instances)),
            ("other limits", self._steady.other_limits),
            ("another version", self._steady.another_version),
            ("presence of the guest", self._guest.presence),
            ("absence of the guest", self._guest.absence),
            ("stop of the guest", self._guest.stop),
        )
        return self._happening(*self._chance.choice(wishes))

    def _happening(self, what: str, do: Callable[[], None]) -> Happening:
        return Happening(self._chance.uniform(0, LONGEST_PAUSE), what, do)


def _all(happenings: Sequence[Happening]) -> None:
    clock = SystemClock()
    for happening in happenings:
        clock.sleep(happening.pause)
        happening.do()
