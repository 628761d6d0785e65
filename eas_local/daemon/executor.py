"""Carries out one step of a plan: one thing is asked of the outside, everything else was decided before."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from typing import assert_never

from eas_local.core import gpus as devices
from eas_local.core import names, render
from eas_local.core.desired import Desired, Goal
from eas_local.core.errors import NotFound
from eas_local.core.instance import Instance, RunState
from eas_local.core.log_format import LogFormat
from eas_local.core.orders import Fate
from eas_local.core.pod import PodIdentity
from eas_local.core.steps import (
    Configure,
    CreatePod,
    Drain,
    KillRun,
    RemovePod,
    ReviveSandbox,
    StartRun,
    Step,
    StoreRun,
)
from eas_local.core.wire import SidecarConfig
from eas_local.daemon import last_words
from eas_local.daemon.acts import Say
from eas_local.daemon.pod_link import PodLinks
from eas_local.daemon.ports import Clock, Engine, Gpus, Images, Ownership, Places, RunLogs, Sources
from eas_local.daemon.preparation import Preparation
from eas_local.daemon.publisher import Publisher
from eas_local.daemon.sidecars import PodUnreachable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that is acted upon, by the executor and around it. `random` gives that many random bytes; `log_format` is
    that of new pods."""

    engine: Engine
    images: Images
    places: Places
    sources: Sources
    gpus: Gpus
    links: PodLinks
    publisher: Publisher
    run_logs: RunLogs
    ownership: Ownership
    clock: Clock
    random: Callable[[int], bytes]
    log_format: LogFormat = LogFormat.TEXT


STARTS = 8
"""So many containers are started at a time: with more, each takes longer, and the engine is slow to say how they are."""


class Executor:
    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._preparation = Preparation(outside.images, outside.places, outside.sources)
        self._choosing_gpus = asyncio.Lock()
        self._starting = asyncio.Semaphore(STARTS)

    async def execute(self, step: Step, want: Desired, say: Say) -> None:
        """May be cut off at any point and called again. Raises EasError."""
        match step:
            case CreatePod():
                await self._create_pod(step, want, say)
            case ReviveSandbox():
                await self._revive(await self._instance(want.name, step.pod), want)
            case StartRun():
                await self._start_run(step, want, say)
            case KillRun():
                await self._outside.engine.signal(step.run_id, "SIGKILL")
            case StoreRun():
                await self._store_run(step, want)
            case Configure():
                await self._configure(await self._instance(want.name, step.pod), want)
            case Drain():
                await self._drain(await self._instance(want.name, step.pod), want)
            case RemovePod():
                await self._remove(step.pod, want)
            case _:
                assert_never(step)

    async def _create_pod(self, step: CreatePod, want: Desired, say: Say) -> None:
        for container in want.service.containers:  # what is missing, or takes long, shows before anything is started
            await self._preparation.prepare(want, container.name, say, anew=True)
        if not await self._outside.images.has_sandbox_image():
            say("the sidecar's image is being made; that is done once and takes up to two minutes")
        image = await self._outside.images.sandbox_image()
        say("its sandbox is being started")
        wanted = want.service.resources.gpu
        async with self._starting, self._choice(wanted):
            identity = PodIdentity(
                pod=names.instance_name(want.name, want.fingerprint, self._outside.random(8)),
                service=want.name,
                ordinal=step.ordinal,
                fingerprint=want.fingerprint,
                version=want.version,
                created_at=self._outside.clock.now(),
                gpus=await self._choose_gpus(want, step.ordinal),
            )
            config = self._config(want, pod=identity.pod)
            await self._outside.engine.start_sandbox(render.sandbox(want, identity, image, config))

    def _config(self, want: Desired, instance: Instance | None = None, pod: str = "") -> SidecarConfig:
        """With what is this emulator's to say, and not the service's."""
        secret = self._outside.links.secret(instance.name if instance else pod)
        return replace(render.sidecar_config(want, instance, pod, secret), log_format=self._outside.log_format)

    def _choice(self, wanted: int) -> AbstractAsyncContextManager[object]:
        """Between choosing devices and their showing up as taken nobody else may choose."""
        return self._choosing_gpus if wanted else nullcontext()

    async def _choose_gpus(self, want: Desired, ordinal: int) -> tuple[str, ...]:
        """A successor shares its predecessor's devices where no others are free, until that one goes."""
        wanted = want.service.resources.gpu
        if not wanted:
            return ()
        everything = await self._outside.engine.observe()
        own = [i for i in everything if i.service == want.name and want.orders.fate(i.name) is not Fate.DETACHED]
        before = [i for i in own if i.ordinal == ordinal]
        others = [i for i in everything if i not in before]
        return devices.assign(wanted, self._outside.gpus.inventory(), _held(others), _held(before))

    async def _revive(self, instance: Instance, want: Desired) -> None:
        image = await self._outside.images.sandbox_image()
        config = self._config(want, instance)
        async with self._starting:
            await self._outside.engine.start_sandbox(render.sandbox(want, render.identity_of(instance), image, config))

    async def _start_run(self, step: StartRun, want: Desired, say: Say) -> None:
        if step.as_made:
            await self._start_as_made(step, want)
            return
        prepared = await self._preparation.prepare(want, step.container, say, anew=False)
        say(f"{step.container} is being started")
        async with self._starting:
            instance = await self._instance(want.name, step.pod)
            await self._outside.engine.start(render.container(want, instance, step.container, step.attempt, prepared))

    async def _start_as_made(self, step: StartRun, want: Desired) -> None:
        """Of an earlier revision nobody knows the document any more; the engine still has the run before."""
        async with self._starting:
            instance = await self._instance(want.name, step.pod)
            if before := instance.current(step.container):
                await self._outside.engine.repeat(before, step.attempt, instance.sandbox.started_at)

    async def _store_run(self, step: StoreRun, want: Desired) -> None:
        instance = await self._instance(want.name, step.pod)
        for run in instance.runs:
            if run.id == step.run_id:
                await last_words.keep(self._outside.engine, self._outside.run_logs, instance, run)
        await self._outside.engine.remove_run(step.run_id)

    async def _configure(self, instance: Instance, want: Desired) -> None:
        links = self._outside.links
        if instance.fingerprint == want.fingerprint:
            config = self._config(want, instance)
        else:
            config = render.kept(await links.config_of(instance), want, instance)
        await links.configure(instance, config)

    async def _drain(self, instance: Instance, want: Desired) -> None:
        """Shut the gate. The gateway stopped routing to it before this step was begun, so one that cannot be shut
        holds nobody, and the instance goes at once."""
        links, now = self._outside.links, self._outside.clock.now()
        try:
            config = await links.config_of(instance)
            await links.configure(instance, replace(config, draining_since=now, n=config.n + 1))
        except PodUnreachable as error:
            log.warning("service=%s %s", want.name, error)
            await self._remove(instance.name, want)
            return
        if want.service.enable_sigterm:
            for run in instance.currents:
                await self._outside.engine.signal(run.id, "SIGTERM")

    async def _remove(self, pod: str, want: Desired) -> None:
        instance = await self._instance(want.name, pod)
        if want.goal is not Goal.DELETE:
            await self._keep_logs(instance)
        await self._outside.engine.remove_pod(pod)
        self._outside.links.leave(pod)
        await self._outside.ownership.give_back(self._outside.places.binds(want), instance.created_at)

    async def _keep_logs(self, instance: Instance) -> None:
        for run in instance.runs:
            if run.state is not RunState.CREATED:
                await last_words.keep(self._outside.engine, self._outside.run_logs, instance, run)

    async def _instance(self, service: str, pod: str) -> Instance:
        for instance in self._outside.links.join(service, await self._outside.engine.observe(service)):
            if instance.name == pod:
                return instance
        raise NotFound(f'instance "{pod}" of service "{service}" is gone; nothing is left to do to it')


def _held(instances: Iterable[Instance]) -> frozenset[str]:
    return frozenset(chain.from_iterable(instance.gpus for instance in instances))
