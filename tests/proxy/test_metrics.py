"""The text Prometheus reads."""

import pytest

from eas_local.proxy.metrics import Family, Histogram, exposition


def a_histogram(*values: float) -> Histogram:
    histogram = Histogram((0.1, 1.0))
    for value in values:
        histogram.observe(value)
    return histogram


def test_a_family_has_its_help_its_type_and_a_line_for_each_sample():
    family = Family("eas_requests_total", "counter", "Requests.", [({"code": "200"}, 3), ({"code": "450"}, 1)])

    assert exposition([family]).splitlines() == [
        "# HELP eas_requests_total Requests.",
        "# TYPE eas_requests_total counter",
        'eas_requests_total{code="200"} 3',
        'eas_requests_total{code="450"} 1',
    ]


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (True, "1"), (12345678901.0, "12345678901"), (0.25, "0.25"), (1e-7, "1e-07")]
)
def test_no_digit_of_a_number_is_lost(value, text):
    assert exposition([Family("n", "gauge", "N.", [({}, value)])]).endswith(f"\nn {text}\n")


def test_a_label_may_hold_anything():
    sample = ({"service": 'a"b\\c\nd'}, 1)

    assert r'n{service="a\"b\\c\nd"} 1' in exposition([Family("n", "gauge", "N.", [sample])])


def test_each_bucket_of_a_histogram_counts_the_smaller_ones_in():
    family = Family("t_seconds", "histogram", "T.", [({"service": "demo"}, a_histogram(0.0625, 0.5, 0.25, 7.0))])

    assert exposition([family]).splitlines()[2:] == [
        't_seconds_bucket{service="demo",le="0.1"} 1',
        't_seconds_bucket{service="demo",le="1"} 3',
        't_seconds_bucket{service="demo",le="+Inf"} 4',
        't_seconds_sum{service="demo"} 7.8125',
        't_seconds_count{service="demo"} 4',
    ]


def test_a_value_on_a_bound_belongs_to_the_bucket_it_bounds():
    assert a_histogram(0.1, 1.0).counts == [1, 1, 0]
