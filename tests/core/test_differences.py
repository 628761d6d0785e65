import pytest

from eas_local.core import differences


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ('{"metadata": {"cpu": 1}}', '{"metadata.cpu": 2}', "metadata.cpu: 1 -> 2"),
        ('{"containers": [{"port": 1}]}', '{"containers": [{"port": 2}]}', "containers[0].port: 1 -> 2"),
        ('{"containers": [{}]}', '{"containers": [{}, {"port": 2}]}', 'containers[1]: (none) -> {"port": 2}'),
        ('{"metadata": {"cpu": 1}}', '{"metadata": {}}', "metadata.cpu: 1 -> (none)"),
        ('{"token": "a"}', '{"token": "b"}', "token: ... -> ..."),
    ],
)
def test_a_field_that_differs_is_a_line_with_both_values(before, after, line):
    assert differences.lines(before, after) == [line]


def test_another_spelling_is_no_difference():
    assert differences.lines('{"name": "demo" // lenient\n}', '{"metadata": {"name": "demo"}}') == []
