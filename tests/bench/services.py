"""Many services on one machine: how long they take to come, what they cost while nothing is asked of them, and to go."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median
from time import perf_counter

from docker import DockerClient
from docker.models.containers import Container

from eas_local.adapters import settings
from eas_local.adapters.clock import SystemClock
from eas_local.client import Client
from tests.bench.measuring import alternating, command
from tests.bench.plan import Plan
from tests.bench.processes import Program, processes_of
from tests.bench.report import Number, Table
from tests.scenarios.conftest import an_emulator
from tests.scenarios.documents import PORT, a_document
from tests.scenarios.emulator import COMMAND, HERE, Emulator
from tests.scenarios.engine import connected

EACH = 2
CALM = 10.0
AT_ONCE = 16
"""How many plain containers are started at the same time, as many as the daemon has calls to the engine under way."""
NOTHING = Path(os.devnull)
SECONDS = ("ours", "docker", "ratio")
AT_REST = ("CPU %", "MiB")


def tables(plan: Plan) -> Iterator[Table]:
    with connected() as docker, an_emulator() as emulator:
        many = Many(emulator, docker, plan.services)
        many.warm_up()
        came, (plain, plain_gone) = many.come(), many.plain()
        rest, commands = many.at_rest(plan.rest), many.commands(plan.rounds)
        gone = many.go()
        rows = {
            "create -> all ready": (came, plain, came / plain),
            "down --purge": (gone, plain_gone, gone / plain_gone),
            **commands,
        }
        yield Table(f"{many}, seconds", SECONDS, rows)
        yield Table(f"{many}, at rest for {plan.rest} s", AT_REST, rest)


class Many:
    """Services of two tiny instances each: a pod is a sandbox and a container with a server of its own."""

    def __init__(self, emulator: Emulator, docker: DockerClient, count: int) -> None:
        self._emulator = emulator
        self._docker = docker
        self._environ = emulator.environment()
        self._names = [f"tiny-{number}" for number in range(count)]

    def __str__(self) -> str:
        return f"{len(self._names)} services of {EACH}"

    def warm_up(self) -> None:
        """Whatever is made once, and the image that plain Docker is to run as well."""
        warm = self._emulator.create(a_document("warm"), within=600)
        self._image = self._docker.containers.get(f"{warm.pod}.worker0.0").image.id
        warm.delete()
        self._client = Client(settings.load(self._environ).daemon_socket)

    def come(self) -> float:
        """Until every instance of the last of them is ready."""
        began = perf_counter()
        for name in self._names:
            text = json.dumps(a_document(name, instance=EACH, token=""))
            self._client.create(text, str(self._emulator.work))
        for name in self._names:
            self._becomes_running(name)
        return perf_counter() - began

    def plain(self) -> tuple[float, float]:
        """As many containers, half of them servers and the other half only there: until the servers answer, and until
        all are removed."""
        made: list[Container] = []
        pods = len(self._names) * EACH
        began = perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            try:
                others = [threads.submit(self._run, made, "sleep", "infinity") for _ in range(pods)]
                servers = [threads.submit(self._serve, made) for _ in range(pods)]
                for started in (*others, *servers):
                    started.result()
                came = perf_counter()
            finally:
                list(threads.map(partial(Container.remove, force=True), made))
        return came - began, perf_counter() - came

    def at_rest(self, seconds: float) -> dict[str, Sequence[Number]]:
        SystemClock().sleep(CALM)
        programs = {name: [self._program(name)] for name in ("daemon", "gateway")}
        sidecars = {"all sidecars": list(self._sidecars())}
        before = {one.pid: one.cpu for group in (programs | sidecars).values() for one in group}
        SystemClock().sleep(seconds)
        spent = {name: _spent(group, before, seconds) for name, group in (programs | sidecars).items()}
        rows: dict[str, Sequence[Number]] = {
            name: (spent[name], sum(one.resident for one in group)) for name, group in (programs | sidecars).items()
        }
        each = sidecars["all sidecars"]
        return {**rows, "a sidecar": (spent["all sidecars"] / len(each), median(one.resident for one in each))}

    def commands(self, turns: int) -> dict[str, Sequence[Number]]:
        """With all of them there."""
        words = (["ls"], ["w", self._names[0]], ["desc", self._names[0]])
        shown = alternating(turns, *(partial(command, [COMMAND, *some], self._environ) for some in words))
        took = {f"eas-local {some[0]}": seconds for some, seconds in zip(words, shown, strict=True)}
        (took["update of one"],) = alternating(turns, self._update)
        return {name: (seconds, None, None) for name, seconds in took.items()}

    def go(self) -> float:
        return command([COMMAND, "down", "--purge"], self._environ)

    def _update(self) -> float:
        """Both instances replaced, one after the other."""
        name, began = self._names[0], perf_counter()
        self._client.restart(name)
        self._becomes_running(name)
        return perf_counter() - began

    def _becomes_running(self, name: str) -> None:
        look = self._client.look(name)
        while look.state != "Running" or look.pending:
            assert look.state != "Failed", f"{name}: {look.message}"
            look = self._client.look(name, look.seq, wait=30)

    def _program(self, name: str) -> Program:
        return Program(name, self._emulator.pid(name), NOTHING, NOTHING)

    def _sidecars(self) -> Iterator[Program]:
        for name in self._names:
            for instance in self._client.instances(name):
                for pid, line in processes_of(self._docker.containers.get(instance["InstanceName"])).items():
                    if "eas_local.sidecar" in line:
                        yield Program(name, pid, NOTHING, NOTHING)

    def _run(self, made: list[Container], *words: str) -> Container:
        volumes = [f"{HERE / 'programs'}:/mnt/programs:ro"]
        container = self._docker.containers.run(self._image, words, detach=True, init=True, volumes=volumes)
        made.append(container)
        return container

    def _serve(self, made: list[Container]) -> None:
        container = self._run(made, "python", "/mnt/programs/server.py", str(PORT))
        container.reload()
        networks: Iterable[dict[str, str]] = container.attrs["NetworkSettings"]["Networks"].values()
        address = next(network["IPAddress"] for network in networks)
        _until(lambda: _answers(address))


def _spent(group: Sequence[Program], before: dict[int, float], seconds: float) -> float:
    """Percent of one core."""
    return sum(one.cpu - before[one.pid] for one in group) / seconds * 100


def _until(check: Callable[[], bool]) -> None:
    while not check():
        SystemClock().sleep(0.005)


def _answers(address: str) -> bool:
    connection = HTTPConnection(address, PORT, timeout=1)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
