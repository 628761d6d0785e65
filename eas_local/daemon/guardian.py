"""Sees to it that the gateway's address stays open: where the gateway is killed, another takes its place.

The daemon keeps copies of the gateway's lock and listening sockets. When the gateway goes without a word, clients that
connect wait in the kernel while the next gateway starts, which takes over the very same sockets; only what was in flight is
lost. A gateway that ends because it was told to, or because another has followed it, is let go.
"""

import asyncio
import logging
from contextlib import suppress
from subprocess import Popen

from eas_local.adapters import launch
from eas_local.adapters.heritage import Heir, claim, offer
from eas_local.adapters.launch import START_LIMIT
from eas_local.adapters.settings import Settings

log = logging.getLogger(__name__)

AGAIN = 0.05


class Guardian:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def keep(self) -> None:
        """For ever."""
        while True:
            heir = await asyncio.to_thread(claim, self._settings.heir_socket)
            if heir is None:
                await asyncio.sleep(AGAIN)
                continue
            try:
                await self._guard(heir)
            except OSError as error:
                log.warning("the gateway cannot be followed: %s", error)

    async def _guard(self, heir: Heir) -> None:
        """Until a gateway ends that was told to, or none can be started. What is held of one is let go when the next one
        has given its own."""
        following: Heir | None = heir
        while following:
            heir = following
            try:
                following = await self._followed(heir) if await heir.outlives() else None
            finally:
                heir.renounce()

    async def _followed(self, heir: Heir) -> Heir | None:
        """What the next gateway has given. None where there is none: then the sockets are closed, so that clients are refused
        and do not wait for nobody."""
        log.warning("the gateway was killed; another takes its place")
        while process := await self._started(heir):
            while process.poll() is None:
                if following := await asyncio.to_thread(claim, self._settings.heir_socket):
                    log.info("the gateway is process %d now", process.pid)
                    return following
                await asyncio.sleep(AGAIN)
        log.error("the gateway cannot be started; eas-local up -d starts it and says why")
        return None

    async def _started(self, heir: Heir) -> "Popen[bytes] | None":
        """One that serves on what we hold."""
        process = launch.next_gateway(self._settings)
        handing_over = asyncio.create_task(offer(self._settings.heir_socket, heir.lock, heir.listeners))
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(START_LIMIT):
                    while not handing_over.done() and process.poll() is None:
                        await asyncio.wait((handing_over,), timeout=AGAIN)
            return process if handing_over.done() else None
        finally:
            if not handing_over.done():
                process.kill()
            handing_over.cancel()
            await asyncio.gather(handing_over, return_exceptions=True)
