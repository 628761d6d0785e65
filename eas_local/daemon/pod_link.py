"""The daemon's line to the sidecars: one long poll per pod, and the configuration it sends them.

The daemon dials, the sidecar never does. A line that breaks is dialled again; while it is down the last state stands for
nothing (the pod counts as not ready) unless the pod can still be reached for requests, which the gateway finds out itself.
What a sidecar needs to have done is begun as soon as it says so; that alone is no news to anybody else.
"""

import asyncio
import hmac
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import aiohttp

from eas_local.core.errands import ErrandReport
from eas_local.core.errors import Temporary
from eas_local.core.instance import Address, Instance
from eas_local.core.wire import SidecarConfig, SidecarState
from eas_local.daemon.errands import Errands, Execute

log = logging.getLogger(__name__)

WAIT = 30.0


class PodUnreachable(Temporary):
    """A sidecar that must be told something does not answer."""

    reason = "SidecarUnreachable"


class _Refused(ValueError):
    """The sidecar does not take us for its daemon."""


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
        self._session = session
        self._key = key
        self._wake = wake
        self._execute = execute
        self._lines: dict[str, _Line] = {}
        self._heard = asyncio.Condition()

    def secret(self, pod: str) -> str:
        """The pod's control secret, derived, so that nobody has to remember it."""
        return hmac.new(self._key, pod.encode(), "sha256").hexdigest()

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
        address = self._address(instance)
        try:
            async with self._session.put(
                f"http://{address}/v1/config", data=config.to_json(), headers=self._headers(instance.name)
            ) as answer:
                body = await answer.read()
                if answer.status != 200:
                    raise PodUnreachable(
                        f"instance {instance.name}: its sidecar refused configuration {config.n}: {body[:200]!r}"
                    )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PodUnreachable(
                f"instance {instance.name}: its sidecar at {address} does not answer ({error})"
            ) from error
        await self._hear(instance.service, instance.name, SidecarState.from_json(body))

    async def config_of(self, instance: Instance) -> SidecarConfig:
        """The configuration in force. Raises PodUnreachable."""
        address = self._address(instance)
        try:
            async with self._session.get(f"http://{address}/v1/config", headers=self._headers(instance.name)) as answer:
                return SidecarConfig.from_json(await answer.read())
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _silent(instance, error) from error

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
            Errands(self._execute, partial(self._report, instance.name, address)),
            asyncio.create_task(listening, name=f"link {instance.name}"),
        )

    async def _listen(self, service: str, pod: str, address: Address) -> None:
        now = asyncio.get_running_loop().time
        version, heard_at = "", now()
        while True:
            try:
                state = await self._ask(pod, address, version)
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                await self._lost(service, pod, error)
                version = ""
                await asyncio.sleep(retry_pause(now() - heard_at))
            else:
                version, heard_at = state.version, now()
                await self._hear(service, pod, state)

    async def _ask(self, pod: str, address: Address, version: str) -> SidecarState:
        """Raises ValueError for an answer that is none, or another pod's: addresses are reused at once."""
        async with self._session.get(
            f"http://{address}/v1/state",
            params={"after": version, "wait": str(int(WAIT))},
            headers=self._headers(pod),
            timeout=aiohttp.ClientTimeout(total=WAIT + 10, connect=2),
        ) as answer:
            if answer.status == 401:
                raise _Refused("it refuses the key of this home")
            if answer.status != 200:
                raise ValueError(f"status {answer.status}")
            state = SidecarState.from_json(await answer.read())
        if state.pod != pod:
            raise ValueError(f"{state.pod} answers there")
        return state

    async def _hear(self, service: str, pod: str, state: SidecarState) -> None:
        line = self._lines.get(pod)
        news = line is None or line.hear(state)
        async with self._heard:
            self._heard.notify_all()
        if news:
            self._wake(service)

    async def _lost(self, service: str, pod: str, error: Exception) -> None:
        line = self._lines.get(pod)
        refused = isinstance(error, _Refused)
        if line is None or (line.state is None and line.estranged is refused):
            return
        log.info("instance=%s service=%s sidecar lost: %s", pod, service, error)
        line.state, line.estranged = None, refused
        self._wake(service)

    async def _report(self, pod: str, address: Address, report: ErrandReport) -> None:
        """Raises PodUnreachable where the sidecar does not take it."""
        try:
            async with self._session.post(
                f"http://{address}/v1/reports", data=report.to_json(), headers=self._headers(pod)
            ) as answer:
                if answer.status != 200:
                    raise PodUnreachable(f"instance {pod}: its sidecar refused a report: status {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PodUnreachable(f"instance {pod}: its sidecar at {address} does not answer ({error})") from error

    def _address(self, instance: Instance) -> Address:
        if instance.sandbox.control is None:
            raise PodUnreachable(f"instance {instance.name}: its sandbox does not run; it is started again by itself")
        return instance.sandbox.control

    def _with_line(self, instance: Instance) -> Instance:
        line = self._lines.get(instance.name)
        return instance.with_link(line.state, estranged=line.estranged) if line else instance

    def _has_spoken(self, pod: str) -> bool:
        line = self._lines.get(pod)
        return line is None or line.state is not None or line.estranged

    def _headers(self, pod: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret(pod)}"}


def _news(state: SidecarState) -> tuple[object, ...]:
    return replace(state, errands=()).news


def retry_pause(silence: float) -> float:
    """Seconds until a silent sidecar is dialled again: a tenth of the silence, so that a new one is heard at once."""
    return min(max(silence / 10, 0.01), 1.0)


def _silent(instance: Instance, error: Exception) -> PodUnreachable:
    where = instance.sandbox.control
    return PodUnreachable(
        f"instance {instance.name}: its sidecar at {where} does not answer ({error}); it is asked again"
    )
