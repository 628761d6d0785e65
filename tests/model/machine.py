"""What a series of wishes and faults is made of: the world, the model beside it, and their comparison when all is quiet."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from eas_local.core.desired import Goal
from eas_local.core.instance import Instance
from eas_local.daemon.services import Services
from tests.model.judge import verdict
from tests.model.wishes import ABSENT, DEAF, REFUSED, STUCK, Wish
from tests.model.world import World
from tests.virtual_time import Loop

NAMES = st.sampled_from(("demo", "demo", "other", "beside"))
PAUSES = st.sampled_from((0.001, 0.03, 0.08, 0.2, 0.4, 2, 30))
"""In the middle of an act, between two of them, between a start and readiness, after all of that, within a back-off."""
CHOICES = st.integers(0, 7)


class Machine(RuleBasedStateMachine):
    """`names`: what services are called that do not choose their names."""

    def __init__(self) -> None:
        super().__init__()
        self._place = tempfile.TemporaryDirectory(prefix="eas-model-")
        self._runner = asyncio.Runner(loop_factory=Loop)
        self.names: dict[str, str] = {}
        self.wishes: dict[str, Wish] = {}
        self.world = World(Path(self._place.name), self._runner.get_loop())
        self.world.engine.refused.add(REFUSED)
        self.world.images.missing.add(ABSENT)
        self.world.images.stuck = STUCK
        self.world.sidecars.never_ready.add(DEAF)
        self.do(self.world.daemon_starts())

    @rule()
    def rests(self) -> None:
        self.do(self.world.comes_to_rest())
        wrong = self.do(self._judged())
        assert not wrong, "\n".join(wrong)
        for name, wish in list(self.wishes.items()):
            if wish.text.runs:
                wish.lasting = wish.serving
            self.world.promised[name] = wish.lasting
            if wish.goal is Goal.DELETE:
                del self.wishes[name]

    @invariant()
    def nothing_forbidden_has_happened(self) -> None:
        assert not self.world.wrong, "\n".join(self.world.wrong)

    def teardown(self) -> None:
        try:
            self.rests()
        finally:
            self.do(self.world.daemon_dies())
            self._runner.close()
            self._place.cleanup()

    # -- for the rules

    def do(self, story: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(story)

    def ask(self, wish: Callable[[Services], Any]) -> Any:
        return self.do(self.world.asked(wish))

    def passes(self, seconds: float) -> None:
        self.do(asyncio.sleep(seconds))

    def chosen(self, name: str, choice: int) -> Instance | None:
        """An instance of this service to which something happens now: it is no more counted upon."""
        name = self.names.get(name, name)
        pods = self.world.pods(name)
        if not pods:
            return None
        self.counts_on_one_less(name)
        return pods[choice % len(pods)]

    def counts_on_one_less(self, name: str) -> None:
        self.world.promised[name] = max(self.world.promised[name] - 1, 0)

    async def _judged(self) -> list[str]:
        return verdict(self.world, self.wishes)
