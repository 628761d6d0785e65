"""What a request costs the gateway as its table of routes grows: by services, and by instances of the one asked for."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from sys import executable
from tempfile import TemporaryDirectory

from eas_local.adapters import settings
from eas_local.core.routes import Backend, Endpoint, Entry, RouteTable
from tests.bench.contestants import Contestant, an_origin
from tests.bench.hop import in_turn, ratio
from tests.bench.load import Cell
from tests.bench.plan import Plan
from tests.bench.processes import PROXY, pinned, running
from tests.bench.report import Table
from tests.scenarios.calling import HOST, free_port

COUNTS = (1, 100, 10_000)
FIRST = "1 service, 1 instance"
COLUMNS = ("requests/s", "x first", "p50 ms", "p99 ms", "CPU us")


def tables(plan: Plan) -> Iterator[Table]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="eas-bench-")))
        origin = stack.enter_context(an_origin(folder))
        gateways = [stack.enter_context(_gateway(*row, folder)) for row in _tables(origin.port)]
        turns = in_turn(gateways, Cell(16), plan)
    rows = {}
    for name, taken in turns.items():
        rate, p50, p99, cpu = (median(getattr(turn, of) for turn in taken) for of in ("rate", "p50", "p99", "cpu"))
        rows[name] = (rate, ratio(turns, name, FIRST, "rate"), p50, p99, cpu)
    yield Table("the gateway's table of routes", COLUMNS, rows)


def _tables(port: int) -> Iterator[tuple[str, RouteTable]]:
    """The service `demo` comes last of all."""
    for count in COUNTS:
        others = [_entry(f"other-{n}", 1, 1 + n % 60_000) for n in range(count - 1)]
        name = FIRST if count == 1 else f"{count:,} services"
        yield name, RouteTable("bench", 1, (*others, _entry("demo", 1, port)))
    for count in COUNTS[1:]:
        yield f"{count:,} instances", RouteTable("bench", 1, (_entry("demo", count, port),))


def _entry(service: str, instances: int, port: int) -> Entry:
    return Entry(
        service, (Backend(100, service, tuple(Endpoint(f"{service}-{n}", HOST, port) for n in range(instances))),)
    )


@contextmanager
def _gateway(name: str, table: RouteTable, folder: Path) -> Iterator[Contestant]:
    """One of its own home, with the table as a daemon leaves it."""
    home, port = folder / name.replace(" ", "-"), free_port()
    home.mkdir()
    environ = {"EAS_LOCAL_HOME": str(home), "XDG_RUNTIME_DIR": str(home), "EAS_LOCAL_ADDRESS": f"{HOST}:{port}"}
    settings.load(environ).routes_file.write_text(table.to_json())
    with running(name, pinned(PROXY, executable, "-m", "eas_local.gateway"), folder, environ) as program:
        yield Contestant(name, port, program).checked()
