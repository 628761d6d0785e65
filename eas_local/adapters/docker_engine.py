"""The engine port on Docker: the SDK is synchronous, so each call runs in a thread.

The threads are bounded and the engine's own: one hanging call cannot stop the daemon. The connection is made at the first
call and made anew after the engine was away. Which calls there are is told in `docker_pods.py`; this file only joins them.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from threading import Lock
from typing import TypeVar

from docker import DockerClient

from eas_local.adapters.docker_errors import translated
from eas_local.adapters.docker_events import Events
from eas_local.adapters.docker_logs import FollowedLog, RunLog
from eas_local.adapters.docker_observe import instances
from eas_local.adapters.docker_pods import Classify, Pods
from eas_local.adapters.docker_streams import flow
from eas_local.core.errors import EngineDown
from eas_local.core.instance import Instance
from eas_local.core.pod import ContainerSpec, SandboxSpec
from eas_local.core.streams import EngineEvent, LogLine

THREADS = 16

T = TypeVar("T")


class DockerEngine:
    """Fulfils `daemon.ports.Engine`. `connect` gives a connected client or raises EngineDown."""

    def __init__(self, owner: str, connect: Callable[[], DockerClient], classify: Classify) -> None:
        self._owner = owner
        self._connect = connect
        self._classify = classify
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="engine")
        self._pods: Pods | None = None
        self._lock = Lock()

    async def observe(self, service: str | None = None) -> list[Instance]:
        containers = await self._call("containers", lambda pods: pods.ids(service=service))
        details = await self._each("containers", containers, Pods.find)
        return instances(found for found in details if found is not None)

    async def start_sandbox(self, spec: SandboxSpec) -> None:
        await self._call(f"instance {spec.identity.pod}", lambda pods: pods.start_sandbox(spec))

    async def start(self, spec: ContainerSpec) -> str:
        subject = f'container "{spec.name}" of instance {spec.identity.pod}'
        return await self._call(subject, lambda pods: pods.start(spec))

    async def signal(self, run_id: str, signal: str) -> None:
        await self._call(f"container {run_id[:12]}", lambda pods: pods.signal(run_id, signal))

    async def remove_run(self, run_id: str) -> None:
        await self._call(f"container {run_id[:12]}", lambda pods: pods.remove(run_id))

    async def remove_pod(self, pod: str) -> None:
        subject = f"instance {pod}"
        containers = await self._call(subject, lambda pods: pods.ids(pod=pod))
        await self._each(subject, containers, Pods.remove)
        await self._call(subject, lambda pods: pods.remove_scratch(pod))

    async def logs(self, run_id: str, *, follow: bool = False, tail: int | None = None) -> AsyncIterator[LogLine]:
        kind = FollowedLog if follow else RunLog
        last = "all" if tail is None else tail
        begin = partial(self._perform, "logs", lambda pods: kind(pods.client.api, run_id, tail=last))
        async with aclosing(flow(begin, f"logs-{run_id[:12]}")) as lines:
            async for line in lines:
                yield line

    def events(self) -> AsyncIterator[EngineEvent]:
        # From the moment of the call, not of the first look: nothing is missed in between.
        return self._events(time.time())

    async def remove_leftovers(self) -> None:
        await self._call("leftovers", Pods.remove_leftovers)

    async def close(self) -> None:
        """Give back threads and connection; calls that are under way go on to their end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._disconnect()

    async def _events(self, since: float) -> AsyncIterator[EngineEvent]:
        begin = partial(self._perform, "events", lambda pods: Events(pods.client.api, self._owner, since))
        async with aclosing(flow(begin, "events")) as events:
            async for event in events:
                yield event
        raise EngineDown("the Docker engine went away; start Docker again")

    async def _each(self, subject: str, items: Iterable[str], act: Callable[[Pods, str], T]) -> list[T]:
        return await asyncio.gather(*(self._call(subject, partial(_on, item, act)) for item in items))

    async def _call(self, subject: str, act: Callable[[Pods], T]) -> T:
        """Whoever gives up waiting still sees the call to its end: what a thread has begun cannot be taken back."""
        call = asyncio.get_running_loop().run_in_executor(self._threads, self._perform, subject, act)
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            await asyncio.wait([call])
            raise

    def _perform(self, subject: str, act: Callable[[Pods], T]) -> T:
        try:
            with translated(subject):
                return act(self._connected())
        except EngineDown:
            self._disconnect()
            raise

    def _connected(self) -> Pods:
        with self._lock:
            if self._pods is None:
                self._pods = Pods(self._connect(), self._owner, self._classify)
            return self._pods

    def _disconnect(self) -> None:
        with self._lock:
            pods, self._pods = self._pods, None
        if pods is not None:
            pods.client.close()


def _on(item: str, act: Callable[[Pods, str], T], pods: Pods) -> T:
    return act(pods, item)
