"""Those who are compared, running: each in front of the same origin, kept to the same core, and known to do its job."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from sys import executable
from tempfile import TemporaryDirectory

from tests.bench.commands import COMMANDS, LEAN, TOKEN, Place
from tests.bench.processes import LOAD, PROXY, Program, pinned, running
from tests.scenarios.calling import HOST, free_port
from tests.scenarios.eventually import eventually

ORIGIN = Path(__file__).parent / "origin.py"
PREFIX = "/api/predict/demo"
NONE = "no proxy"
ALL = (*COMMANDS, NONE)


@dataclass(frozen=True, slots=True)
class Contestant:
    """Somebody who passes requests to the origin, or the origin itself, which has no `program` to be measured."""

    name: str
    port: int
    program: Program | None = None
    host: str = HOST

    def url(self, path: str) -> str:
        return f"http://{self.host}:{self.port}{PREFIX}{path}"

    @property
    def cpu(self) -> float:
        return self.program.cpu if self.program else 0

    def empty_log(self) -> None:
        """Minutes of load leave gigabytes of access log."""
        if self.program:
            self.program.out.write_bytes(b"")

    def checked(self) -> "Contestant":
        """Itself, as soon as a whole body reaches the origin through it."""
        try:
            eventually(self._passes, within=15, what=f"a right answer by {self.name}")
        except AssertionError as error:
            said = self.program.last_words if self.program else ""
            raise AssertionError(f"{error}; it says: {said or 'nothing'}") from None
        return self

    def guarded(self) -> "Contestant":
        """Itself, if it refuses whoever has no token."""
        status, _ = self._ask(b"", {})
        assert status == 401, f"{self.name} answers {status} to somebody without a token"
        return self

    def _passes(self) -> bool:
        answered = self._ask(b"x" * 100_000, {"Authorization": TOKEN})
        assert answered == (200, "100000"), answered
        return True

    def _ask(self, body: bytes, headers: dict[str, str]) -> tuple[int, str | None]:
        """The status, and how much of the body arrived."""
        with closing(HTTPConnection(self.host, self.port, timeout=5)) as connection:
            connection.request("POST", f"{PREFIX}/answer/64", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("X-Received")


@contextmanager
def contestants(names: Sequence[str]) -> Iterator[list[Contestant]]:
    """All of these, running and checked, in front of one origin."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="eas-bench-")))
        origin = stack.enter_context(an_origin(folder))
        yield [origin if name == NONE else stack.enter_context(contestant(name, origin, folder)) for name in names]


@contextmanager
def an_origin(folder: Path) -> Iterator[Contestant]:
    port = free_port()
    with running("origin", pinned(LOAD, executable, ORIGIN, HOST, port), folder) as program:
        yield Contestant(NONE, port).checked()
        assert not program.last_words, f"the origin broke off: {program.last_words}"


@contextmanager
def contestant(name: str, origin: Contestant, folder: Path) -> Iterator[Contestant]:
    at = Place(name, folder, free_port(), origin.port)
    with running(name, pinned(PROXY, *COMMANDS[name](at)), folder) as program:
        one = Contestant(name, at.port, program).checked()
        yield one if name in LEAN else one.guarded()
