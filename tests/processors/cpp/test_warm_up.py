"""The recorded request: replayed before the host is ready, and what keeps it from ever being so."""

from pathlib import Path

import pytest

from tests.processors.cpp.conftest import Start


def test_a_good_one_is_replayed_five_times_before_it_is_ready(launch: Start, tmp_path: Path):
    (tmp_path / "request").write_bytes(b"print \0")
    host = launch(EAS_HOST_WARM_UP=str(tmp_path / "request"))

    assert host.ready().status == 200
    assert host.lines.count("print \0") == 5
    assert host.monitor()["requests"] == 0


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        (b"status 503", "with 503: status 503"),
        (b"throw", "with 400: the model is missing a layer"),
        (b"", "with 400: "),
    ],
)
def test_with_a_bad_one_it_is_never_ready_and_says_why(launch: Start, tmp_path: Path, recorded: bytes, said: str):
    (tmp_path / "request").write_bytes(recorded)
    host = launch(EAS_HOST_WARM_UP=str(tmp_path / "request"))
    sentence = f"process answered the recorded request of warm_up_data_path {said}; record another or mend process"

    for _ in range(2):
        reply = host.ready()
        assert (reply.status, reply.json) == (503, {"failure": sentence})
    assert host.lines[-1].endswith(f" [ERROR] {sentence}")
    assert host.process.poll() is None


def test_one_that_is_not_there_keeps_it_unready_too(launch: Start):
    reply = launch(EAS_HOST_WARM_UP="/no/such/request").ready()

    assert (reply.status, "cannot be read at /no/such/request" in reply.text) == (503, True)
