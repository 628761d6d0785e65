"""Verdicts from histories: + for a check that went well, - for one that failed."""

import pytest

from eas_local.core.probe import Outcome, ProbeState, Verdict, begin, count, early_pause, step
from eas_local.core.service import Check, CheckKind, TcpSocket

OUTCOMES = {"+": Outcome(), "-": Outcome("connection refused")}


def a_check(**fields: float) -> Check:
    return Check(CheckKind.READINESS, TcpSocket(8000), **fields)


def after(check: Check, history: str) -> ProbeState:
    state = begin(check, started_at=100)
    for mark in history:
        state = step(check, state, OUTCOMES[mark], now=state.next_at)
    return state


@pytest.mark.parametrize(
    ("history", "verdict"),
    [
        ("", Verdict.UNKNOWN), ("--", Verdict.UNKNOWN), ("+", Verdict.PASSING),
        ("+--", Verdict.PASSING), ("+---", Verdict.FAILING),
        ("+--+--", Verdict.PASSING), ("---+", Verdict.PASSING),
    ],
)  # fmt: skip
def test_the_verdict_turns_only_after_a_full_run(history, verdict):
    assert after(a_check(success_threshold=1, failure_threshold=3), history).verdict is verdict


@pytest.mark.parametrize(
    ("history", "verdict"), [("+", Verdict.UNKNOWN), ("+-+", Verdict.UNKNOWN), ("++", Verdict.PASSING)]
)
def test_success_may_need_a_run_too(history, verdict):
    assert after(a_check(success_threshold=2), history).verdict is verdict


def test_checks_happen_on_the_grid_that_begins_after_the_initial_delay():
    check = a_check(initial_delay=5, period=10)
    first = begin(check, started_at=100)
    second = step(check, first, OUTCOMES["-"], now=105)
    late = step(check, second, OUTCOMES["-"], now=131)

    assert [first.next_at, second.next_at, late.next_at] == [105, 115, 135]


def test_failures_that_come_early_do_not_exist_and_a_success_leaves_the_grid_where_it_is():
    check = a_check(period=10)
    state = step(check, begin(check, started_at=0), OUTCOMES["-"], now=0)
    early = count(check, state, OUTCOMES["+"])

    assert early.verdict is Verdict.PASSING
    assert early.next_at == state.next_at == 10


def test_the_last_failure_is_remembered_in_its_own_words():
    assert after(a_check(), "+-").failure == "connection refused"
    assert after(a_check(), "-+").failure == ""


@pytest.mark.parametrize(("waited", "pause"), [(0, 0.003), (1, 0.005), (5, 0.025), (30, 0.15), (600, 0.25)])
def test_early_looks_become_rarer_the_longer_it_takes(waited, pause):
    assert early_pause(waited) == pause
