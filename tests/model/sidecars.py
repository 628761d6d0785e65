"""Sidecars that outlive the daemon, and the lines by which each daemon hears them.

A gate opens a while after the containers have started; a process that dies comes back with the configuration it had.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf

from eas_local.core.instance import Instance
from eas_local.core.wire import SidecarConfig, SidecarState
from eas_local.daemon.pod_link import PodUnreachable
from tests.model.engine import Clock, SlowEngine

STARTS = 0.1
SERVES = 0.2
TELLS = 0.002


@dataclass
class _Sidecar:
    """Moments by a clock that nobody sets: when it speaks, when its gate can open, when nothing is in flight any more."""

    config: SidecarConfig
    bell: asyncio.Event
    sandbox_started: float = -1
    runs: frozenset[str] | None = None
    speaks_at: float = inf
    opens_at: float = inf
    idle_at: float = 0


class Sidecars:
    """`busy`: seconds for which requests are in flight once a gate is shut. `never_ready`: images nobody can reach."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.never_ready: set[str] = set()
        self.busy = 0.0
        self._there: dict[str, _Sidecar] = {}

    def happens(self, engine: SlowEngine, pod: str) -> None:
        """Something has happened to a pod."""
        instance = next((i for i in engine.pods() if i.name == pod), None)
        if instance is None:
            self._there.pop(pod, None)
            return
        sidecar = self._there.setdefault(
            pod, _Sidecar(SidecarConfig.from_json(engine.sandboxes[pod].config), asyncio.Event())
        )
        self._follow(sidecar, instance)
        sidecar.bell.set()

    def dies(self, pod: str) -> None:
        sidecar = self._there[pod]
        sidecar.speaks_at = max(sidecar.speaks_at, self.clock.monotonic() + STARTS)
        sidecar.bell.set()

    def takes(self, pod: str, config: SidecarConfig) -> bool:
        """Whether one takes a configuration."""
        sidecar = self._there.get(pod)
        if sidecar is None or self.find(pod) is None or config.n < sidecar.config.n:
            return False
        if config.draining_since and not sidecar.config.draining_since:
            sidecar.idle_at = self.clock.monotonic() + self.busy
        sidecar.config = config
        sidecar.bell.set()
        return True

    def find(self, pod: str) -> SidecarState | None:
        """What one says when it is asked now."""
        sidecar, now = self._there.get(pod), self.clock.monotonic()
        if sidecar is None or now < sidecar.speaks_at:
            return None
        config = sidecar.config
        since = config.draining_since
        return SidecarState(
            pod,
            version="",
            config_n=config.n,
            config_digest=replace(config, draining_since=0).digest,
            config_terms=config.terms,
            ready=not since and now >= sidecar.opens_at,
            attempts=tuple((target.name, target.attempt) for target in config.targets),
            draining=since > 0,
            draining_since=since,
            in_flight=int(since > 0 and now < sidecar.idle_at),
        )

    def config(self, pod: str) -> SidecarConfig:
        return self._there[pod].config

    async def news(self, pod: str) -> None:
        """Until one may have something else to say."""
        sidecar, now = self._there.get(pod), self.clock.monotonic()
        if sidecar is None:
            await asyncio.Event().wait()
            return
        moments = (sidecar.speaks_at, sidecar.opens_at, sidecar.idle_at)
        later = [moment - now for moment in moments if now < moment < inf]
        with suppress(TimeoutError):
            async with asyncio.timeout(min(later, default=None)):
                await sidecar.bell.wait()
        sidecar.bell.clear()

    def _follow(self, sidecar: _Sidecar, instance: Instance) -> None:
        now = self.clock.monotonic()
        if not instance.sandbox.running:
            sidecar.speaks_at, sidecar.sandbox_started = inf, -1
        elif sidecar.sandbox_started != instance.sandbox.started_at:
            sidecar.speaks_at, sidecar.sandbox_started = now + STARTS, instance.sandbox.started_at
        runs = frozenset(run.id for run in instance.currents) if instance.alive else None
        if runs != sidecar.runs:
            deaf = runs is None or {run.image for run in instance.currents} & self.never_ready
            sidecar.opens_at, sidecar.runs = inf if deaf else now + SERVES, runs


@dataclass
class _Line:
    service: str
    task: asyncio.Task[None]
    state: SidecarState | None = None


class Lines:
    """Does for the daemon what PodLinks does; `wake(service)` when there is news."""

    def __init__(self, sidecars: Sidecars, wake: Callable[[str], None]) -> None:
        self._sidecars = sidecars
        self._wake = wake
        self._lines: dict[str, _Line] = {}
        self._heard = asyncio.Condition()

    def secret(self, pod: str) -> str:
        return f"secret of {pod}"

    def pods(self) -> set[str]:
        return set(self._lines)

    def join(self, service: str, have: Iterable[Instance]) -> list[Instance]:
        running = [instance.name for instance in have if instance.sandbox.running]
        for pod in [pod for pod, line in self._lines.items() if line.service == service and pod not in running]:
            self.leave(pod)
        for pod in running:
            if pod not in self._lines:
                task = asyncio.create_task(self._listen(pod), name=f"line to {pod}")
                self._lines[pod] = _Line(service, task)
        return [instance.with_link(self._said(instance.name)) for instance in have]

    def leave(self, pod: str) -> None:
        if line := self._lines.pop(pod, None):
            line.task.cancel()

    async def meet(self, pods: Iterable[str], within: float) -> None:
        names = list(pods)
        with suppress(TimeoutError):
            async with asyncio.timeout(within), self._heard:
                await self._heard.wait_for(lambda: all(map(self._said, names)))

    async def configure(self, instance: Instance, config: SidecarConfig) -> None:
        await asyncio.sleep(TELLS)
        if not self._sidecars.takes(instance.name, config):
            raise PodUnreachable(f"instance {instance.name}: its sidecar does not take the configuration")
        await asyncio.sleep(TELLS)
        self._hear(instance.name)

    async def config_of(self, instance: Instance) -> SidecarConfig:
        await asyncio.sleep(TELLS)
        if self._sidecars.find(instance.name) is None:
            raise PodUnreachable(f"instance {instance.name}: its sidecar does not answer")
        return self._sidecars.config(instance.name)

    async def close(self) -> None:
        tasks = [line.task for line in self._lines.values()]
        for pod in list(self._lines):
            self.leave(pod)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _said(self, pod: str) -> SidecarState | None:
        line = self._lines.get(pod)
        return line.state if line else None

    async def _listen(self, pod: str) -> None:
        while True:
            await asyncio.sleep(TELLS)
            self._hear(pod)
            async with self._heard:
                self._heard.notify_all()
            await self._sidecars.news(pod)

    def _hear(self, pod: str) -> None:
        line, state = self._lines.get(pod), self._sidecars.find(pod)
        if line and line.state != state:
            line.state = state
            self._wake(line.service)
