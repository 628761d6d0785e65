"""What several workers count in one memory."""

import pytest

from eas_local.core.routes import Entry, RouteTable
from eas_local.core.service import GatewayPolicy
from eas_local.gateway.services import Services
from eas_local.gateway.shared_quota import SLOTS, SharedMemory, SharedQuota, Slots, create

WORKERS = 3


@pytest.fixture
def memory() -> SharedMemory:
    return create(WORKERS)


def a_quota(memory: SharedMemory, worker: int, slot: int = 0, **policy: float) -> SharedQuota:
    quota = SharedQuota(memory, lambda: slot, worker)
    quota.policy = GatewayPolicy(**policy)
    return quota


def test_the_running_requests_of_all_count(memory):
    workers = [a_quota(memory, worker, concurrency_limit=2) for worker in range(WORKERS)]

    assert [worker.enter(now=1) for worker in workers] == [True, True, False]
    workers[0].leave()
    assert workers[2].enter(now=1)


def test_all_take_from_one_bucket(memory):
    one, two = (a_quota(memory, worker, rate_limit=2) for worker in range(2))

    assert [quota.enter(now=10) for quota in (one, two, one)] == [True, True, False]
    assert two.enter(now=10.5)


def test_services_do_not_count_for_each_other(memory):
    slots = [0, 1, SLOTS - 1]
    quotas = [a_quota(memory, 0, slot, concurrency_limit=1, rate_limit=1) for slot in slots]

    assert all(quota.enter(now=1) for quota in quotas)
    assert [memory.running(slot) for slot in (0, 1, 2, SLOTS - 1)] == [1, 1, 0, 1]


def test_what_a_dead_worker_had_running_is_struck_out(memory):
    dead, other = (a_quota(memory, worker, concurrency_limit=2) for worker in range(2))
    dead.enter(now=1)
    other.enter(now=1)
    memory.strike_out([0], worker=0)

    assert memory.running(0) == 1


def test_a_service_keeps_its_slot_as_long_as_it_has_limits(memory):
    slots = Slots(memory)
    slots.assign({"a", "b"})
    before = dict(slots.by_name)
    slots.assign({"a", "b", "c"})

    assert before.items() < slots.by_name.items()
    assert len(set(slots.by_name.values())) == 3


def test_a_slot_is_given_on_empty_when_no_table_has_its_service(memory):
    slots = Slots(memory)
    slots.assign({"old"})
    quota = a_quota(memory, 0, rate_limit=1)
    quota.enter(now=1)
    slots.assign(set())
    slots.assign({"running"})
    assert slots.by_name["running"] != 0
    quota.leave()
    slots.assign({"running"})
    slots.assign({"running", "new"})

    assert slots.by_name == {"running": 1, "new": 0}
    assert memory.bucket(0) is None


def test_a_service_that_gets_limits_again_does_not_count_in_a_slot_that_was_given_on(memory):
    slots = Slots(memory)
    services = Services(lambda name: SharedQuota(memory, lambda: slots.by_name[name], worker=0))
    limits, none = GatewayPolicy(concurrency_limit=1), GatewayPolicy()

    def put(n: int, **policies: GatewayPolicy) -> None:
        slots.assign({name for name, policy in policies.items() if policy == limits})
        entries = (Entry(name, policy=policy) for name, policy in policies.items())
        services.put(RouteTable("e", n, tuple(entries)).to_json())

    put(1, a=limits, x=none)
    put(2, a=none, x=none)
    put(3, a=none, x=limits)
    put(4, a=limits, x=limits)

    assert slots.by_name == {"x": 0, "a": 1}
    a, x = (services.find(name).quota for name in (b"a", b"x"))
    assert x.enter(now=1)
    assert a.enter(now=1)
    a.leave()
    x.leave()
    assert [memory.running(slot) for slot in (0, 1)] == [0, 0]
