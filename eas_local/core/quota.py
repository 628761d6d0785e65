"""What a service's gateway policy lets pass: concurrency first, which costs nothing, then the rate."""

from eas_local.core import rate
from eas_local.core.rate import Bucket
from eas_local.core.service import GatewayPolicy


def admit(policy: GatewayPolicy, running: int, bucket: Bucket, now: float) -> Bucket | None:
    """The rate's bucket after one more request beside those `running`; None where it must not pass.

    # Parity: gateway_policy counts over the whole service; 429 for both limits (eas-semantics 1.6, G for concurrency).
    """
    if policy.concurrency_limit is not None and running >= policy.concurrency_limit:
        return None
    return rate.take(bucket, policy.rate_limit, now) if policy.rate_limit else bucket
