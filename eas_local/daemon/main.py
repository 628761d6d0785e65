"""The daemon: everything is built here, once, and handed down. Wiring only; rules live in core."""

import asyncio
import logging
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import aiohttp
import uvicorn
import uvloop

from eas_local.adapters import docker_client, files, private_socket, program_log, settings
from eas_local.adapters.clock import SystemClock
from eas_local.adapters.docker_engine import DockerEngine
from eas_local.adapters.engine_class import classify
from eas_local.adapters.home import Home, open_home
from eas_local.adapters.images import DockerImages
from eas_local.adapters.launch import Program, log_of
from eas_local.adapters.local_places import LocalPlaces
from eas_local.adapters.locks import single
from eas_local.adapters.nvml import NvmlGpus
from eas_local.adapters.ownership import Ownership
from eas_local.adapters.run_logs import FileRunLogs
from eas_local.adapters.settings import Settings
from eas_local.adapters.sources import HostSources
from eas_local.adapters.sqlite_store import SqliteStore
from eas_local.core import entries
from eas_local.core.entries import Member
from eas_local.core.errors import EasError
from eas_local.core.routes import RouteTable
from eas_local.daemon.app import create_app
from eas_local.daemon.board import Board
from eas_local.daemon.departure import Departure
from eas_local.daemon.diagnoses import Diagnoses
from eas_local.daemon.diagnosis_events import DiagnosisEvents
from eas_local.daemon.executor import Executor, Outside
from eas_local.daemon.guardian import Guardian
from eas_local.daemon.plane import Plane
from eas_local.daemon.pod_link import PodLinks
from eas_local.daemon.publisher import Publisher
from eas_local.daemon.reconciler import Reconciler
from eas_local.daemon.service_logs import ServiceLogs
from eas_local.daemon.services import Services

log = logging.getLogger("eas_local.daemon")

FIRST_LOOKS = 2.0
ANSWER_WITHIN = aiohttp.ClientTimeout(total=5, connect=2)


@dataclass(frozen=True, slots=True)
class Makers:
    """How what acts upon the outside is made; a program that tests us puts something of its own around it."""

    connect: docker_client.Connect = docker_client.connect
    executor: Callable[[Outside], Executor] = Executor


REAL = Makers()


@dataclass(frozen=True, slots=True)
class Parts:
    """What the daemon is made of, built from the outside in."""

    store: SqliteStore
    outside: Outside
    reconciler: Reconciler
    services: Services
    diagnoses: Diagnoses


def main(makers: Makers = REAL) -> int:
    """The exit status. One sentence on stderr for whatever a user can cause."""
    try:
        config = settings.load()
        program_log.own(log_of(config, Program.DAEMON))
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stdout)
        os.chdir("/")  # no folder of the user's is held
        with single(config, "daemon"):
            uvloop.run(serve(config, makers))
    except (EasError, ValueError, OSError) as error:
        print(f"eas_local.daemon: {error}", file=sys.stderr)
        return 1
    return 0


async def serve(config: Settings, makers: Makers) -> None:
    """Until told to stop. The pods go on without us."""
    home = open_home(config.home)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(built(config, home, makers))
        departure = Departure(parts.store, parts.reconciler, parts.outside, stop)
        loops = (parts.reconciler.run(), parts.outside.publisher.keep_current(), Guardian(config).keep())
        await stack.enter_async_context(running(*loops))
        await first_looks(parts)
        await stack.enter_async_context(answering(config, home, parts, departure))
        log.info("daemon pid=%d home=%s", os.getpid(), config.home)
        await stop.wait()
    log.info("daemon pid=%d ends", os.getpid())


async def first_looks(parts: Parts) -> None:
    """Whoever asks shall hear of what runs, not that nothing has been seen yet. An engine that hangs keeps nobody waiting."""
    looks = (parts.services.changed(name, 0, FIRST_LOOKS) for name in parts.store.names())
    await asyncio.gather(*looks, return_exceptions=True)


@asynccontextmanager
async def built(config: Settings, home: Home, makers: Makers) -> AsyncIterator[Parts]:
    """Everything but the door; given back in the opposite order."""
    board, clock = Board(), SystemClock()
    connect = partial(makers.connect, config.engine)
    async with AsyncExitStack() as stack:
        to_pods = await stack.enter_async_context(_session(aiohttp.TCPConnector(limit=0)))
        to_gateway = await stack.enter_async_context(_session(aiohttp.UnixConnector(str(config.gateway_socket))))
        store = SqliteStore(home.path)
        stack.callback(store.close)
        engine = DockerEngine(home.owner, connect, partial(classify, home=home))
        stack.push_async_callback(engine.close)
        images = DockerImages(home.owner, connect, config, log.info)
        stack.callback(images.close)
        links = PodLinks(
            to_pods,
            home.key,
            lambda service: reconciler.wake(service),  # noqa: PLW0108 - built below
            engine.exec,
        )
        stack.push_async_callback(links.close)
        places = LocalPlaces(config)
        outside = Outside(
            engine=engine,
            images=images,
            places=places,
            sources=HostSources(config, places),
            gpus=NvmlGpus(),
            links=links,
            publisher=Publisher(
                to_gateway, secrets.token_hex(8), _inherited(config, store), config.routes_file, files.write
            ),
            run_logs=FileRunLogs(home.path),
            ownership=Ownership(home.owner, connect, images.sandbox_image),
            clock=clock,
            random=secrets.token_bytes,
            log_format=config.log_format,
        )
        reconciler = Reconciler(store, board, outside, makers.executor(outside), pace=config.pace, hold=config.hold)
        stack.push_async_callback(reconciler.close)
        services = Services(store, board, clock, reconciler.wake, secrets.token_bytes)
        diagnoses = Diagnoses(services, engine, outside.run_logs, clock, config.pace)
        diagnosing = DiagnosisEvents(diagnoses, board, store.add_event, clock)
        board.watch(diagnosing.observe)
        stack.push_async_callback(diagnosing.close)
        yield Parts(store, outside, reconciler, services, diagnoses)


@asynccontextmanager
async def answering(config: Settings, home: Home, parts: Parts, departure: Departure) -> AsyncIterator[None]:
    """The API on the daemon's socket."""
    outside = parts.outside
    plane = Plane(
        services=parts.services,
        logs=ServiceLogs(parts.services, outside.engine, outside.run_logs),
        diagnoses=parts.diagnoses,
        engine=outside.engine,
        gpus=outside.gpus,
        clock=outside.clock,
        settings=config,
        owner=home.owner,
        shutdown=departure,
        share=outside.publisher.share,
    )
    server = _Server(
        uvicorn.Config(
            create_app(plane), lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=2
        )
    )
    with private_socket.bound(config.daemon_socket) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]), name="api")
        try:
            yield
        finally:
            server.should_exit = True
            await task
    config.daemon_socket.unlink(missing_ok=True)


class _Server(uvicorn.Server):
    """Without uvicorn's own signal handlers: the daemon has its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def running(*loops: "asyncio._CoroutineLike[None]") -> AsyncIterator[None]:
    """Loops that run until the end of the block."""
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _inherited(config: Settings, store: SqliteStore) -> list[Member]:
    """What services that still are brought to the daemon before us."""
    before = RouteTable()
    with suppress(OSError, ValueError):
        before = RouteTable.from_json(config.routes_file.read_bytes())
    return entries.inherited(before, filter(None, map(store.find, store.names())))


def _session(connector: aiohttp.BaseConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=connector, timeout=ANSWER_WITHIN)
