"""An engine whose acts take their time, so that everything else can happen before, after and in the middle of them."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from eas_local.core.instance import Instance, Run, RunState, Sandbox
from eas_local.core.pod import ContainerSpec, SandboxSpec
from tests.fakes import FakeEngine, FakeImages

T = TypeVar("T")

ACT = 0.05
LOOK = 0.004
_NO_SANDBOX = Sandbox(id="", running=False, started_at=0)


class Clock:
    """An event loop's time. `set_by`: what somebody has set the clock on the wall forward by."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.set_by = 0.0

    def now(self) -> float:
        return 1_700_000_000 + self.set_by + self._loop.time()

    def monotonic(self) -> float:
        return self._loop.time()


class SlowImages(FakeImages):
    """`stuck`: images whose download never ends."""

    stuck = ""

    async def resolve(self, image: str, registry_auth: str | None) -> str:
        if image == self.stuck:
            await asyncio.Event().wait()
        return await super().resolve(image, registry_auth)


class SlowEngine(FakeEngine):
    """What is cut off leaves what Docker would leave: a container that was created only, a pod without its sandbox.

    `heard(pod)` is called with whatever happens to a pod, `removing(pod)` before one is removed. `abandoned`: whoever
    waits for acts is dying.
    """

    def __init__(
        self, clock: Clock, heard: Callable[["SlowEngine", str], None], removing: Callable[[str], None]
    ) -> None:
        super().__init__(clock)
        self._heard = heard
        self._removing = removing
        self.abandoned = False

    async def observe(self, service: str | None = None) -> list[Instance]:
        await asyncio.sleep(LOOK)
        return await super().observe(service)

    async def start_sandbox(self, spec: SandboxSpec) -> None:
        await self._to_its_end(self._start_sandbox(spec))

    async def start(self, spec: ContainerSpec) -> str:
        return await self._to_its_end(self._start(spec))

    async def signal(self, run_id: str, signal: str) -> None:
        await asyncio.sleep(ACT)
        await super().signal(run_id, signal)

    async def remove_run(self, run_id: str) -> None:
        await self._to_its_end(self._remove_slowly(run_id))

    async def remove_pod(self, pod: str) -> None:
        self._removing(pod)
        await self._to_its_end(self._remove_pod(pod))

    def pods(self) -> list[Instance]:
        """Everything there is, without asking."""
        return list(self._pods.values())

    async def _to_its_end(self, act: Coroutine[Any, Any, T]) -> T:
        """Whoever gives up waiting for it still sees it end, unless he dies: what has begun cannot be taken back."""
        task = asyncio.create_task(act, name="act of the engine")
        task.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not self.abandoned:
                await asyncio.wait([task])
            raise

    async def _start_sandbox(self, spec: SandboxSpec) -> None:
        await asyncio.sleep(ACT)
        await super().start_sandbox(spec)
        await asyncio.sleep(ACT)

    async def _start(self, spec: ContainerSpec) -> str:
        await asyncio.sleep(ACT)
        self._leave_created(spec)
        await asyncio.sleep(ACT)
        run_id = await super().start(spec)
        await asyncio.sleep(ACT)
        return run_id

    async def _remove_slowly(self, run_id: str) -> None:
        await asyncio.sleep(ACT)
        await super().remove_run(run_id)
        await asyncio.sleep(ACT)

    async def _remove_pod(self, pod: str) -> None:
        await asyncio.sleep(ACT)
        self._answer()
        if instance := self._pods.get(pod):
            self._pods[pod] = replace(instance, sandbox=_NO_SANDBOX)
            self._tell(pod, "gone")
        await asyncio.sleep(ACT)
        await super().remove_pod(pod)
        await asyncio.sleep(ACT)

    def _leave_created(self, spec: ContainerSpec) -> None:
        """As far as Docker gets with a program that it cannot start, and with one that it is not told to start."""
        self._answer()
        pod = self._pods.get(spec.identity.pod)
        run_id = f"{spec.identity.pod}.{spec.name}.{spec.attempt}"
        if pod and pod.sandbox.running and self._find(run_id) is None and spec.image not in self.refused:
            self.runs[run_id] = spec
            made = Run(run_id, spec.name, spec.attempt, spec.image, RunState.CREATED, last=spec.last)
            self._set(pod, replace(made, streak=spec.streak, joined=spec.joined))

    def _tell(self, pod: str, kind: str) -> None:
        super()._tell(pod, kind)
        self._heard(self, pod)
