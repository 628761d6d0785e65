"""What two looks show between them; each case is a look before, a look after, and the lines that are told."""

from dataclasses import replace

import pytest

from eas_local.core import timeline
from eas_local.core.errors import ImageUnavailable
from eas_local.core.instance import RunState
from eas_local.core.pace import Pace
from eas_local.core.states import State
from eas_local.core.status import Event, EventType, ServiceStatus, Snapshot
from eas_local.core.steps import CreatePod, Drain
from tests.builders import a_desired, a_run, a_sandbox, a_service, an_instance

WANT = a_desired()
NOW = 200


def exited(code: int = 1, **changes: object):
    return a_run(state=RunState.EXITED, finished_at=150, exit_code=code, **changes)


def told(before, after, *, leaving=(), want=WANT, pace=Pace()) -> list[str]:
    """The lines without the instance's name, which is `a`."""
    events = timeline.between(want, before, after, leaving, NOW, pace=pace)
    assert {event.instance for event in events} <= {"a"}
    return [f"{event.at:g} {event.type} {event.reason}: {event.message}" for event in events]


def ill(instance, *, failing: str = "", unready: str = ""):
    said = {"failing": failing, "unready": unready}
    link = replace(
        instance.link, ready=False, **{kind: (("worker0", word),) if word else () for kind, word in said.items()}
    )
    return instance.with_link(link)


READY = an_instance(WANT)
NOT_READY = an_instance(WANT, ready=False)


def test_a_first_look_tells_what_has_led_to_it_with_the_engine_s_times():
    assert told([], [READY]) == [
        f"105 Normal Created: Instance 0 of revision {WANT.fingerprint} is created",
        "110 Normal Started: Container worker0 has started",
        "200 Normal Ready: Instance is ready",
    ]


@pytest.mark.parametrize("instance", [READY, NOT_READY, an_instance(WANT, runs=(exited(),))])
def test_a_look_that_shows_the_same_tells_nothing(instance):
    assert told([instance], [instance]) == []


def test_a_run_that_was_created_only_has_not_started():
    created = an_instance(WANT, ready=False, runs=(a_run(state=RunState.CREATED, started_at=0),))

    assert told([an_instance(WANT, ready=False, runs=())], [created]) == []
    assert told([created], [NOT_READY]) == ["110 Normal Started: Container worker0 has started"]


@pytest.mark.parametrize(
    ("run", "line"),
    [
        (exited(3), "150 Warning Error: Container worker0 exited (exit code 3)"),
        (exited(0), "150 Normal Completed: Container worker0 exited (exit code 0)"),
        (
            exited(137, oom_killed=True),
            "150 Warning OOMKilled: Container worker0 was killed for using more memory than it may (exit code 137)",
        ),
        (exited(3, attempt=2), "150 Warning Error: Container worker0 (restart 2) exited (exit code 3)"),
    ],
)
def test_the_end_of_a_run_is_told_with_its_exit_code(run, line):
    before = an_instance(WANT, runs=(replace(run, state=RunState.RUNNING),))

    assert told([before], [an_instance(WANT, runs=(run,))]) == [line]


def test_a_run_that_came_and_went_between_two_looks_is_told_whole():
    ended = an_instance(WANT, ready=False, runs=(exited(),))

    assert told([an_instance(WANT, ready=False, runs=())], [ended]) == [
        "110 Normal Started: Container worker0 has started",
        "150 Warning Error: Container worker0 exited (exit code 1)",
    ]


def test_a_restart_that_is_held_back_is_told_with_its_time():
    ended = an_instance(WANT, ready=False, runs=(exited(attempt=2, streak=2),))

    def after(**others):
        return told([NOT_READY], [ended], **others)[-1]

    back_off = "150 Warning BackOff: Container worker0 (restart 2) is started again in"
    assert after() == f"{back_off} 20 s, at 1970-01-01T00:02:50Z"
    assert after(pace=Pace(0.1)) == f"{back_off} 2 s, at 1970-01-01T00:02:32Z"
    assert "BackOff" not in after(want=a_desired(a_service(crash_block=True)))


def test_of_a_run_that_another_has_followed_no_restart_is_awaited():
    runs = (exited(streak=2), a_run(id="r1", attempt=1, started_at=160))

    assert told([NOT_READY], [an_instance(WANT, ready=False, runs=runs)]) == [
        "150 Warning Error: Container worker0 exited (exit code 1)",
        "160 Normal Started: Container worker0 (restart 1) has started",
    ]


def test_readiness_is_told_as_it_comes_and_its_loss_by_what_the_probe_says():
    waiting = ill(READY, unready="Readiness probe failed: 500")

    assert told([NOT_READY], [READY]) == ["200 Normal Ready: Instance is ready"]
    assert told([READY], [waiting]) == ["200 Warning Unhealthy: worker0: Readiness probe failed: 500"]
    assert told([waiting], [READY]) == ["200 Normal Ready: Instance is ready"]


def test_what_a_probe_says_first_is_that_it_has_begun_and_no_news():
    starting = ill(READY, unready="nothing listens on port 8000")
    elsewhere = ill(READY, unready="port 8000 is open on 127.0.0.1 only; listen on 0.0.0.0")

    assert told([READY.with_link(None)], [starting]) == []
    assert told([starting], [elsewhere]) == [
        "200 Warning Unhealthy: worker0: port 8000 is open on 127.0.0.1 only; listen on 0.0.0.0"
    ]


def test_a_processor_that_loads_is_not_ill():
    starting = ill(READY, unready="the processor's host has not started yet")
    loading = ill(READY, unready="the processor's initialize has not returned yet")

    assert told([starting], [loading]) == []


def test_a_sentence_that_stands_for_two_verdicts_is_told_once():
    both = ill(READY, failing="Startup probe failed: 500", unready="Startup probe failed: 500")

    assert told([NOT_READY], [both]) == ["200 Warning Unhealthy: worker0: Startup probe failed: 500"]


def test_a_sidecar_that_falls_silent_is_told():
    assert told([READY], [READY.with_link(None)]) == ["200 Warning Unhealthy: Its sidecar does not answer"]


def test_a_sandbox_that_ends_is_told():
    dead = an_instance(WANT, linked=False, sandbox=a_sandbox(running=False))

    assert told([READY], [dead]) == [
        "200 Warning SandboxChanged: Its sandbox has ended; every container is started anew"
    ]


def test_of_an_instance_that_leaves_that_alone_is_told_and_its_end():
    draining = READY.with_link(replace(READY.link, ready=False, draining=True))
    killed = replace(draining, runs=(exited(137),))

    assert told([READY], [draining], leaving={"a"}) == [
        "200 Normal Killing: Instance gets no more requests and ends when those it has are done"
    ]
    assert told([draining], [killed], leaving={"a"}) == []
    assert told([killed], []) == ["200 Normal Deleted: Instance is gone"]


def a_look(state: State, message: str = "", reason: str = "") -> Snapshot:
    return Snapshot(WANT, ServiceStatus(state, reason or state.upper(), message))


def test_a_state_is_told_when_it_or_its_message_changes():
    waiting = a_look(State.WAITING, "no such image", "ImagePullBackOff")

    assert timeline.turned(waiting, waiting, NOW) == []
    (event,) = timeline.turned(a_look(State.CREATING), waiting, NOW)
    assert event == Event(NOW, "demo", EventType.WARNING, "Waiting", "no such image")
    assert [event.type for event in timeline.turned(None, a_look(State.RUNNING), NOW)] == [EventType.NORMAL]
    assert [event.type for event in timeline.turned(None, a_look(State.FAILED), NOW)] == [EventType.WARNING]


def test_an_act_is_told_in_the_very_words_of_the_plan():
    step = Drain("a", "service is stopped")

    assert timeline.done("demo", step, NOW) == Event(NOW, "demo", EventType.NORMAL, "Drain", str(step), "a")


def test_an_act_that_failed_is_told_with_its_error():
    event = timeline.failed(
        "demo", CreatePod(0, "no instance of this revision"), ImageUnavailable("no such image"), NOW
    )

    assert (event.type, event.reason, event.instance) == (EventType.WARNING, "ImagePullBackOff", "")
    assert event.message == "create instance 0: no instance of this revision: no such image"


def history(*events: Event) -> list[Event]:
    """As the store gives it: newest first."""
    return [*reversed(events)]


def seen_at_first(*after) -> list[Event]:
    return timeline.between(WANT, (), after, (), NOW)


def test_a_new_daemon_tells_nothing_of_what_was_told():
    told_before = timeline.between(WANT, (), [READY], (), 120)

    assert timeline.unknown(seen_at_first(READY), history(*told_before)) == []


def test_a_new_daemon_tells_what_happened_while_there_was_none():
    told_before = timeline.between(WANT, (), [READY], (), 120)
    crashed = an_instance(WANT, ready=False, runs=(exited(), a_run(id="r1", attempt=1, started_at=160)))

    news = timeline.unknown(seen_at_first(crashed), history(*told_before))

    assert [event.message for event in news] == [
        "Container worker0 exited (exit code 1)",
        "Container worker0 (restart 1) has started",
    ]


def test_readiness_is_known_only_as_it_was_told_last():
    ready, lost = (
        timeline.between(WANT, [NOT_READY], [READY], (), 120),
        timeline.between(WANT, [READY], [ill(READY, unready="Readiness probe failed: 500")], (), 130),
    )
    created = seen_at_first(NOT_READY)

    news = timeline.unknown(seen_at_first(READY), history(*created, *ready, *lost))

    assert [event.reason for event in news] == ["Ready"]


def test_a_state_is_known_only_as_it_was_told_last():
    running, waiting = a_look(State.RUNNING), a_look(State.WAITING)
    past = history(*timeline.turned(None, running, 110), *timeline.turned(running, waiting, 120))

    assert timeline.unknown(timeline.turned(None, waiting, NOW), past) == []
    assert len(timeline.unknown(timeline.turned(None, running, NOW), past)) == 1


def test_what_is_older_than_all_that_is_remembered_was_told_and_forgotten():
    past = [Event(108, "demo", EventType.NORMAL, "Running", "")]

    assert [event.reason for event in timeline.unknown(seen_at_first(READY), past)] == ["Started", "Ready"]
