"""The loop: for each service look, decide, act, record; then sleep until something happens or falls due.

One service is never looked at twice at once, and services do not wait for each other. Nothing is remembered here that a
new daemon could not find out: the engine knows what runs, the store what is wanted.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from eas_local.core import changes, planner, status
from eas_local.core.desired import Desired, Goal
from eas_local.core.entries import member
from eas_local.core.errors import EasError, StillThere
from eas_local.core.instance import Instance
from eas_local.core.pace import Pace
from eas_local.core.states import State
from eas_local.core.status import Snapshot, Trouble
from eas_local.core.streams import EngineEvent
from eas_local.daemon.acts import Acts
from eas_local.daemon.board import Board
from eas_local.daemon.executor import Executor, Outside
from eas_local.daemon.history import History
from eas_local.daemon.orphans import Orphans
from eas_local.daemon.ports import Store

log = logging.getLogger(__name__)

ENGINE_AGAIN = 1.0
FIRST_CONTACT = 1.0


@dataclass(slots=True)
class _Keeper:
    """What belongs to one service: its alarm bell, its acts, its history, whether its last look saw no instance, the loop,
    and whether that has seen once what an earlier daemon has left."""

    bell: asyncio.Event
    acts: Acts
    history: History
    empty: asyncio.Event
    task: asyncio.Task[None] | None = None
    adopted: bool = False


class Reconciler:
    """`hold`: seconds that requests may wait at the gateway for an instance that is on its way."""

    def __init__(
        self,
        store: Store,
        board: Board,
        outside: Outside,
        executor: Executor,
        *,
        pace: Pace = Pace(),
        hold: float = 0,
    ) -> None:
        self._store = store
        self._board = board
        self._outside = outside
        self._executor = executor
        self._pace = pace
        self._hold = hold
        self._keepers: dict[str, _Keeper] = {}
        self._resting = False
        self._orphans = Orphans(store, board, outside.engine)

    def wake(self, name: str) -> None:
        """Have a service looked at soon."""
        keeper = self._keepers.get(name)
        if keeper is None:
            if self._store.find(name) is None:
                return
            keeper = self._keepers[name] = self._new_keeper()
            keeper.task = asyncio.create_task(self._keep(name, keeper), name=f"keep {name}")
        keeper.bell.set()

    async def run(self) -> None:
        """For ever: adopt what is there, then follow the engine's events."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._orphans.keep_looking())
            while True:
                for name in self._store.names():
                    self.wake(name)
                with suppress(EasError):
                    events = self._outside.engine.events()
                    self._orphans.stir()
                    async for event in events:
                        self._heed(event)
                await asyncio.sleep(ENGINE_AGAIN)

    def _heed(self, event: EngineEvent) -> None:
        log.debug("event %s", event)
        if self._store.find(event.service):
            self.wake(event.service)
        else:
            self._orphans.stir()

    async def rest(self, within: float) -> None:
        """Take every instance down as a stop would; what is wanted stays wanted, for the next daemon.

        Raises StillThere where that takes longer than `within` seconds; the services then go on as before.
        """
        self._resting = True
        for name in self._store.names():
            self.wake(name)
        for keeper in self._keepers.values():
            keeper.empty.clear()
        try:
            async with asyncio.timeout(within):
                await asyncio.gather(*(keeper.empty.wait() for keeper in self._keepers.values()))
        except TimeoutError:
            self._resting = False
            left = [name for name, keeper in self._keepers.items() if not keeper.empty.is_set()]
            raise StillThere(
                f"instances of {', '.join(left)} are still there after {within:.0f} s; "
                "see why with eas-local desc, then try again"
            ) from None

    def begin_anew(self) -> None:
        """The next daemon starts them: they are Running when they run."""
        for want in filter(None, map(self._store.find, self._store.names())):
            if want.goal is Goal.RUN:
                self._store.put(changes.started(want, self._outside.clock.now()))

    async def close(self) -> None:
        keepers = list(self._keepers.values())
        for keeper in keepers:
            if keeper.task:
                keeper.task.cancel()
        await asyncio.gather(*(k.task for k in keepers if k.task), return_exceptions=True)
        for keeper in keepers:
            await keeper.acts.cancel()

    def _new_keeper(self) -> _Keeper:
        bell = asyncio.Event()
        acts = Acts(self._executor.execute, self._store.add_event, bell.set, self._outside.clock)
        history = History(self._store, self._outside.clock, self._pace)
        return _Keeper(bell, acts, history, asyncio.Event())

    async def _keep(self, name: str, keeper: _Keeper) -> None:
        while (want := self._wanted(name)) is not None:
            keeper.bell.clear()
            try:
                within = await self._turn(want, keeper)
            except EasError as error:
                within = await self._in_the_dark(want, error)
            except Exception:
                log.exception("service=%s a look went wrong", name)
                within = ENGINE_AGAIN
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await keeper.bell.wait()
        del self._keepers[name]
        keeper.empty.set()

    def _wanted(self, name: str) -> Desired | None:
        """What the store says; while resting, without any instance."""
        want = self._store.find(name)
        if want and self._resting and want.goal is Goal.RUN:
            return replace(want, goal=Goal.STOP)
        return want

    async def _look(self, name: str, keeper: _Keeper) -> list[Instance]:
        """What is there. Sidecars of pods that were there before us are heard first: they are not silent ones."""
        have = self._outside.links.join(name, await self._outside.engine.observe(name))
        if keeper.adopted:
            return have
        await self._outside.links.meet((i.name for i in have if i.sandbox.running), FIRST_CONTACT)
        keeper.adopted = True
        return self._outside.links.join(name, have)

    async def _turn(self, want: Desired, keeper: _Keeper) -> float | None:
        """One look at one service; the answer is the seconds after which to look again at the latest."""
        acts = keeper.acts
        acts.look_begins(want)
        removed = acts.removing
        there = await self._look(want.name, keeper)
        have = [instance for instance in there if instance.name not in removed]
        now = self._outside.clock.now()
        plan = planner.plan(want, have, now, self._pace)
        await self._route(want, [i for i in have if i.name not in plan.leaving], acts.trouble)
        acts.heed(want, plan.steps)
        gone = not there and acts.idle
        if gone and self._resting:
            keeper.empty.set()
        if gone and want.goal is Goal.DELETE:
            await self._forget(want)
            return 0  # looked for at once, and found no more wanted
        await self._record(want, have, plan.leaving, keeper)
        due = None if plan.look_again_at is None else max(plan.look_again_at - now, 0)
        return min((wait for wait in (due, acts.retry_within) if wait is not None), default=None)

    async def _route(self, want: Desired, serving: Sequence[Instance], trouble: Trouble | None) -> None:
        """Before anything is drained and before anybody reads Running, the gateway knows."""
        hold = self._hold if status.on_its_way(want, serving, trouble) else 0
        released = self._store.find(want.name) or want  # its weight may have been set since the look began
        brought = member(replace(want, release=released.release), serving, hold)
        await self._outside.publisher.publish(want.name, brought)

    async def _record(self, want: Desired, have: Sequence[Instance], leaving: Collection[str], keeper: _Keeper) -> None:
        acts = keeper.acts
        seen = status.of(want, have, acts.trouble, busy=not acts.idle, doing=acts.doing, now=self._outside.clock.now())
        settled = self._settle(want) if seen.state is State.RUNNING and seen.pending == 0 else want
        remembered = self._store.find(want.name) if self._resting else None  # rest is nobody's wish
        look = Snapshot(remembered or settled, seen, tuple(have), acts.trouble)
        keeper.history.tell(self._board.find(want.name), look, leaving)
        await self._board.post(look)

    def _settle(self, want: Desired) -> Desired:
        """The change has arrived, unless somebody has asked for another one meanwhile."""
        if not want.settled and self._store.find(want.name) == want:
            want = replace(want, settled=True)
            self._store.put(want)
        return want

    async def _forget(self, want: Desired) -> None:
        """The store last: as long as it knows the service, a forgetting that was cut off is done again."""
        await self._outside.publisher.publish(want.name, None)
        self._outside.run_logs.forget(want.name)
        self._store.remove(want.name)
        await self._board.drop(want.name)
        log.info("service=%s deleted", want.name)

    async def _in_the_dark(self, want: Desired, error: EasError) -> float:
        """The engine cannot be asked: the last look stands, with the reason beside it."""
        now = self._outside.clock.now()
        before = self._board.find(want.name)
        trouble = Trouble(error.reason, str(error), permanent=False, since=now)
        have = before.instances if before else ()
        seen = replace(status.of(want, have, trouble), reason=error.reason, message=str(error))
        if before is None or before.status != seen:
            log.warning("service=%s %s", want.name, error)
        await self._board.post(Snapshot(want, seen, have, trouble))
        return ENGINE_AGAIN
