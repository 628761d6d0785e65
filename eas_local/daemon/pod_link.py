"""The daemon's lines to the sidecars: one long poll per pod, and what is made of the answers.

The daemon dials, the sidecar never does. A line that breaks is dialled again at once: a sidecar that has died is started
again in place, so the last state stands for a moment. After that it stands for nothing, and the pod counts as not ready.
What a sidecar needs to have done is begun as soon as it says so; that alone is no news to anybody else.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import aiohttp

from eas_local.core.instance import Address, Instance
from eas_local.core.wire import SidecarConfig, SidecarState
from eas_local.daemon.errands import Errands, Execute
from eas_local.daemon.sidecars import UNHEARD, PodUnreachable, Refused, Sidecars

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds; a sidecar that has died is started again within a few tenths of one."""


@dataclass(slots=True)
class _Line:
    """`instance` is as it was last seen. `estranged`: the sidecar has refused us."""

    instance: Instance
    address: Address
    errands: Errands
    task: asyncio.Task[None]
    state: SidecarState | None = None
    estranged: bool = False

    def meet(self, instance: Instance) -> None:
        """It has been seen again, perhaps with the run that an errand is about."""
        self.instance = instance
        self.errands.heed(instance, self.state.errands if self.state else ())

    def hear(self, state: SidecarState) -> bool:
        """Whether that is news."""
        known, self.state, self.estranged = self.state, state, False
        self.errands.heed(self.instance, state.errands)
        return known is None or _news(known) != _news(state)

    def end(self) -> list[asyncio.Task[None]]:
        """What comes to its end now."""
        self.task.cancel()
        return [self.task, *self.errands.stop()]


class PodLinks:
    """Lines to every pod whose sandbox runs. `wake(service)` is called when one has news, `execute` runs a command in a
    run of a container."""

    def __init__(
        self, session: aiohttp.ClientSession, key: bytes, wake: Callable[[str], None], execute: Execute
    ) -> None:
        self._sidecars = Sidecars(session, key)
        self._wake = wake
        self._execute = execute
        self._lines: dict[str, _Line] = {}
        self._heard = asyncio.Condition()

    def secret(self, pod: str) -> str:
        """What its sidecar knows its daemon by."""
        return self._sidecars.secret(pod)

    def join(self, service: str, have: Iterable[Instance]) -> list[Instance]:
        """The instances with what their sidecars last said; lines are opened and closed to match."""
        instances = list(have)
        there = {instance.name for instance in instances}
        for pod in [pod for pod, line in self._lines.items() if line.instance.service == service and pod not in there]:
            self.leave(pod)
        for instance in instances:
            self._follow(instance)
        return [self._with_line(instance) for instance in instances]

    def leave(self, pod: str) -> None:
        """The pod is gone."""
        if line := self._lines.pop(pod, None):
            line.end()

    async def meet(self, pods: Iterable[str], within: float) -> None:
        """Wait until each of these pods has been heard, `within` seconds at most."""
        names = list(pods)
        async with self._heard:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._heard.wait_for(lambda: all(map(self._has_spoken, names)))

    async def configure(self, instance: Instance, config: SidecarConfig) -> None:
        """Raises PodUnreachable where the sidecar does not take it."""
        state = await self._sidecars.configure(instance.name, _address(instance), config)
        await self._hear(instance.service, instance.name, state)

    async def config_of(self, instance: Instance) -> SidecarConfig:
        """The configuration in force. Raises PodUnreachable."""
        return await self._sidecars.config(instance.name, _address(instance))

    async def close(self) -> None:
        lines, self._lines = self._lines, {}
        await asyncio.gather(*(task for line in lines.values() for task in line.end()), return_exceptions=True)

    def _follow(self, instance: Instance) -> None:
        address = instance.sandbox.control if instance.sandbox.running else None
        line = self._lines.get(instance.name)
        if line and line.address == address and not line.task.done():
            line.meet(instance)
            return
        self.leave(instance.name)
        if address is not None:
            self._lines[instance.name] = self._dial(instance, address)

    def _dial(self, instance: Instance, address: Address) -> _Line:
        listening = self._listen(instance.service, instance.name, address)
        return _Line(
            instance,
            address,
            Errands(self._execute, partial(self._sidecars.report, instance.name, address)),
            asyncio.create_task(listening, name=f"link {instance.name}"),
        )

    async def _listen(self, service: str, pod: str, address: Address) -> None:
        now = asyncio.get_running_loop().time
        version, silent_since = "", now()
        while True:
            asked_at = now()
            try:
                state = await self._sidecars.state(pod, address, version)
            except UNHEARD as error:
                silent_since = silent_since or silent_from(error, asked_at, now())
                if isinstance(error, Refused) or now() - silent_since >= PATIENCE:
                    await self._lost(service, pod, error)
                version = ""
                await asyncio.sleep(retry_pause(now() - silent_since))
            else:
                version, silent_since = state.version, 0.0
                await self._hear(service, pod, state)

    async def _hear(self, service: str, pod: str, state: SidecarState) -> None:
        line = self._lines.get(pod)
        news = line is None or line.hear(state)
        async with self._heard:
            self._heard.notify_all()
        if news:
            self._wake(service)

    async def _lost(self, service: str, pod: str, error: Exception) -> None:
        line = self._lines.get(pod)
        refused = isinstance(error, Refused)
        if line is None or (line.state is None and line.estranged is refused):
            return
        log.info("instance=%s service=%s sidecar lost: %s", pod, service, error)
        line.state, line.estranged = None, refused
        self._wake(service)

    def _with_line(self, instance: Instance) -> Instance:
        line = self._lines.get(instance.name)
        return instance.with_link(line.state, estranged=line.estranged) if line else instance

    def _has_spoken(self, pod: str) -> bool:
        line = self._lines.get(pod)
        return line is None or line.state is not None or line.estranged


def _news(state: SidecarState) -> tuple[object, ...]:
    return replace(state, errands=()).news


def silent_from(error: Exception, asked_at: float, now: float) -> float:
    """One that hangs up was there until now, however long ago it was asked; one that lets its time pass was not."""
    return asked_at if isinstance(error, TimeoutError) else now


def retry_pause(silence: float) -> float:
    """Seconds until a silent sidecar is dialled again: a tenth of the silence, so that a new one is heard at once."""
    return min(max(silence / 10, 0.01), 1.0)


def _address(instance: Instance) -> Address:
    if instance.sandbox.control is None:
        raise PodUnreachable(f"instance {instance.name}: its sandbox does not run; it is started again by itself")
    return instance.sandbox.control
