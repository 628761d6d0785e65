"""A daemon is killed while a container does a job for it: the next daemon removes that, or down --purge does."""

import pytest

from tests.chaos.faults import HELPER, Fault, Moment, Victim
from tests.chaos.looking import look
from tests.chaos.trapped import TrappedDaemon
from tests.scenarios.conftest import an_emulator
from tests.scenarios.documents import Json, a_container, a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually

PLAIN = a_document("plain")
WITH_REQUIREMENTS = a_document("required", a_container(prepare={"pythonRequirements": ["itsdangerous==2.2.0"]}))

ROWS = {
    "the trial of the engine is created": (PLAIN, 1, 1),
    "the trial of the engine runs": (PLAIN, 1, 2),
    "the trial of GPUs is created": (PLAIN, 2, 1),
    "requirements are being installed": (WITH_REQUIREMENTS, 2, 2),
}


@pytest.mark.parametrize(("document", "number", "acts"), ROWS.values(), ids=ROWS)
def test_the_next_daemon_removes_it(document: Json, number: int, acts: int):
    with an_emulator() as emulator:
        service = killed_with_a_helper(emulator, document, number, acts)
        assert look(emulator).helpers

        emulator.run("ls")

        service.becomes("Running")
        assert eventually(lambda: not look(emulator).helpers, within=10, what="the end of the helper")


@pytest.mark.parametrize(("document", "number", "acts"), ROWS.values(), ids=ROWS)
def test_a_purge_removes_it(document: Json, number: int, acts: int):
    with an_emulator() as emulator:
        killed_with_a_helper(emulator, document, number, acts)


def killed_with_a_helper(emulator: Emulator, document: Json, number: int, acts: int) -> Service:
    """In a fresh home, whose daemon knows nothing of its engine yet."""
    emulator.run("up", "-d")
    daemon = TrappedDaemon(emulator)
    daemon.runs()
    fault = Fault(Victim.DAEMON, Moment("", HELPER, number, acts))
    daemon.set(fault)
    service = emulator.submit(document)
    daemon.sprung(fault)
    daemon.is_gone()
    return service
