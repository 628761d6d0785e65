import os

import pytest

from eas_local.adapters.run_logs import MAX_BYTES, MAX_INSTANCES, MAX_RUNS, FileRunLogs
from eas_local.core.errors import NotFound
from eas_local.core.streams import KeptRun, LogLine


def a_log(*texts: str) -> list[LogLine]:
    return [LogLine(f"2024-01-01T00:00:0{number}.000000000Z", text) for number, text in enumerate(texts)]


def test_what_is_kept_is_read_again(tmp_path):
    lines = a_log("one", " two  spaces", "", "三")
    FileRunLogs(tmp_path).keep("demo", "pod-a", "worker0", 0, lines)

    assert FileRunLogs(tmp_path).read("demo", "pod-a", "worker0", 0) == lines


def test_a_line_with_a_line_break_within_stays_one_line(tmp_path):
    logs = FileRunLogs(tmp_path)
    logs.keep("demo", "pod-a", "worker0", 0, a_log("10%\r20%\x0b\u2028done"))

    assert len(logs.read("demo", "pod-a", "worker0", 0)) == 1


def test_nothing_was_kept_of_a_run_nobody_knows(tmp_path):
    assert FileRunLogs(tmp_path).read("demo", "pod-a", "worker0", 0) == []


def test_of_a_long_log_the_end_is_kept(tmp_path):
    logs = FileRunLogs(tmp_path)
    logs.keep("demo", "pod-a", "worker0", 0, a_log("x" * MAX_BYTES, "the end"))

    assert [line.text for line in logs.read("demo", "pod-a", "worker0", 0)] == ["the end"]


def test_of_many_runs_the_latest_are_kept(tmp_path):
    logs = FileRunLogs(tmp_path)
    for attempt in range(12):
        logs.keep("demo", "pod-a", "worker0", attempt, a_log("run"))
    logs.keep("demo", "pod-a", "worker1", 0, a_log("run"))

    kept = [attempt for attempt in range(12) if logs.read("demo", "pod-a", "worker0", attempt)]
    assert kept == list(range(12 - MAX_RUNS, 12))
    assert logs.read("demo", "pod-a", "worker1", 0)


def test_what_is_kept_is_listed(tmp_path):
    logs = FileRunLogs(tmp_path)
    assert logs.runs("demo") == []
    for pod, container, attempt in [("b", "worker0", 0), ("a", "worker0", 10), ("a", "worker0", 9)]:
        logs.keep("demo", pod, container, attempt, a_log("run"))
    logs.keep("other", "c", "worker0", 0, a_log("run"))

    assert logs.runs("demo") == [KeptRun("a", "worker0", 9), KeptRun("a", "worker0", 10), KeptRun("b", "worker0", 0)]


def test_half_a_file_of_a_killed_daemon_is_no_run(tmp_path):
    logs = FileRunLogs(tmp_path)
    logs.keep("demo", "a", "worker0", 0, a_log("run"))
    (tmp_path / "logs" / "demo" / "a" / ".worker0.1.log.x1y2").touch()

    assert logs.runs("demo") == [KeptRun("a", "worker0", 0)]


def test_of_many_instances_those_kept_last_stay(tmp_path):
    logs = FileRunLogs(tmp_path)
    for number in range(MAX_INSTANCES):
        logs.keep("demo", f"pod-{number}", "worker0", 0, a_log("run"))
        folder = tmp_path / "logs" / "demo" / f"pod-{number}"
        os.utime(folder, (number, number))

    logs.keep("demo", "pod-0", "worker0", 1, a_log("again"))
    logs.keep("demo", "pod-new", "worker0", 0, a_log("run"))

    pods = {run.pod for run in logs.runs("demo")}
    assert {"pod-0", "pod-new"} <= pods
    assert "pod-1" not in pods
    assert len(pods) == MAX_INSTANCES


def test_a_service_that_is_forgotten_takes_its_logs_along(tmp_path):
    logs = FileRunLogs(tmp_path)
    logs.keep("demo", "pod-a", "worker0", 0, a_log("one"))
    logs.keep("other", "pod-b", "worker0", 0, a_log("two"))

    logs.forget("demo")
    logs.forget("demo")

    assert logs.read("demo", "pod-a", "worker0", 0) == []
    assert logs.read("other", "pod-b", "worker0", 0)


@pytest.mark.parametrize("name", ["..", ".", "", "../../etc", "a/b", "a\0b", ".hidden", "x\n"])
def test_a_name_that_would_leave_its_folder_is_no_name(tmp_path, name):
    logs = FileRunLogs(tmp_path)

    for service, pod, container in [(name, "p", "c"), ("s", name, "c"), ("s", "p", name)]:
        with pytest.raises(NotFound, match="there is no log of"):
            logs.read(service, pod, container, 0)
    with pytest.raises(NotFound):
        logs.forget(name)
