"""Runs the checks of a pod's containers and keeps what they say.

One watch per container run; a new run (`attempt`) is watched anew. Besides, one loop reads the listener table: while a
container waits for its port, every few milliseconds, so that it is ready when it happens; the port seen is then tried.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from eas_local.core.health import Health, checks_of, has_default_readiness, health, held_back
from eas_local.core.listeners import Listener, reachable
from eas_local.core.probe import Outcome, ProbeState, Verdict, begin, count, early_pause, step
from eas_local.core.service import Check, CheckKind
from eas_local.core.wire import Target

CALM = 1.0
# Between two looks when nobody waits for a port.

Run = Callable[[Check], Awaitable[Outcome]]


class Watch:
    """The probes of one run of one container. It ends when the container has to be started again."""

    def __init__(self, target: Target, run: Run, changed: Callable[[], None]) -> None:
        self.target = target
        self._run = run
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._seen = asyncio.Event()
        self._checks = checks_of(target)
        self.states = {kind: begin(check, self._loop.time()) for kind, check in self._checks.items()}
        self._task = asyncio.create_task(self._watch())

    def stop(self) -> None:
        self._task.cancel()

    def look(self, listeners: Sequence[Listener], own_address: str) -> None:
        """Where a default readiness waits for a port that is open now, it is tried at once."""
        port, state = self.target.port, self.states.get(CheckKind.READINESS)
        waits = state and state.verdict is not Verdict.PASSING and has_default_readiness(self.target)
        if waits and port is not None and reachable(listeners, port, own_address):
            self._seen.set()

    async def _watch(self) -> None:
        """Startup first; the others begin when it has passed."""
        while held_back(CheckKind.READINESS, self.states):
            if await self._check(CheckKind.STARTUP) is Verdict.FAILING:
                return
        async with asyncio.TaskGroup() as group:
            for kind in self._checks.keys() - {CheckKind.STARTUP}:
                group.create_task(self._repeat(kind))

    async def _repeat(self, kind: CheckKind) -> None:
        while await self._check(kind) is not Verdict.FAILING or kind is CheckKind.READINESS:
            pass

    async def _check(self, kind: CheckKind) -> Verdict:
        early = await self._wait(self.states[kind], early=kind is CheckKind.READINESS)
        began = self._loop.time()
        outcome = await self._run(self._checks[kind])
        self.states[kind] = self._counted(kind, outcome, began, early=early)
        self._changed()
        return self.states[kind].verdict

    async def _wait(self, state: ProbeState, *, early: bool) -> bool:
        """Until the check is due; True where an early look came before that."""
        self._seen.clear()
        pause = max(state.next_at - self._loop.time(), 0)
        if not early:
            await asyncio.sleep(pause)
            return False
        with suppress(TimeoutError):
            return await asyncio.wait_for(self._seen.wait(), pause)
        return False

    def _counted(self, kind: CheckKind, outcome: Outcome, began: float, *, early: bool) -> ProbeState:
        check, state = self._checks[kind], self.states[kind]
        if not early:
            return step(check, state, outcome, began)
        return count(check, state, outcome) if outcome.ok else state


class Prober:
    """`read` gives the listener table, `run` runs one check. `changed` is called when anything it knows may differ."""

    def __init__(
        self, address: str, read: Callable[[], tuple[Listener, ...]], run: Run, changed: Callable[[], None]
    ) -> None:
        self._address = address
        self._read = read
        self._run = run
        self._changed = changed
        self._watches: dict[str, Watch] = {}
        self._looking: asyncio.Task[None] | None = None
        self.listeners: tuple[Listener, ...] = ()

    def watch(self, targets: Sequence[Target]) -> None:
        """From now on these. A target that is the same as before keeps what is known of it."""
        before = self._watches
        self._watches = {target.name: self._kept(before, target) for target in targets}
        for watch in before.values():
            if watch not in self._watches.values():
                watch.stop()
        if self._looking:
            self._looking.cancel()
        self._looking = asyncio.create_task(self._look())

    def stop(self) -> None:
        self.watch(())
        if self._looking:
            self._looking.cancel()

    def health(self) -> dict[str, Health]:
        """By container; what is said of a port leaves out the ports of the other containers."""
        return {name: self._health(watch) for name, watch in self._watches.items()}

    def _health(self, watch: Watch) -> Health:
        others = {w.target.port for w in self._watches.values() if w is not watch}
        return health(
            watch.target, watch.states, [one for one in self.listeners if one[1] not in others], self._address
        )

    def _kept(self, before: dict[str, Watch], target: Target) -> Watch:
        watch = before.get(target.name)
        return watch if watch and watch.target == target else Watch(target, self._run, self._changed)

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            listeners = self._read()
            for watch in self._watches.values():
                watch.look(listeners, self._address)
            if listeners != self.listeners:
                self.listeners = listeners
                self._changed()
            await asyncio.sleep(CALM if self._ready() else early_pause(loop.time() - began))

    def _ready(self) -> bool:
        return all(health.ready for health in self.health().values())
