"""Random series of wishes and kills: in the end everything is what was asked for last, and nothing is left over.

tests/model has many more of them, in virtual time; these few are the real programs on the real engine.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from random import Random

import pytest

from eas_local.adapters import settings
from eas_local.client import Client
from tests.chaos.asked import Asked
from tests.chaos.faults import Victim
from tests.chaos.killing import kill
from tests.chaos.rest import at_rest
from tests.scenarios.conftest import an_emulator
from tests.scenarios.emulator import Emulator
from tests.scenarios.eventually import eventually

STEPS = 14
QUIET = 0.2
"""The share of the steps after which everything comes to rest before the next one."""


def _present(asked: Asked) -> Asked:
    """Another one of its name has to be wholly gone before."""
    if not asked.there:
        there = lambda: {service["ServiceName"] for service in asked.client.services()}  # noqa: E731
        eventually(lambda: asked.name not in there(), within=60, what=f"the end of {asked.name}")
    asked.presence()
    return asked


WISHES: tuple[Callable[[Asked], None], ...] = (
    lambda asked: _present(asked).start(),
    lambda asked: _present(asked).stop(),
    Asked.absence,
    lambda asked: _present(asked).instances(1),
    lambda asked: _present(asked).instances(3),
    lambda asked: _present(asked).other_limits(),
    lambda asked: _present(asked).another_version(),
)
FAULTS = (Victim.DAEMON, Victim.GATEWAY, Victim.SIDECAR, Victim.SANDBOX, Victim.WORKER)


@pytest.fixture
def hasty() -> Iterator[Emulator]:
    """Crashed containers do not wait long for their next start."""
    with an_emulator(EAS_LOCAL_RESTART_FACTOR="0.001") as made:
        made.run("up", "-d")
        yield made


@pytest.mark.parametrize("seed", range(3))
def test_any_series_ends_in_what_was_asked_for_last(hasty, seed):
    random, config = Random(seed), settings.load(hasty.environment())
    client = Client(config.daemon_socket)
    services = [Asked(hasty, client, name) for name in ("first", "second")]
    rest = partial(at_rest, hasty, client, services)

    for step in range(STEPS):
        asked = random.choice(services)
        if random.random() < len(FAULTS) / (len(FAULTS) + len(WISHES)):
            with suppress(LookupError):  # nothing runs that could be killed
                kill(random.choice(FAULTS), config, hasty.owner, asked.name, pod="")
            hasty.run("ls")  # starts what does not run
        else:
            random.choice(WISHES)(asked)
        if random.random() < QUIET:
            eventually(rest, within=60, what=f"rest after step {step}")
    eventually(rest, within=60, what="rest")
