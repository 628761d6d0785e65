"""What sidecars are asked and told, over HTTP at the control ports of their pods, and how that can fail."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp

from eas_local.core.errands import ErrandReport
from eas_local.core.errors import Temporary
from eas_local.core.instance import Address
from eas_local.core.wire import SidecarConfig, SidecarState

WAIT = 30.0
UNHEARD = (aiohttp.ClientError, TimeoutError, OSError, ValueError)
"""What a question ends in that no sidecar of ours has answered."""


class PodUnreachable(Temporary):
    """A sidecar that must be told something does not answer."""

    reason = "SidecarUnreachable"


class Refused(ValueError):
    """The sidecar does not take us for its daemon."""


class Sidecars:
    """Each is named by its pod and found at an address. `key` is this home's own."""

    def __init__(self, session: aiohttp.ClientSession, key: bytes) -> None:
        self._session = session
        self._key = key

    def secret(self, pod: str) -> str:
        """The pod's control secret, derived, so that nobody has to remember it."""
        return hmac.new(self._key, pod.encode(), "sha256").hexdigest()

    async def state(self, pod: str, address: Address, after: str) -> SidecarState:
        """As soon as it is another than `after`. Raises one of UNHEARD, for an answer too that is none, or another pod's:
        addresses are reused at once."""
        async with self._session.get(
            f"http://{address}/v1/state",
            params={"after": after, "wait": str(int(WAIT))},
            headers=self._headers(pod),
            timeout=aiohttp.ClientTimeout(total=WAIT + 10, connect=2),
        ) as answer:
            if answer.status == 401:
                raise Refused("it refuses the key of this home")
            if answer.status != 200:
                raise ValueError(f"status {answer.status}")
            state = SidecarState.from_json(await answer.read())
        if state.pod != pod:
            raise ValueError(f"{state.pod} answers there")
        return state

    async def config(self, pod: str, address: Address) -> SidecarConfig:
        """The configuration in force. Raises PodUnreachable."""
        try:
            async with self._session.get(f"http://{address}/v1/config", headers=self._headers(pod)) as answer:
                return SidecarConfig.from_json(await answer.read())
        except UNHEARD as error:
            raise PodUnreachable(
                f"instance {pod}: its sidecar at {address} does not answer ({error}); it is asked again"
            ) from error

    async def configure(self, pod: str, address: Address, config: SidecarConfig) -> SidecarState:
        """The state that follows. Raises PodUnreachable where the sidecar does not take it."""
        with _reaching(pod, address):
            async with self._session.put(
                f"http://{address}/v1/config", data=config.to_json(), headers=self._headers(pod)
            ) as answer:
                status, body = answer.status, await answer.read()
        if status != 200:
            raise PodUnreachable(f"instance {pod}: its sidecar refused configuration {config.n}: {body[:200]!r}")
        return SidecarState.from_json(body)

    async def report(self, pod: str, address: Address, report: ErrandReport) -> None:
        """Raises PodUnreachable where the sidecar does not take it."""
        with _reaching(pod, address):
            async with self._session.post(
                f"http://{address}/v1/reports", data=report.to_json(), headers=self._headers(pod)
            ) as answer:
                status = answer.status
        if status != 200:
            raise PodUnreachable(f"instance {pod}: its sidecar refused a report: status {status}")

    def _headers(self, pod: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret(pod)}"}


@contextmanager
def _reaching(pod: str, address: Address) -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise PodUnreachable(f"instance {pod}: its sidecar at {address} does not answer ({error})") from error
