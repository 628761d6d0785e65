"""Where parts are killed: an emulator with a service under load and a guest that comes and goes.

One row after the other is played here, each until the emulator is at rest again.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from eas_local.adapters import settings
from eas_local.adapters.clock import SystemClock
from eas_local.client import Client
from tests.chaos.asked import Asked
from tests.chaos.changes import ACTS
from tests.chaos.faults import Fault, Report, Victim
from tests.chaos.losses import Outage, unexcused
from tests.chaos.rest import at_rest
from tests.chaos.rows import GUEST, STEADY, Row
from tests.chaos.trapped import TrappedDaemon
from tests.scenarios.conftest import an_emulator
from tests.scenarios.emulator import Emulator
from tests.scenarios.eventually import eventually
from tests.scenarios.load import Failure, Load, under_load
from tests.scenarios.second_engine import SecondEngine

FIRST_WITHIN, REST_WITHIN = 600, 60
RESTARTS = {"EAS_LOCAL_RESTART_FACTOR": "0.001"}
"""What is killed again and again must not wait longer each time."""


class Stage:
    """`engine`: the tests' own, where that is what is killed; no service can be under load then."""

    def __init__(self, emulator: Emulator, engine: SecondEngine | None) -> None:
        self._emulator = emulator
        self._engine = engine
        self._client = Client(settings.load(emulator.environment()).daemon_socket)
        self._steady, self._guest = (Asked(emulator, self._client, name) for name in (STEADY, GUEST))
        self._daemon = TrappedDaemon(emulator)
        self._load: Load | None = None
        self._clock = SystemClock()

    @contextmanager
    def open(self) -> Iterator[None]:
        self._steady.create(2)
        self._comes_to_rest(FIRST_WITHIN)
        try:
            with nullcontext() if self._engine else under_load(self._steady.service) as self._load:
                yield
        finally:
            self._daemon.end()

    def play(self, row: Row) -> float:
        """The seconds from the kill until everything was at rest again. Raises AssertionError with what is wrong."""
        asked = self._guest if row.change.guest else self._steady
        self._daemon.runs()
        row.change.ready(asked)
        self._comes_to_rest()
        failed = self._failed()
        fault = Fault(row.victim, row.moment)
        self._daemon.set(fault)
        row.change.begin(asked)
        report = self._daemon.sprung(fault)
        assert row.moment.acts is not None or report.acts >= ACTS[row.step], f"{row.step} does less than is known of it"
        outage = self._bring_back(row.victim, report)
        self._comes_to_rest()
        seconds = self._clock.now() - report.began
        if self._load:
            lost = unexcused(outage, self._failed()[len(failed) :], self._load, harmed=row.change.harms)
            assert not lost, [str(failure) for failure in lost]
        return seconds

    def _comes_to_rest(self, within: float = REST_WITHIN) -> None:
        services = (self._steady, self._guest)
        eventually(lambda: at_rest(self._emulator, self._client, services), within, "rest")

    def _failed(self) -> list[Failure]:
        return list(self._load.failures) if self._load else []

    def _bring_back(self, victim: Victim, report: Report) -> Outage:
        """As a user would: by whatever command comes next. All but the daemon and the engine come back by themselves."""
        if victim is Victim.DAEMON:
            self._daemon.is_gone()
        if victim is Victim.ENGINE:
            assert self._engine is not None
            self._engine.killed()
            self._engine.start()
        self._emulator.run("ls")
        return Outage(victim, report.began, report.ended)


@contextmanager
def a_stage(engine: SecondEngine | None = None) -> Iterator[Stage]:
    """With an emulator of its own, which is purged afterwards and must then have left nothing."""
    environ = RESTARTS | ({"DOCKER_HOST": engine.address} if engine else {})
    with an_emulator(**environ) as emulator:
        stage = Stage(emulator, engine)
        with stage.open():
            yield stage
