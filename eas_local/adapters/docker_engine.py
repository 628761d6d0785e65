"""The engine port on Docker: the SDK is synchronous, so each call runs in a thread.

The threads are bounded and the engine's own: hanging calls cannot stop the daemon. Looks have threads beside those of
acts, and give up soon, so that one thing the engine hangs at does not hide the others. The connection is made at the first
call and made anew after the engine was away. Which calls there are is told in `docker_pods.py`; this file only joins them.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from functools import partial
from threading import Lock
from typing import TypeVar

from docker import DockerClient

from eas_local.adapters import docker_exec
from eas_local.adapters.docker_errors import EngineSilent, translated
from eas_local.adapters.docker_events import Events
from eas_local.adapters.docker_logs import FollowedLog, RunLog
from eas_local.adapters.docker_observe import instances
from eas_local.adapters.docker_pods import Classify, Pods
from eas_local.adapters.docker_program import program
from eas_local.adapters.docker_streams import flow
from eas_local.core.diagnosis.evidence import Capacity, Program
from eas_local.core.errands import Execution
from eas_local.core.errors import EasError, EngineDown
from eas_local.core.instance import Instance, Run
from eas_local.core.pod import ContainerSpec, SandboxSpec
from eas_local.core.streams import EngineEvent, LogLine

LOOKERS, ACTORS = 8, 16
THREADS = LOOKERS + ACTORS
_OVERLAP = 5.0  # seconds of events heard twice, so that none is missed

T = TypeVar("T")


class DockerEngine:
    """Fulfils `daemon.ports.Engine`. `connect` gives a connected client or raises EngineDown."""

    def __init__(self, owner: str, connect: Callable[[], DockerClient], classify: Classify) -> None:
        self._owner = owner
        self._connect = connect
        self._classify = classify
        self._lookers = ThreadPoolExecutor(LOOKERS, thread_name_prefix="engine-look")
        self._actors = ThreadPoolExecutor(ACTORS, thread_name_prefix="engine-act")
        self._pods: Pods | None = None
        self._lock = Lock()
        self._refused: tuple[EasError, float] | None = None

    async def observe(self, service: str | None = None) -> list[Instance]:
        names = await self._look("containers", lambda pods: pods.names(service=service))
        looks = (self._look(f"container {name}", partial(_on, id_, Pods.find)) for id_, name in names.items())
        return instances(found for found in await asyncio.gather(*looks) if found is not None)

    async def start_sandbox(self, spec: SandboxSpec) -> None:
        await self._call(f"instance {spec.identity.pod}", lambda pods: pods.start_sandbox(spec))

    async def start(self, spec: ContainerSpec) -> str:
        subject = f'container "{spec.name}" of instance {spec.identity.pod}'
        return await self._call(subject, lambda pods: pods.start(spec))

    async def repeat(self, run: Run, attempt: int, joined: float) -> str:
        return await self._call(f"container {run.id[:12]}", lambda pods: pods.repeat(run, attempt, joined))

    async def signal(self, run_id: str, signal: str) -> None:
        await self._call(f"container {run_id[:12]}", lambda pods: pods.signal(run_id, signal))

    async def remove_run(self, run_id: str) -> None:
        await self._call(f"container {run_id[:12]}", lambda pods: pods.remove(run_id))

    async def remove_pod(self, pod: str) -> None:
        subject = f"instance {pod}"
        names = await self._call(subject, lambda pods: pods.names(pod=pod))
        await asyncio.gather(*(self._call(subject, partial(_on, id_, Pods.remove)) for id_ in names))
        await self._call(subject, lambda pods: pods.remove_scratch(pod))

    async def logs(self, run_id: str, *, follow: bool = False, tail: int | None = None) -> AsyncIterator[LogLine]:
        kind = FollowedLog if follow else RunLog
        last = "all" if tail is None else tail
        begin = partial(self._perform, "logs", lambda pods: kind(pods.client.api, run_id, tail=last))
        async with aclosing(flow(begin, f"logs-{run_id[:12]}")) as lines:
            async for line in lines:
                yield line

    async def program(self, run_id: str) -> Program | None:
        return await self._call(f"container {run_id[:12]}", lambda pods: program(pods.client.api, run_id))

    async def capacity(self) -> Capacity:
        info = await self._call("Docker engine", lambda pods: pods.client.api.info())
        return Capacity(info["NCPU"], info["MemTotal"], info["Architecture"])

    async def exec(self, run_id: str, argv: Sequence[str], within: float) -> Execution:
        subject = f"command in container {run_id[:12]}"
        command = await self._call(subject, lambda pods: docker_exec.create(pods.client.api, run_id, argv))
        if command is None:
            return Execution(None)
        begin = partial(self._perform, subject, lambda pods: docker_exec.Output(pods.client.api, command))
        exit_code = partial(self._call, subject, lambda pods: docker_exec.exit_code(pods.client.api, command))
        async with aclosing(flow(begin, f"exec-{run_id[:12]}")) as output:
            return await docker_exec.carried_out(output, exit_code, within)

    def events(self) -> AsyncIterator[EngineEvent]:
        # From the moment of the call, not of the first look: nothing is missed in between.
        return self._events(time.time())

    async def remove_leftovers(self) -> None:
        await self._call("leftovers", Pods.remove_leftovers)

    async def close(self) -> None:
        """Give back threads and connection; calls that are under way go on to their end."""
        for threads in (self._lookers, self._actors):
            threads.shutdown(wait=False, cancel_futures=True)
        self._disconnect()

    async def _events(self, since: float) -> AsyncIterator[EngineEvent]:
        """Of a line on which nothing comes nobody knows whether it still holds: it is asked for anew."""
        while True:
            begin = partial(self._perform, "events", partial(_events, self._owner, since))
            heard = time.time()
            with suppress(EngineSilent):
                async with aclosing(flow(begin, "events")) as events:
                    async for event in events:
                        heard = time.time()
                        yield event
                raise EngineDown("the Docker engine went away; start Docker again")
            since = min(heard, time.time()) - _OVERLAP

    async def _look(self, subject: str, look: Callable[[Pods], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._lookers, self._perform, subject, look)

    async def _call(self, subject: str, act: Callable[[Pods], T]) -> T:
        """Whoever gives up waiting still sees the call to its end: what a thread has begun cannot be taken back."""
        begun = self._actors.submit(self._perform, subject, act)
        call = asyncio.wrap_future(begun)
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            if not begun.cancel():
                await asyncio.gather(call, return_exceptions=True)
            raise

    def _perform(self, subject: str, act: Callable[[Pods], T]) -> T:
        try:
            with translated(subject):
                return act(self._connected())
        except EngineSilent:
            raise
        except EngineDown:
            self._disconnect()
            raise

    def _connected(self) -> Pods:
        asked = time.monotonic()
        with self._lock:
            if self._pods is None:
                self._pods = self._begin(asked)
            return self._pods

    def _begin(self, asked: float) -> Pods:
        """Those who wait meanwhile have the same answer."""
        if self._refused and self._refused[1] > asked:
            raise self._refused[0]
        try:
            return Pods(self._connect(), self._owner, self._classify)
        except EasError as error:
            self._refused = error, time.monotonic()
            raise

    def _disconnect(self) -> None:
        with self._lock:
            pods, self._pods = self._pods, None
        if pods is not None:
            pods.client.close()


def _events(owner: str, since: float, pods: Pods) -> Events:
    return Events(pods.client.api, owner, since)


def _on(item: str, act: Callable[[Pods, str], T], pods: Pods) -> T:
    return act(pods, item)
