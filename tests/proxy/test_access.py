"""One line per request: all that is told of it, and nothing that must not be."""

import io
import json

import pytest

from eas_local.core.log_format import LogFormat
from eas_local.proxy.access import MOST, AccessLog, Line
from tests.net import eventually

NOON = 1_785_672_000.25


def a_line(**changed) -> Line:
    line = Line(
        at=NOON,
        id="1f" * 16,
        method=b"POST",
        target=b"/api/predict/demo",
        service="demo",
        instance="demo-0",
        code=200,
        seconds=0.0123,
        queue_seconds=0.0021,
        upstream_seconds=0.0101,
        received=5,
        sent=1234567,
    )
    return line._replace(**changed)


def written(*lines: Line, log_format: LogFormat = LogFormat.TEXT) -> list[str]:
    """What is in the log a moment later; the moment itself is another test's."""
    out = io.StringIO()
    log = AccessLog(out, log_format)
    for line in lines:
        log.add(line)
    log.flush()
    return out.getvalue().splitlines()


async def test_a_line_tells_all_there_is_to_say():
    (line,) = written(a_line())

    assert line == (
        "2026-08-02T12:00:00.250Z demo demo-0 POST /api/predict/demo 200 12.3ms"
        f" queue=2.1ms upstream=10.1ms in=5 out=1234567 id={'1f' * 16}"
    )


async def test_in_json_every_field_has_a_key():
    (line,) = written(a_line(), log_format=LogFormat.JSON)

    assert json.loads(line) == {
        "at": "2026-08-02T12:00:00.250Z",
        "id": "1f" * 16,
        "method": "POST",
        "target": "/api/predict/demo",
        "service": "demo",
        "instance": "demo-0",
        "code": 200,
        "seconds": 0.0123,
        "queue_seconds": 0.0021,
        "upstream_seconds": 0.0101,
        "received": 5,
        "sent": 1234567,
        "warning": "",
    }


@pytest.mark.parametrize("log_format", LogFormat)
@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (b"/a?key=hidden&b=hidden", "/a?key=***&b=***"),
        (b"/a?key=hidden=hidden;c=hidden", "/a?key=***"),
        (b"/a?flag", "/a?flag"),
        (b"/%20a", "/%20a"),
        (b"/caf\xe9\x9b31m", "/caf\\xe9\\x9b31m"),
    ],
)
async def test_values_of_a_query_are_not_told_and_no_byte_can_drive_a_terminal(target, shown, log_format):
    (line,) = written(a_line(target=target), log_format=log_format)

    assert (json.loads(line)["target"] if log_format is LogFormat.JSON else line.split()[4]) == shown


async def test_a_warning_stands_before_its_line():
    warning, line = written(a_line(code=499, warning="connection is closed: End of file"))

    assert warning == "2026-08-02T12:00:00.250Z [WARN] connection is closed: End of file"
    assert " 499 " in line


async def test_what_is_not_known_leaves_no_gap():
    assert " - - POST " in written(a_line(service="", instance=""))[0]


async def test_the_next_second_has_its_own_date():
    times = [line.split()[0] for line in written(a_line(), a_line(at=NOON + 0.5), a_line(at=NOON + 1))]

    assert times == ["2026-08-02T12:00:00.250Z", "2026-08-02T12:00:00.750Z", "2026-08-02T12:00:01.250Z"]


async def test_lines_are_written_a_moment_later_and_many_at_once():
    out = io.StringIO()
    log = AccessLog(out)
    log.add(a_line())
    assert out.getvalue() == ""
    await eventually(lambda: out.getvalue().count("\n") == 1, "the line is written")
    for _ in range(MOST):
        log.add(a_line())
    assert out.getvalue().count("\n") == 1 + MOST


async def test_a_log_that_cannot_be_written_stops_nobody():
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    log = AccessLog(Full())
    for _ in range(MOST + 1):
        log.add(a_line())
    log.flush()
