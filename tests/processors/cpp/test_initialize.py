"""`initialize`: what it is given, that it is waited for, and what becomes of a host where it fails."""

import os
from pathlib import Path

import pytest

from tests.processors.cpp.conftest import Start
from tests.scenarios.calling import dial

MODEL = "/eas/workspace/model/net.bin"


def test_it_is_given_the_model_and_its_config_as_they_are(launch: Start):
    config = '{"name": "grün",\n "layers": [1, 2]}'

    host = launch(config=config, EAS_HOST_MODEL=MODEL)
    host.ready()

    assert f"initialize({MODEL}, {config})" in host.log.read_text()
    assert host.call(b"config").body == config.encode()


def test_without_model_and_config_it_is_given_empty_texts(launch: Start):
    host = launch()
    host.ready()

    assert "initialize(, )" in host.lines


def test_the_log_is_that_of_the_platform(launch: Start):
    host = launch(EAS_HOST_WORKER_THREADS="3")
    host.ready()

    own = [line.split("] ", 1)[1] for line in host.lines if line.startswith("[")]

    assert own == [
        "[INFO] rpc binds to predefined port 8080",
        "[INFO] Processor api version: v2",
        "[INFO] Start 3 worker thread",
        "[INFO] Service start successfully",
    ]


def test_calls_and_the_ready_port_wait_until_it_returns(launch: Start, tmp_path: Path):
    model = tmp_path / "fifo"
    os.mkfifo(model)
    host = launch(config="read", EAS_HOST_MODEL=str(model))
    with model.open("wb") as written:  # opens when initialize does
        ready, answer = host.callers.submit(host.ready), host.begin(b"early")
        for one in (host.port, host.ready_port):
            dial(one).close()  # both ports are open
        assert not ready.done()
        assert not answer.done()
        written.write(b".")

    assert ready.result().json == {"worker_threads": 5}
    assert answer.result().body == b"early"


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("state 7", f'initialize of "libmoody.so" failed with state 7 for the model {MODEL}; '),
        ("throw", 'initialize of "libmoody.so" threw an exception: the model is missing a layer'),
        ("throw text", 'initialize of "libmoody.so" threw an exception that is no std::exception'),
    ],
)
def test_where_it_fails_the_host_ends_and_says_so(launch: Start, config: str, sentence: str):
    status, last = launch(config=config, EAS_HOST_MODEL=MODEL).ended()

    assert status == 1
    assert last.split(" [ERROR] ")[1].startswith(sentence)
