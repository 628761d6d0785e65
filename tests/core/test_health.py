"""What probes say together, word for word."""

import pytest

from eas_local.core.admission import Told
from eas_local.core.health import Health, checks_of, health, held_back, host_ports, reports
from eas_local.core.probe import Outcome, ProbeState, Verdict
from eas_local.core.service import Check, CheckKind, Exec, HttpGet, Initialized, TcpSocket
from eas_local.core.wire import ProbeReport, Target

STARTUP, LIVENESS, READINESS = CheckKind.STARTUP, CheckKind.LIVENESS, CheckKind.READINESS
PASSING, FAILING, UNKNOWN = Verdict.PASSING, Verdict.FAILING, Verdict.UNKNOWN
OWN = "172.17.0.2"
PROCESSOR = Target("worker0", port=28080, checks=(Check(READINESS, Initialized(28090)),))


def a_target(*kinds: CheckKind, port: int | None = 8000) -> Target:
    return Target("worker0", port=port, checks=tuple(Check(kind, HttpGet("/", 8000)) for kind in kinds))


def a_state(verdict: Verdict, failure: str = "") -> ProbeState:
    return ProbeState(next_at=0, verdict=verdict, last=Outcome(failure))


def unready(target: Target, states: dict, listeners=()) -> str:
    return health(target, states, listeners, OWN).unready


def test_a_container_with_a_port_and_no_readiness_check_is_looked_at_by_its_port():
    assert checks_of(a_target()) == {READINESS: Check(READINESS, TcpSocket(8000))}
    assert checks_of(a_target(port=None)) == {}


def test_a_readiness_check_of_any_method_stands_in_for_the_look_at_the_port():
    check = Check(READINESS, Exec(("cat", "/tmp/ready")))

    assert checks_of(Target("worker0", port=8000, checks=(check,))) == {READINESS: check}


def test_without_probes_a_container_is_ready():
    assert health(a_target(port=None), {}, (), OWN) == Health()
    assert health(a_target(port=None), {}, (), OWN).ready


def test_startup_holds_back_the_others_until_it_has_passed():
    assert held_back(LIVENESS, {STARTUP: a_state(UNKNOWN)})
    assert not held_back(LIVENESS, {STARTUP: a_state(PASSING)})
    assert not held_back(STARTUP, {STARTUP: a_state(UNKNOWN)})
    assert unready(a_target(STARTUP), {STARTUP: a_state(UNKNOWN)}) == "the startup probe has not passed yet"


@pytest.mark.parametrize(
    ("listeners", "sentence"),
    [
        ([], "nothing listens on port 8000"),
        ([("127.0.0.1", 5000)], "nothing listens on port 8000; the process listens on 127.0.0.1:5000"),
        ([("127.0.0.1", 8000)], "port 8000 is open on 127.0.0.1 only; listen on 0.0.0.0"),
        ([("0.0.0.0", 8000)], "port 8000 does not take connections yet"),
    ],
)
def test_a_port_that_is_waited_for_is_explained_by_what_is_open(listeners, sentence):
    assert unready(a_target(), {READINESS: a_state(UNKNOWN, "refused")}, listeners) == sentence


def test_a_readiness_check_speaks_in_its_own_words():
    states = {READINESS: a_state(FAILING, "HTTP probe failed with statuscode: 500")}

    assert unready(a_target(READINESS), states) == "Readiness probe failed: HTTP probe failed with statuscode: 500"
    assert unready(a_target(READINESS), {READINESS: a_state(PASSING)}) == ""


@pytest.mark.parametrize(("kind", "word"), [(STARTUP, "Startup"), (LIVENESS, "Liveness")])
def test_exhausted_probes_ask_for_a_restart(kind, word):
    state = a_state(FAILING, "HTTP probe failed with statuscode: 500")
    said = health(a_target(kind), {kind: state, READINESS: a_state(PASSING)}, (), OWN)

    assert said.failing == f"{word} probe failed: HTTP probe failed with statuscode: 500"
    assert not said.ready


def test_liveness_that_has_not_spoken_yet_counts_as_alive():
    assert health(a_target(LIVENESS), {LIVENESS: a_state(UNKNOWN), READINESS: a_state(PASSING)}, (), OWN).ready


def test_each_probe_reports_what_it_has_seen():
    states = {READINESS: a_state(UNKNOWN), STARTUP: ProbeState(0, FAILING, Outcome("refused"), 3, "---")}

    assert reports(a_target(STARTUP, READINESS), states) == (
        ProbeReport("worker0", STARTUP, "failing", "---", "refused"),
        ProbeReport("worker0", READINESS, "unknown", "", ""),
    )


@pytest.mark.parametrize(
    ("listeners", "failure", "sentence"),
    [
        ([], "", "the processor's host has not started yet"),
        ([("127.0.0.1", 5000)], "", "the processor's host has not started yet"),
        ([("0.0.0.0", 28080), ("0.0.0.0", 28090)], "", "the processor's initialize has not returned yet"),
        ([("0.0.0.0", 28090)], "warm-up request 1 of 5 failed", "warm-up request 1 of 5 failed"),
    ],
)
def test_a_processor_that_is_waited_for_is_explained_by_how_far_its_host_has_come(listeners, failure, sentence):
    assert unready(PROCESSOR, {READINESS: a_state(UNKNOWN, failure)}, listeners) == sentence


def test_a_processor_whose_host_is_ready_has_so_many_workers():
    ready = ProbeState(0, PASSING, Outcome(told=Told(5)))

    assert health(PROCESSOR, {READINESS: ready}, (), OWN) == Health(told=Told(5))


def test_the_ports_of_a_processors_host_are_ours_and_those_of_a_container_are_not():
    assert host_ports(PROCESSOR) == {28080, 28090}
    assert host_ports(a_target(READINESS)) == frozenset()
