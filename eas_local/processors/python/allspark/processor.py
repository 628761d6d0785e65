"""BaseProcessor: what a user's class derives from."""

from typing import Any, Optional, Tuple

from . import fit, hosting, settings
from .context import Context, QueuedService


class ModelPath(str):
    """A path as text that may be decoded as well: the vendor's sample does, and other code takes it as it is."""

    __slots__ = ()

    def decode(self, *_: str) -> str:
        return str(self)


class BaseProcessor:
    """Override `initialize` and `process`, then `run()`.

    The attributes stand on the class, too, for constructors that do not call ours before `run`.
    """

    worker_threads: int = 5
    io_threads: int = 4
    worker_processes: int = 1
    context: Optional[Context] = None
    queued: Optional[QueuedService] = None

    def __init__(
        self, worker_threads: int = 5, io_threads: int = 4, worker_processes: int = 1, endpoint: Optional[str] = None
    ) -> None:
        self.worker_threads = worker_threads
        self.io_threads = io_threads
        self.worker_processes = worker_processes
        self.context = Context(io_threads)
        self.queued = self.context.queued_service(endpoint)

    def initialize(self) -> Any:
        """Load what is needed; called once in each process."""
        raise NotImplementedError

    def process(self, data: bytes) -> Tuple[Any, int]:
        """The answer to a request and its status; called by several threads at once."""
        raise NotImplementedError

    # Parity: the framework never calls these two (wire-contract 5.1).
    def pre_process(self, data: Any) -> Any:
        return data

    def post_process(self, data: Any) -> Any:
        return data

    def get_model_path(self) -> ModelPath:
        return ModelPath(settings.load().model)

    def run(self) -> None:
        """Serve until the program is told to end."""
        if self.queued is None:
            BaseProcessor.__init__(self, self.worker_threads, self.io_threads, self.worker_processes)
        assert self.queued is not None
        fit.check(self, BaseProcessor)
        hosting.host(self, self.queued.front, settings.load())
