"""The requests of services as their policies count them, where several workers are one gateway: in memory they share.

A service with a policy has a slot: its rate bucket, and for each worker the requests it has running. A worker counts up
under the slot's lock, which the kernel gives back however its holder dies; it counts down without, for nobody else writes
its number. What a dead worker had running is struck out before another takes its place.
"""

import fcntl
import mmap
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from eas_local.core import quota, rate
from eas_local.core.rate import Bucket
from eas_local.core.service import GatewayPolicy

SLOTS = 65_536
_BUCKET = 16  # bytes of two doubles: level and time
_NUMBER = 4


class SharedMemory:
    """A nameless file of all slots; only what is written takes room. `descriptor` is what workers are given."""

    def __init__(self, descriptor: int, workers: int) -> None:
        self.descriptor = descriptor
        size = _size(workers)
        self._workers = workers
        self._doubles = memoryview(mmap.mmap(descriptor, SLOTS * size)).cast("d")
        self._numbers = memoryview(mmap.mmap(descriptor, SLOTS * size)).cast("I")
        self._stride = size // _NUMBER

    @contextmanager
    def locked(self, slot: int) -> Iterator[None]:
        fcntl.lockf(self.descriptor, fcntl.LOCK_EX, 1, slot)
        try:
            yield
        finally:
            fcntl.lockf(self.descriptor, fcntl.LOCK_UN, 1, slot)

    def bucket(self, slot: int) -> Bucket | None:
        """None where the slot is new."""
        level, at = self._doubles[slot * self._stride // 2 :][:2]
        return Bucket(level, at) if at else None

    def fill(self, slot: int, bucket: Bucket) -> None:
        place = slot * self._stride // 2
        self._doubles[place], self._doubles[place + 1] = bucket.level, bucket.at

    def running(self, slot: int) -> int:
        begin = slot * self._stride + _BUCKET // _NUMBER
        return sum(self._numbers[begin : begin + self._workers])

    def add(self, slot: int, worker: int, count: int) -> None:
        self._numbers[slot * self._stride + _BUCKET // _NUMBER + worker] += count

    def strike_out(self, slots: Iterable[int], worker: int) -> None:
        """What it had running is running no more."""
        for slot in slots:
            self._numbers[slot * self._stride + _BUCKET // _NUMBER + worker] = 0


def create(workers: int) -> SharedMemory:
    with tempfile.TemporaryFile() as file:
        file.truncate(SLOTS * _size(workers))
        return SharedMemory(os.dup(file.fileno()), workers)


def _size(workers: int) -> int:
    """Of a slot, in whole doubles."""
    return _BUCKET + (workers + workers % 2) * _NUMBER


class SharedQuota:
    """One service's, as one worker counts it. Its slot may be another when it has had no policy for a while; not while
    something runs."""

    def __init__(self, memory: SharedMemory, find_slot: Callable[[], int], worker: int) -> None:
        self._memory = memory
        self._find_slot = find_slot
        self._slot = -1
        self._worker = worker
        self.policy = GatewayPolicy()

    def enter(self, now: float) -> bool:
        memory, policy = self._memory, self.policy
        self._slot = slot = self._find_slot()
        with memory.locked(slot):
            bucket = memory.bucket(slot) or rate.full(policy.rate_limit or 0, now)
            taken = quota.admit(policy, memory.running(slot), bucket, now)
            if taken is None:
                return False
            memory.fill(slot, taken)
            memory.add(slot, self._worker, 1)
            return True

    def leave(self) -> None:
        self._memory.add(self._slot, self._worker, -1)


class Slots:
    """Which service has which slot, as all workers are told. One is given on when nobody can count in it any more."""

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory
        self._before: set[str] = set()
        self._free: list[int] = []
        self.by_name: dict[str, int] = {}

    def assign(self, names: set[str]) -> None:
        """To the services of a new table that have a policy. Raises ValueError where they are too many."""
        if len(names) > SLOTS // 2:
            raise ValueError(f"{len(names)} services have limits; several workers together can count {SLOTS // 2}")
        for name in self.by_name.keys() - names - self._before:  # no worker's table has it
            if not self._memory.running(self.by_name[name]):
                self._free.append(self.by_name.pop(name))
        for name in names - self.by_name.keys():
            slot = self._free.pop() if self._free else len(self.by_name)
            self._memory.fill(slot, Bucket(0, 0))
            self.by_name[name] = slot
        self._before = names
