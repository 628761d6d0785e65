"""The loop: for each service look, decide, act, record; then sleep until something happens or falls due.

One service is never looked at twice at once, and services do not wait for each other. Nothing is remembered here that a
new daemon could not find out: the engine knows what runs, the store what is wanted.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from eas_local.core import changes, orphans, planner, status
from eas_local.core.desired import Desired, Goal
from eas_local.core.errors import EasError, EngineDown, StillThere
from eas_local.core.instance import Instance
from eas_local.core.pace import Pace
from eas_local.core.states import State
from eas_local.core.status import Event, EventType, Snapshot, Trouble
from eas_local.core.streams import EngineEvent
from eas_local.daemon.acts import Acts
from eas_local.daemon.board import Board
from eas_local.daemon.executor import Executor, Outside
from eas_local.daemon.ports import Store
from eas_local.daemon.publisher import entry, on_its_way

log = logging.getLogger(__name__)

ENGINE_AGAIN = 1.0
FIRST_CONTACT = 1.0


@dataclass(slots=True)
class _Keeper:
    """What belongs to one service: its alarm bell, its acts, whether its last look saw no instance, and the loop."""

    bell: asyncio.Event
    acts: Acts
    empty: asyncio.Event
    task: asyncio.Task[None] | None = None


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
        while True:
            for name in self._store.names():
                self.wake(name)
            with suppress(EngineDown):
                events = self._outside.engine.events()
                await self._show_orphans()
                async for event in events:
                    await self._heed(event)
            await asyncio.sleep(ENGINE_AGAIN)

    async def _heed(self, event: EngineEvent) -> None:
        log.debug("event %s", event)
        if self._store.find(event.service):
            self.wake(event.service)
        else:
            await self._show_orphans()

    async def _show_orphans(self) -> None:
        remembered = self._store.names()
        found = list(orphans.find(await self._outside.engine.observe(), remembered))
        for snapshot in found:
            await self._board.post(snapshot)
        for name in self._board.names() - set(remembered) - {snapshot.want.name for snapshot in found}:
            await self._board.drop(name)

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
        return _Keeper(bell, Acts(self._executor.execute, bell.set, self._outside.clock.now), asyncio.Event())

    async def _keep(self, name: str, keeper: _Keeper) -> None:
        await self._adopt(name)
        while (want := self._wanted(name)) is not None:
            keeper.bell.clear()
            try:
                due = await self._turn(want, keeper)
            except EasError as error:
                due = await self._in_the_dark(want, error)
            except Exception:
                log.exception("service=%s a look went wrong", name)
                due = self._outside.clock.now() + ENGINE_AGAIN
            await self._sleep(keeper.bell, due)
        del self._keepers[name]
        keeper.empty.set()

    def _wanted(self, name: str) -> Desired | None:
        """What the store says; while resting, without any instance."""
        want = self._store.find(name)
        if want and self._resting and want.goal is Goal.RUN:
            return replace(want, goal=Goal.STOP)
        return want

    async def _adopt(self, name: str) -> None:
        """Hear the sidecars of pods that were there before us, so that they are not taken for silent ones."""
        with suppress(EasError):
            have = self._outside.links.join(name, await self._outside.engine.observe(name))
            await self._outside.links.meet((i.name for i in have if i.sandbox.running), FIRST_CONTACT)

    async def _turn(self, want: Desired, keeper: _Keeper) -> float | None:
        """One look at one service; the answer is when to look again at the latest."""
        acts = keeper.acts
        now = self._outside.clock.now()
        have = self._outside.links.join(want.name, await self._outside.engine.observe(want.name))
        plan = planner.plan(want, have, now, self._pace)
        await self._route(want, [i for i in have if i.name not in plan.leaving], acts.trouble)
        acts.heed(want, plan.steps, [i.name for i in have])
        gone = not have and acts.idle
        if gone and self._resting:
            keeper.empty.set()
        if gone and want.goal is Goal.DELETE:
            await self._forget(want)
            return now  # looked for at once, and found no more wanted
        await self._record(want, have, acts)
        return min((due for due in (plan.look_again_at, acts.retry_at) if due is not None), default=None)

    async def _route(self, want: Desired, serving: Sequence[Instance], trouble: Trouble | None) -> None:
        """Before anything is drained and before anybody reads Running, the gateway knows."""
        hold = self._hold if on_its_way(want, serving, trouble) else 0
        await self._outside.publisher.publish(want.name, entry(want, serving, hold))

    async def _record(self, want: Desired, have: Sequence[Instance], acts: Acts) -> None:
        seen = status.of(want, have, acts.trouble, busy=not acts.idle, doing=acts.doing, now=self._outside.clock.now())
        settled = self._settle(want) if seen.state is State.RUNNING and seen.pending == 0 else want
        self._tell_history(settled, seen)
        remembered = self._store.find(want.name) if self._resting else None  # rest is nobody's wish
        await self._board.post(Snapshot(remembered or settled, seen, tuple(have), acts.trouble))

    def _settle(self, want: Desired) -> Desired:
        """The change has arrived, unless somebody has asked for another one meanwhile."""
        if not want.settled and self._store.find(want.name) == want:
            want = replace(want, settled=True)
            self._store.put(want)
        return want

    def _tell_history(self, want: Desired, seen: status.ServiceStatus) -> None:
        before = self._board.find(want.name)
        if before and (before.status.state, before.status.message) == (seen.state, seen.message):
            return
        kind = EventType.WARNING if seen.state is State.FAILED or seen.reason not in _CALM else EventType.NORMAL
        log.info("service=%s state=%s %s", want.name, seen.state, seen.message)
        self._store.add_event(Event(self._outside.clock.now(), want.name, kind, str(seen.state), seen.message))

    async def _forget(self, want: Desired) -> None:
        await self._outside.publisher.publish(want.name, None)
        self._store.remove(want.name)
        self._outside.run_logs.forget(want.name)
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
        return now + ENGINE_AGAIN

    async def _sleep(self, bell: asyncio.Event, due: float | None) -> None:
        within = None if due is None else max(due - self._outside.clock.now(), 0)
        with suppress(TimeoutError):
            await asyncio.wait_for(bell.wait(), within)


_CALM = {state.upper() for state in State}
