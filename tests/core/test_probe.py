"""Verdicts from histories: + for a check that went well, - for one that failed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eas_local.core.probe import HISTORY, Outcome, ProbeState, Verdict, begin, count, early_pause, step
from eas_local.core.service import Check, CheckKind, TcpSocket

OUTCOMES = {"+": Outcome(), "-": Outcome("connection refused")}
HISTORIES = st.text("+-", max_size=2 * HISTORY)
THRESHOLDS = st.integers(1, 5)
repeatably = settings(max_examples=60, deadline=None, derandomize=True, database=None)


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


@repeatably
@given(HISTORIES, THRESHOLDS, THRESHOLDS)
def test_the_verdict_is_that_of_the_latest_run_which_was_long_enough(history, successes, failures):
    check = a_check(success_threshold=successes, failure_threshold=failures)
    runs = {Verdict.PASSING: "+" * successes, Verdict.FAILING: "-" * failures}
    ends = {verdict: history.rfind(run) + len(run) for verdict, run in runs.items() if run in history}

    assert after(check, history).verdict is max(ends, key=ends.__getitem__, default=Verdict.UNKNOWN)


@repeatably
@given(HISTORIES, THRESHOLDS, THRESHOLDS)
def test_a_verdict_never_turns_before_its_threshold(history, successes, failures):
    check = a_check(success_threshold=successes, failure_threshold=failures)
    for end in range(1, len(history) + 1):
        verdict = after(check, history[:end]).verdict
        if verdict is not after(check, history[: end - 1]).verdict:
            run = "+" * successes if verdict is Verdict.PASSING else "-" * failures
            assert history[:end].endswith(run)


@repeatably
@given(HISTORIES)
def test_the_latest_outcomes_are_remembered_in_their_order(history):
    assert after(a_check(), history).history == history[-HISTORY:]


LATENESS = st.lists(st.tuples(st.sampled_from("+-"), st.integers(0, 400), st.integers(0, 400)), max_size=20)


@repeatably
@given(st.integers(0, 50), st.integers(1, 50), LATENESS)
def test_the_grid_never_moves_and_no_point_of_it_is_used_twice(delay, period, story):
    """Each check is asked for late by so many quarters of a second, and waits for so many."""
    check = a_check(initial_delay=delay, period=period)
    state = begin(check, started_at=100)
    for mark, late, waited in story:
        asked = state.next_at + late / 4
        following = step(check, state, Outcome(OUTCOMES[mark].failure, waited / 4), asked)
        assert (following.next_at - 100 - delay) % period == 0
        assert following.next_at >= max(asked, state.next_at + period)
        state = following


def test_checks_happen_on_the_grid_that_begins_after_the_initial_delay():
    check = a_check(initial_delay=5, period=10)
    first = begin(check, started_at=100)
    second = step(check, first, OUTCOMES["-"], now=105)
    late = step(check, second, OUTCOMES["-"], now=131)

    assert [first.next_at, second.next_at, late.next_at] == [105, 115, 135]


@pytest.mark.parametrize(("waited", "next_at"), [(0, 110), (9.9, 110), (59.9, 170), (60.1, 180)])
def test_what_nobody_ran_for_a_period_is_followed_by_a_whole_one(waited, next_at):
    check = a_check(period=10)
    state = step(check, begin(check, started_at=100), Outcome("no", waited), now=100)

    assert state.next_at == next_at


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
