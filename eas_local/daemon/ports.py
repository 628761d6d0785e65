"""What the daemon needs of the outside, in its own words; `adapters` fulfil it, `tests/fakes.py` stand in for it."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

from eas_local.core.desired import Desired
from eas_local.core.diagnosis.evidence import Capacity, Program
from eas_local.core.errands import Execution
from eas_local.core.gpus import Gpu
from eas_local.core.instance import Instance, Run
from eas_local.core.pod import Bind, ContainerSpec, SandboxSpec
from eas_local.core.processor import Language
from eas_local.core.sources import Fetched
from eas_local.core.status import Event
from eas_local.core.streams import EngineEvent, KeptRun, LogLine
from eas_local.core.versions import Version


class Engine(Protocol):
    """Runs pods. Every method may raise EngineDown, DiskFull or EngineUnusable; all may be called again after any failure."""

    async def observe(self, service: str | None = None) -> list[Instance]:
        """Every instance this owner has, or those of one service, in the order of their creation; links are None."""

    async def start_sandbox(self, spec: SandboxSpec) -> None:
        """Create and start a pod's sandbox with its scratch; where it exists already, start it again."""

    async def start(self, spec: ContainerSpec) -> str:
        """Create and start one run; the answer is its id. Raises StartRefused where the engine can never start it."""

    async def repeat(self, run: Run, attempt: int, joined: float) -> str:
        """Create and start a run with the settings of this one, which the engine still has, in its sandbox as `joined`
        says it was started; the answer is its id."""

    async def signal(self, run_id: str, signal: str) -> None:
        """SIGTERM or SIGKILL; nothing happens where it does not run."""

    async def remove_run(self, run_id: str) -> None:
        """Kill and remove one run; nothing happens where it is gone."""

    async def remove_pod(self, pod: str) -> None:
        """Kill and remove every container and all scratch of a pod; nothing happens where it is gone."""

    def logs(self, run_id: str, *, follow: bool = False, tail: int | None = None) -> AsyncIterator[LogLine]:
        """What a run wrote, oldest first; with `follow` until it ends. Ends quietly where the run is gone."""

    async def program(self, run_id: str) -> Program | None:
        """What a run was told to execute, from its container's file system; None where the run is gone."""

    async def capacity(self) -> Capacity:
        """What it has to give to all of its containers together."""

    async def exec(self, run_id: str, argv: Sequence[str], within: float) -> Execution:
        """Run a command beside a run's own, in its container. One that takes longer than `within` seconds is left to
        itself; while it goes on, the same command ends at once as one that did not end in time. Raises Temporary where
        the run does not run."""

    def events(self) -> AsyncIterator[EngineEvent]:
        """Changes of this owner's containers from now on; ends or raises EngineDown when the engine goes away."""

    async def remove_leftovers(self) -> None:
        """Remove scratch of this owner that no pod uses any more."""


class Images(Protocol):
    """Images and what is installed on top of them."""

    async def has_sandbox_image(self) -> bool:
        """Whether nothing has to be built for it."""

    async def sandbox_image(self) -> str:
        """The image of the sandbox for this version of the package, built where it is missing."""

    async def has(self, image: str) -> bool:
        """Whether the engine has it already, or what stands in for it."""

    async def resolve(self, image: str, registry_auth: str | None) -> str:
        """The engine's reference for an image of a service.json: mapped, stood in for, present, or pulled.
        Raises ImageUnavailable with the engine's reason."""

    async def requirements(self, image: str, wanted: Sequence[str], path: str | None, binds: Sequence[Bind]) -> str:
        """The local folder with a service's Python requirements installed for this image's Python, from the cache or
        installed now. Raises RequirementsFailed with pip's last lines."""

    async def environment(self, image: str) -> dict[str, str]:
        """The environment variables the image itself sets."""

    async def host(self, language: Language) -> str:
        """The local folder with the program that runs processors of a language, made where it is missing."""

    async def runs(self, image: str, program: str, binds: Sequence[Bind]) -> bool:
        """Whether a Python that comes with a package starts in this image."""

    async def purge(self) -> None:
        """Remove everything made for this owner but the images themselves, which other owners use too."""


class Places(Protocol):
    """What stands on this machine for things of the cloud. May raise InvalidDocument about eas-local.toml."""

    def binds(self, want: Desired) -> tuple[Bind, ...]:
        """The local folders in place of the cloud's. Raises SourceMissing naming the folder looked for."""

    def image(self, want: Desired, image: str) -> str:
        """The image to run in place of the one the service names."""


class Sources(Protocol):
    """A processor's package, model and recorded request, fetched from where the service.json says."""

    async def fetch(self, want: Desired, say: Callable[[str], None], *, anew: bool) -> Fetched:
        """Where they lie on this machine now, said while that may take long. `anew`: look whether archives and what came
        over the network have changed since. Raises SourceMissing naming the address looked for, SourceUnreachable, and
        SourceUnusable for what is no archive or a harmful one."""


class Store(Protocol):
    """What is wanted, and what happened. Calls are short and synchronous. Those that change something may raise Unwritable."""

    def names(self) -> list[str]:
        """Every service that exists, in the order of creation."""

    def find(self, name: str) -> Desired | None: ...

    def put(self, desired: Desired) -> None:
        """Remember it: its document as a file of its version (0600) first, then the row."""

    def remove(self, name: str) -> None:
        """Forget the service, its documents and its events."""

    def versions(self, name: str) -> list[Version]:
        """Every version of a service's document, newest first."""

    def add_event(self, event: Event) -> None:
        """One that cannot be kept is lost: what happened stands in the way of nothing that happens."""

    def events(self, service: str, since: float = 0) -> list[Event]:
        """Newest first, in the order in which they were told. Of each service the latest are kept, of the last days."""


class RunLogs(Protocol):
    """Logs of runs whose containers are gone, bounded; of a service with many instances those kept last."""

    def runs(self, service: str) -> list[KeptRun]:
        """Every run of which there is a log."""

    def keep(self, service: str, pod: str, container: str, attempt: int, lines: Sequence[LogLine]) -> None: ...

    def read(self, service: str, pod: str, container: str, attempt: int) -> list[LogLine]:
        """Empty where nothing was kept."""

    def forget(self, service: str) -> None: ...


class Ownership(Protocol):
    async def give_back(self, binds: Sequence[Bind], since: float) -> None:
        """What containers created as root in writable folders since then goes to the folders' user."""


class Gpus(Protocol):
    def inventory(self) -> tuple[Gpu, ...]:
        """This machine's NVIDIA GPUs; empty, and quietly so, where there is no driver."""


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the epoch, for what is shown and kept; somebody may set it back or forward."""

    def monotonic(self) -> float:
        """Seconds since some moment, for waits."""
