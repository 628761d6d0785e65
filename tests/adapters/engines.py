"""The two engines under contract: what a test asks of either, and how it is brought about in each."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from eas_local.adapters.docker_engine import DockerEngine
from eas_local.core.errands import Execution
from eas_local.core.instance import Instance, Run, RunState
from eas_local.core.pod import ContainerSpec, PodIdentity, SandboxSpec
from eas_local.daemon.ports import Engine
from tests.adapters.relay import Relay
from tests.fakes import FakeEngine

T = TypeVar("T")
_LOOK_AGAIN = 0.02

MISSING_IMAGE = "eas-local/no-such-image:1"


@dataclass(frozen=True)
class Program:
    """What a run does, for an engine that runs it and for one that only pretends."""

    argv: tuple[str, ...]
    says: tuple[str, ...] = ()
    exit_code: int | None = None
    oom: bool = False
    memory_bytes: int | None = None


SLEEPS = Program(("sleep", "600"))
SPEAKS = Program(("sh", "-c", "echo one; echo two; exec sleep 600"), says=("one", "two"))
FAILS = Program(("sh", "-c", "echo giving up; exit 3"), says=("giving up",), exit_code=3)
EATS = Program(("python3", "-c", "bytearray(1 << 30)"), exit_code=137, oom=True, memory_bytes=32 << 20)


@dataclass(frozen=True)
class Command:
    """What is run beside a run's own program, and how it goes; None where it hangs."""

    argv: tuple[str, ...]
    says: str = ""
    exit_code: int | None = 0


PASSES = Command(("sh", "-c", "echo fine"), "fine\n")
REFUSES = Command(("sh", "-c", "echo no >&2; exit 3"), "no\n", 3)
HANGS = Command(("sh", "-c", "echo begun >> /tmp/begun; until [ -e /tmp/go ]; do sleep 0.1; done"), exit_code=None)


class World(Protocol):
    """An engine with a few words that the port has not."""

    engine: Engine

    def identity(self, pod: str, service: str = "demo") -> PodIdentity: ...

    def sandbox(self, identity: PodIdentity) -> SandboxSpec: ...

    async def start(self, spec: ContainerSpec, program: Program) -> str: ...

    async def exec(self, run_id: str, command: Command, within: float) -> Execution: ...

    async def sandbox_ends(self, pod: str) -> None: ...

    async def cut_off(self, act: Awaitable[object]) -> None: ...

    async def goes_away(self) -> None: ...

    async def comes_back(self) -> None: ...


def a_run(sandbox: SandboxSpec, program: Program = SLEEPS, attempt: int = 0, name: str = "worker0") -> ContainerSpec:
    identity = sandbox.identity
    return ContainerSpec(
        identity, identity.pod, name, attempt, sandbox.image, argv=program.argv, memory_bytes=program.memory_bytes
    )


class FakeWorld:
    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.engine.missing.add(MISSING_IMAGE)

    def identity(self, pod: str, service: str = "demo") -> PodIdentity:
        return PodIdentity(pod, service, 0, "r1", 1, created_at=self.engine.clock.now())

    def sandbox(self, identity: PodIdentity) -> SandboxSpec:
        return SandboxSpec(identity, "sandbox")

    async def start(self, spec: ContainerSpec, program: Program) -> str:
        run_id = await self.engine.start(spec)
        for line in program.says:
            await self.engine.says(run_id, line)
        if program.exit_code is not None:
            await self.engine.ends(run_id, program.exit_code, oom=program.oom)
        return run_id

    async def exec(self, run_id: str, command: Command, within: float) -> Execution:
        self.engine.executions[command.argv] = Execution(command.exit_code, command.says)
        return await self.engine.exec(run_id, command.argv, within)

    async def sandbox_ends(self, pod: str) -> None:
        await self.engine.sandbox_ends(pod)
        self.engine.clock.advance(1)

    async def cut_off(self, act: Awaitable[object]) -> None:
        self.engine.stumble = asyncio.CancelledError()
        try:
            await act
        except asyncio.CancelledError:
            self.engine.clock.advance(1)

    async def goes_away(self) -> None:
        self.engine.down = True

    async def comes_back(self) -> None:
        self.engine.down = False


class DockerWorld:
    """`pods` are told apart from those of other tests by `prefix`: container names are everybody's."""

    def __init__(self, engine: DockerEngine, relay: Relay, image: str, prefix: str) -> None:
        self.engine = engine
        self._relay = relay
        self._image = image
        self._prefix = prefix

    def identity(self, pod: str, service: str = "demo") -> PodIdentity:
        return PodIdentity(f"{self._prefix}-{pod}", service, 0, "r1", 1, created_at=time.time())

    def sandbox(self, identity: PodIdentity) -> SandboxSpec:
        return SandboxSpec(identity, self._image)

    async def start(self, spec: ContainerSpec, program: Program) -> str:
        return await self.engine.start(replace(spec, argv=program.argv))

    async def exec(self, run_id: str, command: Command, within: float) -> Execution:
        return await self.engine.exec(run_id, command.argv, within)

    async def sandbox_ends(self, pod: str) -> None:
        (instance,) = [instance for instance in await self.engine.observe() if instance.name == pod]
        await self.engine.signal(instance.sandbox.id, "SIGKILL")
        await eventually(lambda: self._is_dead(pod), f"the sandbox of {pod} is dead")

    async def _is_dead(self, pod: str) -> bool:
        return all(not instance.sandbox.running for instance in await self.engine.observe() if instance.name == pod)

    async def cut_off(self, act: Awaitable[object]) -> None:
        task = asyncio.ensure_future(act)
        await asyncio.sleep(0.03)  # somewhere in the middle
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def goes_away(self) -> None:
        await self._relay.cut()

    async def comes_back(self) -> None:
        await self._relay.open()


async def eventually(look: Callable[[], Awaitable[T]], what: str, within: float = 8) -> T:
    """The first true answer of `look`."""
    deadline = time.monotonic() + within
    while True:
        if answer := await look():
            return answer
        assert time.monotonic() < deadline, f"{what}: not within {within:g} s"
        await asyncio.sleep(_LOOK_AGAIN)


async def the_instance(engine: Engine) -> Instance:
    (instance,) = await engine.observe()
    return instance


async def ended(engine: Engine) -> Run:
    """The one run there is, as soon as it has ended."""

    async def look() -> Run | None:
        (run,) = (await the_instance(engine)).runs
        return run if run.state is RunState.EXITED else None

    run = await eventually(look, "the run ends")
    assert run is not None
    return run
