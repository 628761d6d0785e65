"""What a gateway policy lets pass."""

from eas_local.core.quota import admit
from eas_local.core.rate import Bucket, full
from eas_local.core.service import GatewayPolicy


def test_without_limits_everything_passes():
    assert admit(GatewayPolicy(), 1000, Bucket(0, 1), now=1) == Bucket(0, 1)


def test_as_many_run_as_the_concurrency_limit_says():
    policy = GatewayPolicy(concurrency_limit=2)

    assert admit(policy, 1, full(0, 1), now=1)
    assert admit(policy, 2, full(0, 1), now=1) is None


def test_the_rate_is_taken_from_the_bucket():
    policy = GatewayPolicy(rate_limit=2)

    assert admit(policy, 1000, Bucket(1, 1), now=1) == Bucket(0, 1)
    assert admit(policy, 1000, Bucket(0, 1), now=1) is None
    assert admit(policy, 1000, Bucket(0, 1), now=2) == Bucket(1, 2)


def test_what_is_refused_for_concurrency_costs_no_rate():
    assert admit(GatewayPolicy(rate_limit=1, concurrency_limit=0), 0, Bucket(1, 1), now=1) is None
