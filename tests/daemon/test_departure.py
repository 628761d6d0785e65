"""How the daemon goes: what it takes along, and what keeps it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from eas_local.core.desired import Change
from eas_local.core.errors import DiskFull, EngineDown
from eas_local.daemon.departure import Departure
from tests.builders import a_desired
from tests.daemon.emulator import Emulator, running

DEMO = a_desired()


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with running(Emulator()) as emulator:
        emulator.want(DEMO)
        await emulator.state("Running")
        yield emulator


@pytest.fixture
def stop() -> asyncio.Event:
    return asyncio.Event()


def departure(emulator, stop):
    return Departure(emulator.store, emulator.reconciler, emulator.outside, stop)


async def ended(stop):
    async with asyncio.timeout(5):
        await stop.wait()


async def test_the_pods_go_and_the_services_are_there_for_the_next_daemon(emulator, stop):
    await departure(emulator, stop)(purge=False)
    await ended(stop)
    assert await emulator.engine.observe() == []
    assert emulator.store.find("demo").change is Change.START


async def test_a_purge_leaves_nothing_to_remember(emulator, stop):
    emulator.run_logs.kept["demo", "worker0", 0] = ["boom"]
    await departure(emulator, stop)(purge=True)
    await ended(stop)
    assert await emulator.engine.observe() == []
    assert emulator.store.names() == []
    assert emulator.run_logs.kept == {}


async def test_a_full_disk_keeps_nobody_from_leaving(emulator, stop):
    def full(_desired):
        raise DiskFull("the disk is full; free some space")

    emulator.store.put = full
    await departure(emulator, stop)(purge=False)
    await ended(stop)
    assert await emulator.engine.observe() == []


async def test_an_engine_that_is_down_keeps_only_a_purge(emulator, stop):
    emulator.engine.down = True
    with pytest.raises(EngineDown):
        await departure(emulator, stop)(purge=True)
    assert not stop.is_set()
    await departure(emulator, stop)(purge=False)
    await ended(stop)
