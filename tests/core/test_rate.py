"""One second's worth at once, then as they come in."""

import pytest

from eas_local.core.rate import Bucket, full, take


def passed(limit: float, times: list[float]) -> str:
    """A mark for each request: + for one that passes."""
    bucket, marks = full(limit, now=0), ""
    for now in times:
        taken = take(bucket, limit, now)
        marks += "+" if taken else "-"
        bucket = taken or bucket
    return marks


@pytest.mark.parametrize(
    ("limit", "times", "marks"),
    [
        (2, [0, 0, 0, 0], "++--"),
        (2, [0, 0, 0.4, 0.5, 0.9, 1.0], "++-+-+"),
        (2, [0, 0, 100, 100, 100], "++++-"),
        (0.5, [0, 1, 2, 3, 4], "+-+-+"),
    ],
)
def test_a_bucket_holds_one_second_and_at_least_one_request(limit, times, marks):
    assert passed(limit, times) == marks


def test_a_request_that_does_not_pass_costs_nothing():
    assert take(Bucket(level=0.5, at=0), limit=1, now=0) is None
    assert take(Bucket(level=0.5, at=0), limit=1, now=0.5) == Bucket(level=0, at=0.5)
