"""The whole way, through gateway and sidecar to a container, against a direct call and against two Envoys.

The same container answers all three. The direct call goes to its own address. The Envoys stand where ours do, one on the
host and one in the pod's network namespace, so that the packets take the same paths. Ours and the Envoys are kept to
one core, the client and the container to the other.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from docker.models.containers import Container

from tests.bench.commands import AT_ONCE, OURS, TOKEN, Place, envoy_with
from tests.bench.contestants import ORIGIN, Contestant
from tests.bench.hop import Turns, in_turn, ratio
from tests.bench.load import Cell
from tests.bench.plan import Plan
from tests.bench.processes import LOAD, PROXY, address_of, installed, keep, pinned, processes_of, running
from tests.bench.report import Number, Table
from tests.scenarios.calling import free_port
from tests.scenarios.conftest import an_emulator
from tests.scenarios.documents import PORT, a_container, a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.engine import connected

DIRECT, ENVOYS = "direct call", "two envoys"
IN_POD = 8200
CODE = {"mount_path": "/mnt/bench", "oss": {"path": "oss://bench/", "readOnly": True}}
COLUMNS = ("p50 ms", "added ms", "p99 ms", "requests/s", "x envoys")


def tables(plan: Plan) -> Iterator[Table]:
    with an_emulator() as emulator, connected() as client, ExitStack() as stack:
        service = _deployed(emulator)
        sandbox = client.containers.get(service.pod)
        keep(PROXY, emulator.pid("gateway"), *processes_of(sandbox))
        keep(LOAD, *processes_of(client.containers.get(f"{service.pod}.worker0.0")))
        direct = Contestant(DIRECT, PORT, host=address_of(sandbox)).checked()
        ours = Contestant(OURS, emulator.port).checked().guarded()
        envoys = stack.enter_context(_two_envoys(sandbox))
        for cell in (Cell(1), Cell(16)):
            turns = in_turn((direct, ours, envoys), cell, plan)
            yield Table(str(cell), COLUMNS, {name: _row(turns, name) for name in turns})


def _row(turns: Turns, name: str) -> list[Number]:
    mine, direct = turns[name], turns[DIRECT]
    return [
        median(turn.p50 for turn in mine),
        median(turn.p50 - straight.p50 for turn, straight in zip(mine, direct, strict=True)),
        median(turn.p99 for turn in mine),
        median(turn.rate for turn in mine),
        ratio(turns, name, ENVOYS, "rate"),
    ]


def _deployed(emulator: Emulator) -> Service:
    emulator.mount("oss://bench/", ORIGIN.parent)
    container = a_container(command=f"python /mnt/bench/{ORIGIN.name} 0.0.0.0 {PORT}")
    rpc = {"worker_threads": AT_ONCE}
    document = a_document("demo", container, storage=[CODE], metadata={"rpc": rpc}, token=TOKEN)
    return emulator.create(document, within=600)


@contextmanager
def _two_envoys(sandbox: Container) -> Iterator[Contestant]:
    """One that does the sidecar's job in the pod, and one that does the gateway's."""
    address, door = address_of(sandbox), free_port()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="eas-bench-")))
        inner = envoy_with("envoy.yaml", Place("inner", folder, IN_POD, PORT, address, address))
        into_pod = (installed("nsenter"), "--net", "--target", sandbox.attrs["State"]["Pid"], "--")
        stack.enter_context(running("inner", pinned(PROXY, *into_pod, *inner), folder))
        outer = envoy_with("envoy-gateway.yaml", Place("outer", folder, door, IN_POD, upstream=address))
        stack.enter_context(running("outer", pinned(PROXY, *outer), folder))
        yield Contestant(ENVOYS, door).checked().guarded()
