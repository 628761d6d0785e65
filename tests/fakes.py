"""Stand-ins for the outside, in memory. FakeEngine is under the same contract tests as the real one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from eas_local.core.desired import Desired
from eas_local.core.diagnosis.evidence import Capacity, Program
from eas_local.core.errands import Execution
from eas_local.core.errors import EngineDown, ImageUnavailable, StartRefused, Temporary
from eas_local.core.gpus import Gpu
from eas_local.core.instance import Address, Instance, Run, RunState, Sandbox
from eas_local.core.pod import Bind, ContainerSpec, SandboxSpec
from eas_local.core.processor import PACKAGE, Language
from eas_local.core.restart import streak_after
from eas_local.core.sources import Fetched
from eas_local.core.streams import EngineEvent, LogLine


class FakeClock:
    """Stands still until it is told to go on."""

    def __init__(self, now: float = 1000.0) -> None:
        self._now = now
        self._passed = 0.0

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._passed

    def advance(self, seconds: float) -> None:
        self._now += seconds
        self._passed += seconds

    def set(self, now: float) -> None:
        """As somebody does who corrects a clock: no time passes."""
        self._now = now


@dataclass
class FakeGpus:
    found: tuple[Gpu, ...] = ()

    def inventory(self) -> tuple[Gpu, ...]:
        return self.found


def _set_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass
class FakeImages:
    """Every image is there, but for the `missing` ones, as soon as they are `at_hand`; every Python that a package brings
    runs, but for the `unfit` ones. `resolved` and `installed` tell what was asked for."""

    missing: set[str] = field(default_factory=set)
    at_hand: asyncio.Event = field(default_factory=_set_event)
    unfit: set[str] = field(default_factory=set)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)
    resolved: list[tuple[str, str | None]] = field(default_factory=list)
    installed: list[tuple[str, tuple[str, ...], str | None, tuple[Bind, ...]]] = field(default_factory=list)

    async def has_sandbox_image(self) -> bool:
        return True

    async def has(self, image: str) -> bool:
        return image not in self.missing and self.at_hand.is_set()

    async def sandbox_image(self) -> str:
        return "sandbox"

    async def resolve(self, image: str, registry_auth: str | None) -> str:
        self.resolved.append((image, registry_auth))
        await self.at_hand.wait()
        if image in self.missing:
            raise ImageUnavailable(f'image "{image}" is not on this machine; pull it')
        return image

    async def requirements(self, image: str, wanted: Sequence[str], path: str | None, binds: Sequence[Bind]) -> str:
        self.installed.append((image, tuple(wanted), path, tuple(binds)))
        return "/cache/requirements"

    async def environment(self, image: str) -> dict[str, str]:
        return self.environments.get(image, {})

    async def host(self, language: Language) -> str:
        return f"/cache/hosts/{language}"

    async def runs(self, image: str, program: str, binds: Sequence[Bind]) -> bool:
        return program not in self.unfit

    async def purge(self) -> None:
        self.installed.clear()


@dataclass
class FakeSources:
    """What a processor is made of lies in /sources, unless it is `missing`; `asked` tells for which services, and whether
    anew."""

    fetched: Fetched = field(default_factory=lambda: Fetched((Bind("/sources/package", PACKAGE, read_only=True),)))
    missing: Exception | None = None
    asked: list[tuple[str, bool]] = field(default_factory=list)

    async def fetch(self, want: Desired, say: Callable[[str], None], *, anew: bool) -> Fetched:
        self.asked.append((want.name, anew))
        say("Fetching processor from [./package]")
        if self.missing:
            raise self.missing
        return self.fetched


class FakeEngine:
    """Pods that run until a test says otherwise.

    `down`: nobody answers. `missing`: images it does not have. `refused`: images whose program cannot be started.
    `addresses`: where a pod's traffic and control ports are, for tests that have a sidecar. `stumble`: raised once, after
    the next act is done, as if the daemon had been cut off there. `executions`: how commands go that do not simply go
    well; `executed`: those that were begun, each with its run. `heads`: the first bytes of runs' programs.
    """

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.missing: set[str] = set()
        self.refused: set[str] = set()
        self.addresses: dict[str, tuple[Address, Address]] = {}
        self.stumble: BaseException | None = None
        self.sandboxes: dict[str, SandboxSpec] = {}
        self.runs: dict[str, ContainerSpec] = {}
        self.heads: dict[str, bytes] = {}
        self.signals: list[tuple[str, str]] = []
        self.executions: dict[tuple[str, ...], Execution] = {}
        self.executed: list[tuple[str, tuple[str, ...]]] = []
        self._down = False
        self._pods: dict[str, Instance] = {}
        self._lines: dict[str, list[LogLine]] = {}
        self._listeners: list[asyncio.Queue[EngineEvent | None]] = []
        self._changed = asyncio.Condition()

    # -- the port

    async def observe(self, service: str | None = None) -> list[Instance]:
        self._answer()
        found = [pod for pod in self._pods.values() if service in {None, pod.service}]
        return sorted(found, key=lambda pod: (pod.created_at, pod.ordinal, pod.name))

    async def start_sandbox(self, spec: SandboxSpec) -> None:
        with self._act():
            self._need(spec.image)
            pod = self._pods.get(spec.identity.pod)
            if pod is not None and pod.sandbox.running:
                return
            self.sandboxes[spec.identity.pod] = spec
            sandbox = self._sandbox(spec.identity.pod)
            self._pods[spec.identity.pod] = replace(pod, sandbox=sandbox) if pod else _instance(spec, sandbox)
            self._tell(spec.identity.pod, "started")

    async def start(self, spec: ContainerSpec) -> str:
        with self._act():
            self._need(spec.image)
            pod = self._pods.get(spec.identity.pod)
            run_id = f"{spec.identity.pod}.{spec.name}.{spec.attempt}"
            known = self._find(run_id)
            if known is not None and known.state is not RunState.CREATED:
                return run_id
            if pod is None or not pod.sandbox.running or spec.sandbox not in {pod.sandbox.id, pod.name}:
                raise Temporary(f'container "{spec.name}" of instance {spec.identity.pod}: its sandbox does not run')
            if spec.image in self.refused:
                raise StartRefused(f'container "{spec.name}" of instance {pod.name}: the image has no such program')
            self.runs[run_id] = spec
            self._lines[run_id] = []
            self._set(
                pod,
                Run(
                    run_id,
                    spec.name,
                    spec.attempt,
                    spec.image,
                    RunState.RUNNING,
                    self.clock.now(),
                    last=spec.last,
                    streak=spec.streak,
                    joined=spec.joined,
                ),
            )
            self._tell(pod.name, "started")
            return run_id

    async def repeat(self, run: Run, attempt: int, joined: float) -> str:
        last, streak = (run.last, run.streak) if attempt == run.attempt else (run.left, streak_after(run))
        return await self.start(replace(self.runs[run.id], attempt=attempt, last=last, streak=streak, joined=joined))

    async def signal(self, run_id: str, signal: str) -> None:
        with self._act():
            run = self._find(run_id)
            if run is not None and run.state is RunState.RUNNING:
                self.signals.append((run_id, signal))
                await self.ends(run_id, 137 if signal == "SIGKILL" else 143)

    async def remove_run(self, run_id: str) -> None:
        with self._act():
            if self._find(run_id) is not None:
                await self._remove_run(run_id)

    async def remove_pod(self, pod: str) -> None:
        with self._act():
            instance = self._pods.get(pod)
            if instance is None:
                return
            for run in instance.runs:
                await self._remove_run(run.id)
            if instance.sandbox.running:
                self._tell(pod, "exited")
            self._tell(pod, "gone")
            del self._pods[pod]

    async def logs(self, run_id: str, *, follow: bool = False, tail: int | None = None) -> AsyncIterator[LogLine]:
        self._answer()
        lines = self._lines.get(run_id, [])
        seen = 0 if tail is None else max(len(lines) - tail, 0)
        while True:
            for line in lines[seen:]:
                seen += 1
                yield line
            if not follow or not self._runs(run_id):
                return
            async with self._changed:
                await self._changed.wait_for(partial(self._has_news, run_id, seen))

    async def program(self, run_id: str) -> Program | None:
        self._answer()
        spec = self.runs.get(run_id) if self._find(run_id) else None
        return Program((spec.argv or ("",))[0], self.heads.get(run_id, b"")) if spec else None

    async def capacity(self) -> Capacity:
        self._answer()
        return Capacity(cpus=2, memory_bytes=8 * 1024**3, machine="x86_64")

    async def exec(self, run_id: str, argv: Sequence[str], within: float) -> Execution:
        self._answer()
        if not self._runs(run_id):
            raise Temporary(f"command in container {run_id}: it does not run; it is tried again")
        words = tuple(argv)
        went = self.executions.get(words, Execution(0))
        if went.exit_code is not None or (run_id, words) not in self.executed:
            self.executed.append((run_id, words))
        return went

    def events(self) -> AsyncIterator[EngineEvent]:
        queue: asyncio.Queue[EngineEvent | None] = asyncio.Queue()
        self._listeners.append(queue)
        return self._events(queue)

    async def remove_leftovers(self) -> None:
        self._answer()

    # -- what happens to it

    @property
    def down(self) -> bool:
        return self._down

    @down.setter
    def down(self, down: bool) -> None:
        self._down = down
        for listener in self._listeners if down else ():
            listener.put_nowait(None)

    async def says(self, run_id: str, text: str) -> None:
        self._lines[run_id].append(LogLine("2024-01-01T00:00:00.000000000Z", text))
        await self._wake()

    async def ends(self, run_id: str, exit_code: int, *, oom: bool = False) -> None:
        """A run's main process has ended by itself, or was killed."""
        pod = self._pods[self.runs[run_id].identity.pod]
        run = self._find(run_id)
        assert run is not None
        ended = replace(run, state=RunState.EXITED, finished_at=self.clock.now(), exit_code=exit_code, oom_killed=oom)
        self._set(pod, ended)
        if oom:
            self._tell(pod.name, "oom")
        self._tell(pod.name, "exited")
        await self._wake()

    async def sandbox_ends(self, name: str) -> None:
        """The sandbox has died; the runs joined to it go on, out of reach."""
        pod = self._pods[name]
        dead = Sandbox(pod.sandbox.id, running=False, started_at=pod.sandbox.started_at)
        self._pods[name] = replace(pod, sandbox=dead)
        self._tell(name, "exited")

    # -- within

    @contextmanager
    def _act(self) -> Iterator[None]:
        self._answer()
        yield
        stumble, self.stumble = self.stumble, None
        if stumble is not None:
            raise stumble

    def _answer(self) -> None:
        if self._down:
            raise EngineDown("the Docker engine is not running; start Docker")

    def _need(self, image: str) -> None:
        if image in self.missing:
            raise ImageUnavailable(f'image "{image}" is not on this machine; pull it')

    def _sandbox(self, pod: str) -> Sandbox:
        ip = f"10.0.0.{len(self.sandboxes) + 1}"
        traffic, control = self.addresses.get(pod, (Address(ip, 8080), Address(ip, 9090)))
        return Sandbox(
            f"{pod}.sandbox", running=True, started_at=self.clock.now(), ip=ip, traffic=traffic, control=control
        )

    def _has_news(self, run_id: str, seen: int) -> bool:
        return len(self._lines[run_id]) > seen or not self._runs(run_id)

    def _find(self, run_id: str) -> Run | None:
        return next((run for pod in self._pods.values() for run in pod.runs if run.id == run_id), None)

    def _runs(self, run_id: str) -> bool:
        run = self._find(run_id)
        return run is not None and run.state is RunState.RUNNING

    def _set(self, pod: Instance, run: Run) -> None:
        others = tuple(other for other in pod.runs if other.id != run.id)
        runs = sorted((*others, run), key=lambda run: (run.container, run.attempt))
        self._pods[pod.name] = replace(pod, runs=tuple(runs))

    async def _remove_run(self, run_id: str) -> None:
        name = self.runs[run_id].identity.pod
        if self._runs(run_id):
            await self.ends(run_id, 137)
        pod = self._pods[name]
        self._pods[name] = replace(pod, runs=tuple(run for run in pod.runs if run.id != run_id))
        self._tell(name, "gone")
        await self._wake()

    async def _events(self, queue: "asyncio.Queue[EngineEvent | None]") -> AsyncIterator[EngineEvent]:
        try:
            self._answer()
            while (event := await queue.get()) is not None:
                yield event
            raise EngineDown("the Docker engine went away; start Docker again")
        finally:
            self._listeners.remove(queue)

    def _tell(self, pod: str, kind: str) -> None:
        for listener in self._listeners:
            listener.put_nowait(EngineEvent(self._pods[pod].service, pod, kind))

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def _instance(spec: SandboxSpec, sandbox: Sandbox) -> Instance:
    identity = spec.identity
    return Instance(
        name=identity.pod,
        service=identity.service,
        ordinal=identity.ordinal,
        fingerprint=identity.fingerprint,
        version=identity.version,
        created_at=identity.created_at,
        sandbox=sandbox,
        gpus=identity.gpus,
    )
