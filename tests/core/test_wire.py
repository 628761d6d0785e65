"""What daemon and sidecar say to each other survives the journey, also between two releases."""

import json
from dataclasses import replace

import pytest

from eas_local.core.errands import Errand, ErrandReport
from eas_local.core.log_format import LogFormat
from eas_local.core.service import Check, CheckKind, Exec, HttpGet, Initialized, Limits, TcpSocket
from eas_local.core.wire import ProbeReport, SidecarConfig, SidecarState, Target

CHECKS = (
    Check(CheckKind.LIVENESS, HttpGet("/health", 8000), period=3),
    Check(CheckKind.READINESS, TcpSocket(8000)),
    Check(CheckKind.STARTUP, Exec(("sh", "-c", "true"))),
    Check(CheckKind.READINESS, Initialized(28090)),
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
    worker_threads=5,
    listeners=(("0.0.0.0", 8000),),
    probes=(ProbeReport("worker0", CheckKind.LIVENESS, "failing", "+---", "no"),),
    errands=(Errand("e1", "worker0", 2, ("cat", "/tmp/ready"), 1),),
)


def test_a_configuration_survives_its_journey():
    assert SidecarConfig.from_json(CONFIG.to_json()) == CONFIG


def test_a_state_survives_its_journey():
    assert SidecarState.from_json(STATE.to_json()) == STATE


def test_a_report_survives_its_journey():
    report = ErrandReport("e1", "cat: /tmp/ready: No such file or directory", 0.05)

    assert ErrandReport.from_json(report.to_json()) == report


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"errand": "e1", "failure": "", "took": "long"}'])
def test_text_that_is_no_report_is_refused(text):
    with pytest.raises(ValueError, match=r"not a report|Expecting|could not convert"):
        ErrandReport.from_json(text)


def test_what_another_release_adds_is_passed_over_and_what_it_lacks_takes_the_default():
    config = json.loads(CONFIG.to_json())
    config["new"] = config["limits"]["new"] = config["targets"][0]["new"] = 1
    del config["limits"]["keepalive"], config["draining_since"]

    assert SidecarConfig.from_json(json.dumps(config)) == CONFIG


def test_a_state_of_another_release_is_read_as_far_as_it_is_known():
    state = json.loads(STATE.to_json())
    state["new"] = state["probes"][0]["new"] = state["errands"][0]["new"] = 1
    assert SidecarState.from_json(json.dumps(state)) == STATE

    del state["probes"], state["errands"]
    assert SidecarState.from_json(json.dumps(state)) == replace(STATE, probes=(), errands=())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pod": "a", "service": "b", "secret": "c", "targets": []}'])
def test_text_that_is_no_configuration_is_refused(text):
    with pytest.raises(ValueError, match=r"not a|Expecting"):
        SidecarConfig.from_json(text)


@pytest.mark.parametrize("text", ["", "[]", "{}"])
def test_text_that_is_no_state_is_refused(text):
    with pytest.raises(ValueError, match=r"not a|Expecting"):
        SidecarState.from_json(text)


@pytest.mark.parametrize(
    "other", [{"n": 5}, {"secret": "t"}, {"log_format": LogFormat.TEXT}, {"draining_since": 7.0}, {"digest": "x"}]
)
def test_the_digest_is_the_same_whoever_asks_for_it_and_however_often(other):
    assert replace(CONFIG, **other).digested().digest == CONFIG.digested().digest


@pytest.mark.parametrize("other", [{"tokens": ("red",)}, {"limits": Limits()}, {"targets": CONFIG.targets[:1]}])
def test_the_digest_differs_where_something_else_is_asked_for(other):
    assert replace(CONFIG, **other).digested().digest != CONFIG.digested().digest


@pytest.mark.parametrize(
    "other",
    [
        {"version": "a-2"},
        {"in_flight": 1, "waiting": 2},
        {"probes": (replace(STATE.probes[0], history="+----"),)},
    ],
)
def test_counts_and_a_longer_history_are_no_news(other):
    assert replace(STATE, **other).news == STATE.news


@pytest.mark.parametrize(
    "other",
    [
        {"ready": True},
        {"worker_threads": 4},
        {"probes": (replace(STATE.probes[0], verdict="passing"),)},
        {"probes": (replace(STATE.probes[0], failure="connection refused"),)},
        {"errands": ()},
    ],
)
def test_whatever_somebody_may_have_to_act_on_is_news(other):
    assert replace(STATE, **other).news != STATE.news


def test_the_end_of_draining_is_news():
    draining = replace(STATE, draining=True, in_flight=1)

    assert replace(draining, in_flight=2).news == draining.news
    assert replace(draining, in_flight=0).news != draining.news
