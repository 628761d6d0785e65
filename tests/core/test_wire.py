"""What daemon and sidecar say to each other survives the journey, also between two releases."""

import json

import pytest

from eas_local.core.log_format import LogFormat
from eas_local.core.service import Check, CheckKind, Exec, HttpGet, Limits, TcpSocket
from eas_local.core.wire import SidecarConfig, SidecarState, Target

CHECKS = (
    Check(CheckKind.LIVENESS, HttpGet("/health", 8000), period=3),
    Check(CheckKind.READINESS, TcpSocket(8000)),
    Check(CheckKind.STARTUP, Exec(("sh", "-c", "true"))),
)
CONFIG = SidecarConfig(
    pod="demo-1-abcde",
    service="demo",
    secret="s",
    targets=(Target("worker0", 2, 8000, CHECKS), Target("worker1")),
    tokens=("blue", "green"),
    limits=Limits(worker_threads=5, workers_finish=True),
    log_format=LogFormat.JSON,
    n=4,
)
STATE = SidecarState(
    pod="demo-1-abcde",
    version="a-1",
    config_n=4,
    attempts=(("worker0", 2),),
    failing=(("worker0", "Liveness probe failed: no"),),
    listeners=(("0.0.0.0", 8000),),
)


def test_a_configuration_survives_its_journey():
    assert SidecarConfig.from_json(CONFIG.to_json()) == CONFIG


def test_a_state_survives_its_journey():
    assert SidecarState.from_json(STATE.to_json()) == STATE


def test_what_another_release_adds_is_passed_over_and_what_it_lacks_takes_the_default():
    config = json.loads(CONFIG.to_json())
    config["new"] = config["limits"]["new"] = config["targets"][0]["new"] = 1
    del config["limits"]["keepalive"], config["draining_since"]

    assert SidecarConfig.from_json(json.dumps(config)) == CONFIG


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pod": "a", "service": "b", "secret": "c", "targets": []}'])
def test_text_that_is_no_configuration_is_refused(text):
    with pytest.raises(ValueError, match=r"not a|Expecting"):
        SidecarConfig.from_json(text)


@pytest.mark.parametrize("text", ["", "[]", "{}"])
def test_text_that_is_no_state_is_refused(text):
    with pytest.raises(ValueError, match=r"not a|Expecting"):
        SidecarState.from_json(text)


def test_the_digest_tells_what_is_asked_for_and_not_who_asks():
    same = SidecarConfig.from_json(
        CONFIG.to_json().replace('"n": 4', '"n": 5').replace('"secret": "s"', '"secret": "t"')
    )

    assert same.digest == CONFIG.digest
    assert SidecarConfig.from_json(CONFIG.to_json().replace("blue", "red")).digest != CONFIG.digest
