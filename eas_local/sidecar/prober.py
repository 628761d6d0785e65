"""Runs the checks of a pod's containers and keeps what they say.

One watch per container run; a new run (`attempt`) is watched anew. While a default readiness waits for its port, the port
is tried every few milliseconds, so that it is ready when it happens: a refused connection costs 50 microseconds and goes
unseen by the container, where a look at the kernel's table of listeners takes 5 milliseconds. That table is read now and
then, for the words about what is missing. A processor's host is asked once, and answers when it is ready.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain

from eas_local.core.admission import Told
from eas_local.core.health import Health, checks_of, has_default_readiness, health, held_back, host_ports, reports
from eas_local.core.listeners import Listener
from eas_local.core.probe import Outcome, ProbeState, Verdict, begin, count, early_pause, resume, step
from eas_local.core.service import Check, CheckKind, Initialized
from eas_local.core.wire import ProbeReport, Target
from eas_local.sidecar.passed import Known, Passed

SOON, CALM = 1.0, 10.0
# Between two looks at the listeners, while somebody waits for a port and while nobody does.

Run = Callable[[Target, Check], Awaitable[Outcome]]


class Watch:
    """The probes of one run of one container, none before it has begun. It ends when the container has to be started again.

    `known`: checks that had passed already when this program was started.
    """

    def __init__(self, target: Target, run: Run, changed: Callable[[], None], known: Known) -> None:
        self.target = target
        self._run = run
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._checks = checks_of(target)
        self.states = {kind: self._first(kind, known) for kind in self._checks}
        self._task = asyncio.create_task(self._watch())

    def stop(self) -> None:
        self._task.cancel()

    @property
    def passed(self) -> dict[Passed, Told | None]:
        passing = {kind: state for kind, state in self.states.items() if state.verdict is Verdict.PASSING}
        return {self._of(kind): state.told for kind, state in passing.items()}

    def _first(self, kind: CheckKind, known: Known) -> ProbeState:
        check, passed = self._checks[kind], self._of(kind)
        return resume(check, known[passed], self._began) if passed in known else begin(check, self._began)

    def _of(self, kind: CheckKind) -> Passed:
        return self.target.name, self.target.attempt, kind

    async def _watch(self) -> None:
        """Startup first; the others begin when it has passed."""
        if not self.target.started:
            return
        while held_back(CheckKind.READINESS, self.states):
            if await self._check(CheckKind.STARTUP) is Verdict.FAILING:
                return
        async with asyncio.TaskGroup() as group:
            for kind in self._checks.keys() - {CheckKind.STARTUP}:
                group.create_task(self._repeat(kind))

    async def _repeat(self, kind: CheckKind) -> None:
        while not self._settled(kind):
            await self._check(kind)

    def _settled(self, kind: CheckKind) -> bool:
        """There is nothing more to find out in this run."""
        verdict = self.states[kind].verdict
        if isinstance(self._checks[kind].method, Initialized):
            return verdict is Verdict.PASSING
        return verdict is Verdict.FAILING and kind is not CheckKind.READINESS

    async def _check(self, kind: CheckKind) -> Verdict:
        check, early = self._checks[kind], await self._passes_early(kind)
        if early:
            self.states[kind] = count(check, self.states[kind], Outcome())
        else:
            began = self._loop.time()
            self.states[kind] = step(check, self.states[kind], await self._run(self.target, check), began)
        self._changed()
        return self.states[kind].verdict

    async def _passes_early(self, kind: CheckKind) -> bool:
        """Wait until the check is due, unless a try before that goes well; one that fails counts for nothing."""
        state = self.states[kind]
        waits = kind is CheckKind.READINESS and has_default_readiness(self.target)
        tried = waits and state.verdict is not Verdict.PASSING
        while (left := state.next_at - self._loop.time()) > 0:
            if tried and (await self._run(self.target, self._checks[kind])).ok:
                return True
            await asyncio.sleep(min(left, early_pause(self._loop.time() - self._began)) if tried else left)
        return False


class Prober:
    """`read` gives the listener table, `run` runs one check. `changed` is called when anything it knows may differ.
    `known` are checks that had passed before."""

    def __init__(
        self,
        address: str,
        read: Callable[[], tuple[Listener, ...]],
        run: Run,
        changed: Callable[[], None],
        known: Known,
    ) -> None:
        self._address = address
        self._read = read
        self._run = run
        self._changed = changed
        self._known = known
        self._watches: dict[str, Watch] = {}
        self._looking: asyncio.Task[None] | None = None
        self._listeners: tuple[Listener, ...] = ()

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

    @property
    def passed(self) -> Known:
        return dict(chain.from_iterable(watch.passed.items() for watch in self._watches.values()))

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Those of the user's own processes."""
        ours = frozenset(chain.from_iterable(host_ports(watch.target) for watch in self._watches.values()))
        return tuple(one for one in self._listeners if one[1] not in ours)

    def reports(self) -> tuple[ProbeReport, ...]:
        return tuple(chain.from_iterable(reports(watch.target, watch.states) for watch in self._watches.values()))

    def _health(self, watch: Watch) -> Health:
        others = {w.target.port for w in self._watches.values() if w is not watch}
        return health(
            watch.target, watch.states, [one for one in self._listeners if one[1] not in others], self._address
        )

    def _kept(self, before: dict[str, Watch], target: Target) -> Watch:
        watch = before.get(target.name)
        return watch if watch and watch.target == target else Watch(target, self._run, self._changed, self._known)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(CALM if self._ready() else SOON)
            listeners = self._read()
            if listeners != self._listeners:
                self._listeners = listeners
                self._changed()

    def _ready(self) -> bool:
        return all(health.ready for health in self.health().values())
