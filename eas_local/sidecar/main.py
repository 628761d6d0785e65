"""Builds the sidecar and runs it until it is told to stop."""

import asyncio
import signal
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

import uvloop

from eas_local.core.errors import EasError
from eas_local.core.listeners import Listener
from eas_local.core.wire import CONTROL_PORT, TRAFFIC_PORT, SidecarConfig, SidecarState
from eas_local.proxy.access import AccessLog
from eas_local.proxy.endpoints import Endpoints
from eas_local.proxy.listen import lift_file_limit, listen, spare_the_collector
from eas_local.proxy.server import Site
from eas_local.sidecar import checks, config_file, passed, pod
from eas_local.sidecar.control import Control
from eas_local.sidecar.desk import Desk
from eas_local.sidecar.errands import Errands
from eas_local.sidecar.prober import Prober
from eas_local.sidecar.traffic import Traffic

Read = Callable[[Collection[int]], tuple[Listener, ...]]
EVERYWHERE = "0.0.0.0"  # noqa: S104 - every address of the pod


@dataclass(frozen=True, slots=True)
class Options:
    """`host` names the address to listen on; a particular one is at the same time the pod's own."""

    config: Path = Path("/eas/sidecar/config.json")
    host: str = EVERYWHERE
    traffic_port: int = TRAFFIC_PORT
    control_port: int = CONTROL_PORT


class Sidecar:
    """The parts, joined. `start` returns when both ports listen. `read` gives the listeners but those on some ports."""

    def __init__(self, options: Options, out: TextIO, read: Read = pod.listeners) -> None:
        self._options = options
        config = config_file.load(options.config)
        address = pod.own_address() if options.host == EVERYWHERE else options.host
        hidden = (options.traffic_port, options.control_port)
        self._log = AccessLog(out, config.log_format)
        self._desk = Desk(config, options.config, self._observe)
        self._errands = Errands(self._look)
        run = partial(checks.run, address=address, errands=self._errands, ours=hidden)
        self._memory = options.config.with_name("passed.json")
        self._known = passed.load(self._memory)
        self._prober = Prober(address, partial(read, hidden), run, self._look, self._known)
        self._traffic = Traffic(config, address, self._log, self._look)
        self._site = Site(self._traffic, self._traffic.unreadable)
        self._control = Site(Endpoints(Control(self._desk, self._traffic, self._apply, self._errands.settle)))

    async def start(self) -> tuple[int, int]:
        """The ports it listens on."""
        self._apply(self._desk.config)
        traffic = await listen(self._site, self._options.host, self._options.traffic_port)
        control = await listen(self._control, self._options.host, self._options.control_port)
        self._servers = (traffic, control)
        return traffic.sockets[0].getsockname()[1], control.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """At once: draining is the daemon's part, and comes before this."""
        for server in self._servers:
            server.close()
        self._prober.stop()
        await self._site.close(grace=0)
        await self._control.close(grace=0)
        self._traffic.pool.close()
        self._log.flush()

    def _apply(self, config: SidecarConfig) -> None:
        self._log.format = config.log_format
        self._traffic.apply(config)
        self._prober.watch(config.targets)
        self._look()

    def _look(self) -> None:
        """Probes, configuration or the end of draining may have changed something."""
        self._remember()
        health = self._prober.health().values()
        for told in filter(None, (one.told for one in health)):
            self._traffic.hear(told)
        self._traffic.gate.open = all(one.ready for one in health)
        self._desk.look()

    def _remember(self) -> None:
        if (known := self._prober.passed) != self._known:
            self._known = known
            passed.save(self._memory, known)

    def _observe(self, config: SidecarConfig) -> SidecarState:
        health = self._prober.health()
        return SidecarState(
            pod=config.pod,
            version="",
            config_n=config.n,
            config_digest=config.digest,
            config_terms=config.terms,
            ready=self._traffic.gate.open and not self._traffic.gate.draining,
            attempts=tuple((target.name, target.attempt) for target in config.targets),
            failing=tuple((name, one.failing) for name, one in health.items() if one.failing),
            unready=tuple((name, one.unready) for name, one in health.items() if one.unready),
            draining=config.draining_since > 0,
            draining_since=config.draining_since,
            in_flight=self._traffic.line.running,
            waiting=self._traffic.line.waiting,
            worker_threads=self._traffic.line.limits.worker_threads,
            listeners=self._prober.listeners,
            probes=self._prober.reports(),
            errands=self._errands.due,
        )


def run(arguments: list[str]) -> int:
    """The exit code: 1 where it cannot start, with a sentence on stderr."""
    options = parse(arguments)
    try:
        uvloop.run(serve(options))
    except EasError as error:
        print(f"eas_local.sidecar: {error}", file=sys.stderr)
        return 1
    return 0


async def serve(options: Options) -> None:
    lift_file_limit()
    sidecar = Sidecar(options, sys.stdout)
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await sidecar.start()
    spare_the_collector()
    await told.wait()
    await sidecar.stop()


def parse(arguments: list[str]) -> Options:
    """In a pod there are none; what would read them takes a tenth of the start."""
    default = Options()
    if not arguments:
        return default
    import argparse  # noqa: PLC0415 - see above

    parser = argparse.ArgumentParser(prog="eas_local.sidecar", description="The program in front of an instance.")
    parser.add_argument("--config", type=Path, default=default.config)
    parser.add_argument("--host", default=default.host)
    parser.add_argument("--traffic-port", type=int, default=default.traffic_port)
    parser.add_argument("--control-port", type=int, default=default.control_port)
    return Options(**vars(parser.parse_args(arguments)))
