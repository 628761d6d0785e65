"""What people ask for, again and again, of services that are there and of some that are not."""

import json
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from eas_local.core.desired import Goal, Lock
from eas_local.core.errors import InvalidDocument, Locked, NameInUse, NotFound, WrongState
from eas_local.core.orders import Fate
from eas_local.daemon.services import Mode
from tests.model.machine import CHOICES, NAMES, PAUSES, Machine
from tests.model.wishes import BAD, FINE, Text, Wish

IMAGES = st.sampled_from((*FINE, *FINE, *BAD))
ENVS = st.sampled_from("ab")
COUNTS = st.integers(1, 3)
UNAVAILABLE = st.integers(0, 3)
QUEUES = st.sampled_from((64, 8))
SURGES = st.integers(1, 2)
TOKENS = st.sampled_from(("t1", "t2"))
LOCKS = st.sampled_from((*Lock, Lock.NONE))
TEXTS = st.builds(
    Text,
    image=IMAGES,
    env=ENVS,
    containers=st.integers(1, 2),
    instance=COUNTS,
    queue=QUEUES,
    surge=SURGES,
    unavailable=UNAVAILABLE,
    token=st.none() | TOKENS,
)


class Asking(Machine):
    @initialize(text=TEXTS, settled=st.booleans())
    def begins(self, text: Text, settled: bool) -> None:
        self.create("demo", text, pause=0.001)
        if settled:
            self.rests()

    @rule(name=st.sampled_from(("demo", "other")), text=TEXTS, pause=PAUSES)
    def create(self, name: str, text: Text, pause: float) -> None:
        taken = any(want and name in {want.name, want.entry} for want in map(self.world.store.find, self.wishes))
        with pytest.raises(NameInUse) if taken else nullcontext():
            want = self.ask(lambda services: services.create(json.dumps(text.document(name)))).desired
            self.wishes[name] = Wish(name, text, want.token)
            self.world.promised[name] = 0
        self.passes(pause)

    @rule(text=TEXTS, pause=PAUSES)
    def create_beside(self, text: Text, pause: float) -> None:
        """Refused where there is none, or two already."""
        with suppress(NotFound, NameInUse, WrongState):
            document = json.dumps(text.document("demo"))
            want = self.ask(lambda services: services.create(document, related=True)).desired
            self.names["beside"] = want.name
            self.wishes[want.name] = Wish(
                "demo", text, want.token, order=1 + max(w.order for w in self.wishes.values())
            )
            self.world.promised[want.name] = 0
        self.passes(pause)

    @rule(name=NAMES, percent=st.sampled_from((None, 0, 30, 100)), pause=PAUSES)
    def release(self, name: str, percent: int | None, pause: float) -> None:
        with suppress(NotFound, WrongState, Locked):
            after = self.ask(lambda services: services.release(self.names.get(name, name), percent))
            if after.release:
                self.wishes[after.name].weight = after.release.weight
        self.passes(pause)

    @rule(name=NAMES, image=IMAGES, pause=PAUSES)
    def modify_image(self, name: str, image: str, pause: float) -> None:
        self._modify(name, "image", image, pause)

    @rule(name=NAMES, env=ENVS, pause=PAUSES)
    def modify_env(self, name: str, env: str, pause: float) -> None:
        self._modify(name, "env", env, pause)

    @rule(name=NAMES, queue=QUEUES, pause=PAUSES)
    def modify_limits(self, name: str, queue: int, pause: float) -> None:
        self._modify(name, "queue", queue, pause)

    @rule(name=NAMES, token=TOKENS, pause=PAUSES)
    def modify_token(self, name: str, token: str, pause: float) -> None:
        self._modify(name, "token", token, pause)

    @rule(name=NAMES, surge=SURGES, pause=PAUSES)
    def modify_surge(self, name: str, surge: int, pause: float) -> None:
        self._modify(name, "surge", surge, pause)

    @rule(name=NAMES, count=UNAVAILABLE, pause=PAUSES)
    def modify_unavailable(self, name: str, count: int, pause: float) -> None:
        self._modify(name, "unavailable", count, pause)

    @rule(name=NAMES, count=COUNTS, pause=PAUSES)
    def scale(self, name: str, count: int, pause: float) -> None:
        self._modify(name, "instance", count, pause)

    @rule(name=NAMES, text=TEXTS, pause=PAUSES)
    def replace(self, name: str, text: Text, pause: float) -> None:
        name = self.names.get(name, name)
        with self._asking(name):
            self.ask(lambda services: services.update(name, json.dumps(text.document(name)), Mode.REPLACE))
            self.wishes[name].says(text, new_version=True)
            self._promises(name, self.wishes[name].text.least)
        self.passes(pause)

    @rule(name=NAMES, number=st.integers(1, 5), pause=PAUSES)
    def switch_version(self, name: str, number: int, pause: float) -> None:
        name = self.names.get(name, name)
        wish = self.wishes.get(name)
        known = wish is None or number in wish.texts
        wrong = (WrongState if number == wish.version else None) if known and wish else InvalidDocument
        with self._asking(name, wrong):
            self.ask(lambda services: services.switch_version(name, number))
            self.wishes[name].switches(number)
            self._promises(name, self.wishes[name].text.least)
        self.passes(pause)

    @rule(name=NAMES, pause=PAUSES)
    def stop(self, name: str, pause: float) -> None:
        name = self.names.get(name, name)
        with self._asking(name, dangerous=True):
            self.ask(lambda services: services.stop(name))
            self.wishes[name].goal = Goal.STOP
            self._promises(name, 0)
        self.passes(pause)

    @rule(name=NAMES, pause=PAUSES)
    def start(self, name: str, pause: float) -> None:
        name = self.names.get(name, name)
        with self._asking(name):
            self.ask(lambda services: services.start(name))
            self.wishes[name].goal = Goal.RUN
        self.passes(pause)

    @rule(name=NAMES, pause=PAUSES)
    def restart(self, name: str, pause: float) -> None:
        name = self.names.get(name, name)
        stopped = name in self.wishes and self.wishes[name].goal is Goal.STOP
        with self._asking(name, WrongState if stopped else None):
            self.ask(lambda services: services.restart(name))
            self._promises(name, self.wishes[name].text.least)
        self.passes(pause)

    @rule(name=NAMES, pause=PAUSES)
    def delete(self, name: str, pause: float) -> None:
        name = self.names.get(name, name)
        with self._asking(name, again=True, dangerous=True):
            self.ask(lambda services: services.delete(name))
            self.wishes[name].goal = Goal.DELETE
            self._promises(name, 0)
        self.passes(pause)

    @rule(name=NAMES, value=ENVS, pause=PAUSES)
    def label(self, name: str, value: str, pause: float) -> None:
        name = self.names.get(name, name)
        with self._asking(name):
            self.ask(lambda services: services.label(name, {"team": value}))
            self.wishes[name].labels["team"] = value
        self.passes(pause)

    @rule(name=NAMES, lock=LOCKS, pause=PAUSES)
    def lock(self, name: str, lock: Lock, pause: float) -> None:
        name = self.names.get(name, name)
        with self._asking(name, unlocks=True):
            self.ask(lambda services: services.lock(name, lock))
            self.wishes[name].lock = lock
        self.passes(pause)

    @rule(name=NAMES, choice=CHOICES, fate=st.none() | st.sampled_from(Fate), pause=PAUSES)
    def doom(self, name: str, choice: int, fate: Fate | None, pause: float) -> None:
        """Refused where an instance is on its way out already."""
        name = self.names.get(name, name)
        if pod := self._shown(name, choice):
            with suppress(WrongState, Locked):
                self.ask(lambda services: services.doom(name, [pod], fate))
                self.wishes[name].fates[pod] = fate
                self._promises(name, self.world.promised[name] - 1)
        self.passes(pause)

    @rule(name=NAMES, choice=CHOICES, pause=PAUSES)
    def restart_softly(self, name: str, choice: int, pause: float) -> None:
        """Refused where no container has started yet."""
        name = self.names.get(name, name)
        if pod := self._shown(name, choice):
            with suppress(WrongState, Locked, InvalidDocument):
                self.ask(lambda services: services.restart_softly(name, [pod]))
                self.counts_on_one_less(name)
        self.passes(pause)

    def _modify(self, name: str, field: str, value: object, pause: float) -> None:
        name = self.names.get(name, name)
        with self._asking(name):
            before = self.wishes[name].text if name in self.wishes else Text()
            text = replace(before, **{field: value})
            self.ask(lambda services: services.update(name, text.part(name, field)))
            self.wishes[name].says(text, new_version=field in {"image", "env"})
            self._promises(name, self.wishes[name].text.least)
        self.passes(pause)

    def _asking(
        self,
        name: str,
        wrong: type[Exception] | None = None,
        *,
        again: bool = False,
        dangerous: bool = False,
        unlocks: bool = False,
    ) -> AbstractContextManager[object]:
        """What becomes of a wish about this service. `wrong`: how it is refused where everything else allows it."""
        want = self.world.store.find(name)
        refused = wrong
        if want is None:
            refused = NotFound
        elif want.goal is Goal.DELETE:
            refused = None if again else WrongState
        elif not unlocks and self.wishes[name].lock.refuses(dangerous=dangerous):
            refused = Locked
        return pytest.raises(refused) if refused else nullcontext()

    def _shown(self, name: str, choice: int) -> str | None:
        """An instance that people see."""
        seen = self.world.board.find(name)
        known = self.world.store.find(name)
        return seen.instances[choice % len(seen.instances)].name if known and seen and seen.instances else None

    def _promises(self, name: str, least: int) -> None:
        """So many instances at least get requests from now on."""
        self.world.promised[name] = min(self.world.promised[name], least)
        self.wishes[name].lasting = min(self.wishes[name].lasting, least)
