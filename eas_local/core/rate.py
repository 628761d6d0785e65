"""Requests per second: a token bucket that holds one second's worth, and at least one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bucket:
    """`level` requests might pass at the time `at`."""

    level: float
    at: float


def full(limit: float, now: float) -> Bucket:
    return Bucket(_capacity(limit), now)


def take(bucket: Bucket, limit: float, now: float) -> Bucket | None:
    """The bucket after one more request, None where it must not pass.

    # Parity: above rpc.rate_limit per instance 429 (eas-semantics 1.3); how bursts count is not published.
    """
    level = min(_capacity(limit), bucket.level + (now - bucket.at) * limit)
    return Bucket(level - 1, now) if level >= 1 else None


def _capacity(limit: float) -> float:
    return max(limit, 1.0)
