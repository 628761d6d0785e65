"""Lock and listening sockets change hands over a real socket; who takes copies learns how their owner went."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from eas_local.adapters.heritage import Heir, claim, offer


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@asynccontextmanager
async def offered(door: Path, listener: socket.socket) -> AsyncIterator["asyncio.Task[None]"]:
    """Somebody offers a lock and his listener for the length of the block, or until an heir serves."""
    with (door.parent / "lock").open("w") as lock:
        offering = asyncio.create_task(offer(door, lock.fileno(), [listener]))
        try:
            yield offering
        finally:
            offering.cancel()
            with suppress(asyncio.CancelledError):
                await offering


async def claimed(door: Path) -> Heir:
    """The door is open as soon as the offer's first step has been taken."""
    await asyncio.sleep(0)
    heir = await asyncio.to_thread(claim, door)
    assert heir is not None
    return heir


async def test_an_heir_that_serves_ends_the_offer_and_listens_where_the_owner_did(tmp_path, listener):
    async with offered(tmp_path / "door", listener) as offering:
        heir = await claimed(tmp_path / "door")
        heir.enter()
        async with asyncio.timeout(5):
            await offering

    assert [one.getsockname() for one in heir.listeners] == [listener.getsockname()]
    heir.renounce()


async def test_a_keeper_of_copies_is_in_no_heirs_way_and_hears_that_the_owner_went_in_good_order(tmp_path, listener):
    async with offered(tmp_path / "door", listener) as offering:
        keeper, heir = await claimed(tmp_path / "door"), await claimed(tmp_path / "door")
        heir.enter()
        async with asyncio.timeout(5):
            await offering

        assert not await keeper.outlives()

    keeper.renounce()
    heir.renounce()


async def test_a_keeper_of_copies_hears_that_an_owner_was_told_to_end(tmp_path, listener):
    async with offered(tmp_path / "door", listener):
        keeper = await claimed(tmp_path / "door")

    assert not await keeper.outlives()
    keeper.renounce()


async def test_an_owner_that_goes_without_a_word_is_outlived(tmp_path, listener):
    ours, theirs = socket.socketpair()
    keeper = Heir(os.open(tmp_path, os.O_RDONLY), (listener.dup(),), ours)

    theirs.close()

    assert await keeper.outlives()
    keeper.renounce()


def test_nobody_has_anything_to_give(tmp_path):
    assert claim(tmp_path / "door") is None
