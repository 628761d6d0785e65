"""The whole report on a service."""

from dataclasses import replace

import pytest

from eas_local.core import orphans, status
from eas_local.core.desired import Change, Desired, Goal
from eas_local.core.diagnosis.evidence import Capacity, Evidence
from eas_local.core.diagnosis.service import diagnose, suspicious
from eas_local.core.errors import EngineDown, ImageUnavailable, NoRoom, NotFound, RequirementsFailed, SourceMissing
from eas_local.core.instance import Instance, LastState, RunState
from eas_local.core.orders import Fate, Orders, SoftRestart
from eas_local.core.pace import Pace
from eas_local.core.service import Check, CheckKind, Exec, HttpGet, Resources
from eas_local.core.status import Event, EventType, Snapshot, Trouble
from eas_local.core.streams import KeptRun, LogLine
from eas_local.core.wire import ProbeReport
from tests.builders import a_container, a_desired, a_link, a_run, a_sandbox, a_service, an_instance

NOW = 120
NOTHING = Evidence()
FRESH = a_desired()
EXITED = a_run(state=RunState.EXITED, exit_code=1, finished_at=115)


def seen(want, *have, trouble: Trouble | None = None) -> Snapshot:
    return Snapshot(want, status.of(want, have, trouble), have, trouble)


def waiting(want=FRESH, *, listeners=(), probes=(), unready="nothing listens", **changes):
    """An instance whose container runs and is not ready."""
    have = an_instance(want, linked=False, **changes)
    names = [container.name for container in want.service.containers]
    link = a_link(want, have, unready=((names[0], unready),), listeners=listeners, probes=probes)
    return have.with_link(link)


def the_cause(want, *have, evidence=NOTHING, **more):
    (diagnosis,) = diagnose(seen(want, *have, **more), evidence, NOW).diagnoses
    (cause,) = diagnosis.causes
    return cause


def test_of_a_service_that_runs_nothing_is_wrong():
    report = diagnose(seen(FRESH, an_instance(FRESH)), NOTHING, NOW)

    assert (report.summary, report.diagnoses, report.exhibits) == ("ready 1/1", (), ())


def test_of_one_that_is_merely_starting_it_is_said_for_how_long():
    report = diagnose(seen(FRESH, waiting()), NOTHING, NOW)

    assert report.diagnoses == ()
    assert report.summary.startswith("Waiting for 10 s, ready 0/1: Instance <a> is not ready: worker0: nothing listens")


def test_before_there_is_an_instance_it_counts_from_the_wish():
    assert diagnose(seen(FRESH), NOTHING, NOW).summary == "Creating for 20 s, ready 0/1: Service is creating"


def test_of_a_stopped_service_nothing_is_wrong():
    report = diagnose(seen(a_desired(goal=Goal.STOP)), NOTHING, NOW)

    assert (report.summary, report.diagnoses) == ("Service is stopped", ())


@pytest.mark.parametrize(
    ("listeners", "reason", "sentence", "advice"),
    [
        (
            [("127.0.0.1", 7000)],
            "WrongPort",
            "worker0 listens on 127.0.0.1:7000; EAS expects 0.0.0.0:8000",
            "set containers[0].port to 7000",
        ),
        (
            [("0.0.0.0", 7000), ("::", 7001)],
            "WrongPort",
            "worker0 listens on 0.0.0.0:7000 and [::]:7001; EAS expects 0.0.0.0:8000",
            "LISTENING_PORT",
        ),
        (
            [("127.0.0.1", 8000)],
            "ListensOnLoopback",
            "worker0 listens on 127.0.0.1:8000; EAS expects 0.0.0.0:8000",
            "--host 0.0.0.0",
        ),
        ([("::1", 8000)], "ListensOnLoopback", "listens on [::1]:8000", "0.0.0.0"),
    ],
)
def test_a_process_that_listens_elsewhere_is_told_where(listeners, reason, sentence, advice):
    cause = the_cause(FRESH, waiting(listeners=tuple(listeners)))

    assert cause.reason == reason
    assert sentence in cause.sentence
    assert advice in cause.advice


def test_a_port_that_is_open_but_does_not_answer_yet_is_no_cause():
    assert diagnose(seen(FRESH, waiting(listeners=(("0.0.0.0", 8000),))), NOTHING, NOW).diagnoses == ()


def test_the_port_of_another_container_is_not_taken_for_the_wrong_one():
    two = a_desired(a_service(containers=(a_container(), a_container(name="worker1", port=8001))))
    runs = (a_run(), a_run(id="r1", container="worker1"))

    assert diagnose(seen(two, waiting(two, runs=runs, listeners=(("::", 8001),))), NOTHING, NOW).diagnoses == ()


def test_a_port_that_the_kernel_chose_counts_only_when_the_own_one_stays_shut():
    """Processes of one model find each other over such ports while it is loaded."""
    listeners = (("::", 43211),)

    assert diagnose(seen(FRESH, waiting(listeners=listeners)), NOTHING, NOW).diagnoses == ()
    assert "[::]:43211" in the_cause(FRESH, waiting(listeners=listeners, probes=(a_probe(),))).sentence


def test_a_check_that_asks_for_another_port_than_the_server_has_is_what_to_correct():
    check = Check(CheckKind.READINESS, HttpGet("/", 9090))
    want = a_desired(a_service(containers=(a_container(checks=(check,)),)))

    cause = the_cause(want, waiting(want, listeners=(("0.0.0.0", 8000),)))

    assert cause.sentence == "worker0 listens on 0.0.0.0:8000; EAS expects 0.0.0.0:9090"
    assert cause.advice == (
        "correct the port of containers[0].readiness_check: it is 9090, which belongs to the engine inside the instance"
    )


def test_what_a_readiness_check_asks_for_counts_instead_of_the_port():
    checked = a_container(checks=(Check(CheckKind.READINESS, HttpGet("/", 9000)),))
    want = a_desired(a_service(containers=(checked,)))

    cause = the_cause(want, waiting(want, listeners=(("0.0.0.0", 8000),)))

    assert "listens on 0.0.0.0:8000; EAS expects 0.0.0.0:9000" in cause.sentence


def a_probe(kind: CheckKind = CheckKind.READINESS, history: str = "---", verdict: str = "failing") -> ProbeReport:
    return ProbeReport("worker0", kind, verdict, history, "HTTP probe failed with statuscode: 500")


@pytest.mark.parametrize(
    ("method", "advice"),
    [
        (
            HttpGet("/health", 8000),
            "let GET /health on port 8000 answer with 2xx or 3xx in time, or correct readiness_check",
        ),
        (Exec(("cat", "/ready")), 'let "cat /ready" end with 0 in time, or correct readiness_check'),
        (None, "let the process listen on 0.0.0.0:8000"),
    ],
)
def test_a_failing_probe_is_told_with_its_history_and_its_remedy(method, advice):
    checks = (Check(CheckKind.READINESS, method),) if method else ()
    want = a_desired(a_service(containers=(a_container(checks=checks),)))

    cause = the_cause(want, waiting(want, probes=(a_probe(),)))

    assert cause.reason == "Unhealthy"
    assert cause.sentence == "worker0 does not pass its readiness probe (---): HTTP probe failed with statuscode: 500"
    assert advice in cause.advice


def test_a_probe_that_has_not_failed_often_enough_is_no_cause_but_an_exhibit():
    report = diagnose(seen(FRESH, waiting(probes=(a_probe(history="-", verdict="unknown"),))), NOTHING, NOW)

    assert report.diagnoses == ()
    assert report.exhibits[0].probes == ("readiness: - HTTP probe failed with statuscode: 500",)


def test_a_process_that_runs_on_with_a_full_disk_is_found_by_its_log():
    evidence = Evidence(tails={KeptRun("a", "worker0", 0): (LogLine("", "cache: No space left on device"),)})

    assert the_cause(FRESH, waiting(), evidence=evidence).reason == "StorageFull"


def test_a_crash_is_told_in_the_platforms_words_with_its_evidence():
    evidence = Evidence(tails={KeptRun("a", "worker0", 0): (LogLine("t", "no model"),)})

    report = diagnose(seen(FRESH, an_instance(FRESH, runs=(EXITED,), linked=False)), evidence, NOW)

    assert report.diagnoses[0].error == "Instance <a> not healthy: Instance crashed, please inspect instance log."
    assert report.diagnoses[0].causes[0].sentence == "worker0 ended with exit code 1: no model"
    (exhibit,) = report.exhibits
    assert exhibit.state == "ended 5 s ago with Error (exit code 1), is started again now"
    assert exhibit.lines == (LogLine("t", "no model"),)


def test_a_container_that_was_created_is_being_started():
    report = diagnose(seen(FRESH, waiting(runs=(a_run(state=RunState.CREATED),))), NOTHING, NOW)

    assert (report.diagnoses, report.exhibits[0].state) == ((), "is being started")


AGAIN = a_run(attempt=1, started_at=116, last=LastState(1, "Error", 110, 115))


def test_a_crash_counts_until_the_next_run_is_ready():
    report = diagnose(seen(FRESH, waiting(runs=(AGAIN,))), NOTHING, NOW)

    assert report.diagnoses[0].causes[0].sentence == "worker0 ended with exit code 1, and wrote nothing"
    assert report.exhibits[0].state == "runs for 4 s, the run before ended with Error (exit code 1)"


def test_once_the_next_run_is_ready_it_is_a_note():
    report = diagnose(seen(FRESH, an_instance(FRESH, runs=(AGAIN,))), NOTHING, NOW)

    assert (report.summary, report.diagnoses) == ("ready 1/1", ())
    (note,) = report.notes
    assert note == (
        "worker0 of a has been started again once; its last run ended with exit code 1, and wrote nothing; "
        "eas-local logs demo --previous shows it"
    )


@pytest.mark.parametrize(
    ("attempt", "asked", "times"), [(1, (0,), None), (2, (1,), None), (2, (0,), "once"), (3, (0,), "2 times")]
)
def test_what_somebody_had_started_again_is_no_note(attempt, asked, times):
    want = a_desired(orders=Orders(soft_restarts=tuple(SoftRestart("a", "worker0", number) for number in asked)))

    report = diagnose(seen(want, an_instance(want, runs=(replace(AGAIN, attempt=attempt),))), NOTHING, NOW)

    assert [note.partition(";")[0] for note in report.notes] == (
        [f"worker0 of a has been started again {times}"] if times else []
    )


def test_nor_is_what_ended_with_its_sandbox():
    have = an_instance(FRESH, runs=(AGAIN,), sandbox=a_sandbox(started_at=114))

    assert diagnose(seen(FRESH, have), NOTHING, NOW).notes == ()


def test_what_ails_the_present_run_counts_for_more():
    assert the_cause(FRESH, waiting(runs=(AGAIN,), listeners=(("0.0.0.0", 7000),))).reason == "WrongPort"


def test_a_run_that_went_with_its_sandbox_has_not_crashed():
    run = replace(AGAIN, last=None)

    assert diagnose(seen(FRESH, waiting(runs=(run,))), NOTHING, NOW).diagnoses == ()


@pytest.mark.parametrize("run", [EXITED, AGAIN])
def test_a_run_that_ended_with_its_sandbox_has_not_crashed_either(run):
    have = waiting(runs=(run,), sandbox=a_sandbox(started_at=114))

    assert diagnose(seen(FRESH, have), NOTHING, NOW).diagnoses == ()


def test_a_container_that_has_recovered_is_not_blamed_for_another():
    two = a_desired(a_service(containers=(a_container(), a_container(name="worker1", port=8001))))
    runs = (a_run(), replace(AGAIN, container="worker1"))

    assert diagnose(seen(two, waiting(two, runs=runs)), NOTHING, NOW).diagnoses == ()


def test_a_sidecar_that_does_not_answer_is_the_cause():
    cause = the_cause(FRESH, an_instance(FRESH, linked=False))

    assert cause.reason == "SidecarSilent"
    assert cause.advice == "wait a moment: it is being started, or the machine is busy; its own words: docker logs a"


@pytest.mark.parametrize("wanting", [{"port": 9090}, {"argv": ("serve", "--port=9090")}, {"env": (("PORT", "9090"),)}])
def test_a_silent_sidecar_may_lack_a_port_that_a_container_wants(wanting):
    want = a_desired(a_service(containers=(a_container(**wanting),)))

    cause = the_cause(want, an_instance(want, linked=False))

    assert cause.advice.startswith("let worker0 listen on another port than 9090, which belongs to the sidecar")


def test_a_sandbox_that_has_ended_is_the_cause():
    assert the_cause(FRESH, an_instance(FRESH, linked=False, sandbox=a_sandbox(running=False))).reason == "SandboxEnded"


def test_old_instances_are_not_what_is_awaited():
    old = an_instance(FRESH, "old", fingerprint="r0", linked=False, runs=(EXITED,))

    assert diagnose(seen(FRESH, old), NOTHING, NOW).diagnoses == ()


def an_update(*, serving: int = 1) -> list[Instance]:
    """Instances of version 1 that serve, and one of version 2 that has crashed."""
    before = [an_instance(UPDATE, f"old{n}", ordinal=n, fingerprint="r0", ready=n < serving) for n in range(2)]
    return [*before, an_instance(UPDATE, "new", version=2, runs=(EXITED,), linked=False)]


UPDATE = a_desired(a_service(replicas=2), version=2, change=Change.UPDATE)


def test_of_a_paused_update_it_is_told_what_serves_why_its_successor_fails_and_the_ways_out():
    report = diagnose(seen(UPDATE, *an_update(serving=2)), NOTHING, NOW)

    paused, successor = report.diagnoses
    assert (paused.error, paused.instance, successor.instance) == ("The update is paused.", "", "new")
    assert paused.causes[0].sentence == (
        "the update to version 2 is paused: its new instances fail, and 2 instances of version 1 (revision r0) serve meanwhile"
    )
    assert paused.causes[0].advice == (
        "correct what they fail of with eas-local modify demo, or go back: eas-local version demo 1"
    )
    assert "exit code 1" in successor.causes[0].sentence


def test_a_restart_that_is_paused_has_no_version_to_go_back_to():
    old = an_instance(UPDATE, "old", version=2, fingerprint="r0")
    new = an_instance(UPDATE, "new", ordinal=1, version=2, runs=(EXITED,), linked=False)

    (cause,) = diagnose(seen(UPDATE, old, new), NOTHING, NOW).diagnoses[0].causes

    assert "1 instance of revision r0 serves meanwhile" in cause.sentence
    assert cause.advice == "correct what they fail of with eas-local modify demo"


def test_one_of_before_that_crashes_while_the_update_is_paused_has_its_cause_too():
    gone = a_run(container="worker7", state=RunState.EXITED, exit_code=3, finished_at=118)
    serving, _, successor = an_update(serving=2)
    crashed = an_instance(UPDATE, "old1", ordinal=1, fingerprint="r0", runs=(gone,), linked=False)

    *_, found = diagnose(seen(UPDATE, serving, crashed, successor), NOTHING, NOW).diagnoses[:2]

    assert found.instance == "old1"
    assert found.error.endswith("It is of the revision before the update.")
    assert found.causes[0].sentence == "worker7 ended with exit code 3, and wrote nothing"


def an_isolated(want: Desired, *names: str) -> Desired:
    return replace(want, orders=Orders(tuple((name, Fate.ISOLATED) for name in names)))


def test_where_all_are_isolated_nobody_takes_requests():
    want = an_isolated(a_desired(settled=True), "a")

    cause = the_cause(want, an_instance(want))

    assert cause.sentence == "nobody takes requests: 1 instance is isolated (a)"
    assert cause.advice == "have them serve again: eas-local instance rejoin demo a"
    assert suspicious(seen(want, an_instance(want)))


def test_one_of_several_that_is_isolated_is_a_note():
    want = an_isolated(a_desired(a_service(replicas=2), settled=True), "a")

    report = diagnose(seen(want, an_instance(want), an_instance(want, "b", ordinal=1)), NOTHING, NOW)

    assert report.diagnoses == ()
    assert report.notes == (
        "1 instance is isolated (a) and gets no requests; to take that back: eas-local instance rejoin demo a",
    )


@pytest.mark.parametrize("run", [EXITED, AGAIN])
def test_a_run_whose_end_somebody_asked_for_has_not_crashed(run):
    want = a_desired(settled=True, orders=Orders(soft_restarts=(SoftRestart("a", "worker0", 0),)))

    report = diagnose(seen(want, waiting(want, runs=(run,))), NOTHING, NOW)

    assert report.diagnoses == ()
    assert "started again in" not in report.exhibits[0].state


def test_one_whose_deletion_was_asked_for_is_awaited_no_more():
    want = a_desired(settled=True, orders=Orders((("a", Fate.DELETED),)))

    assert diagnose(seen(want, an_instance(want, runs=(EXITED,), linked=False)), NOTHING, NOW).diagnoses == ()


KILLED = "Liveness probe failed: HTTP probe failed with statuscode: 500"


def test_a_run_that_a_probe_asks_to_end_was_killed_by_it_also_before_that_is_told():
    have = an_instance(FRESH, runs=(replace(EXITED, exit_code=137),), linked=False)
    have = have.with_link(a_link(FRESH, have, failing=(("worker0", KILLED),)))

    assert the_cause(FRESH, have).sentence == f"worker0 was killed and started again: {KILLED}"


def test_what_had_a_run_killed_is_told_beside_what_ails_the_next_one():
    told = Event(115, "demo", EventType.NORMAL, "KillRun", f"kill worker0 of a: {KILLED}", "a")
    have = waiting(runs=(AGAIN,), probes=(a_probe(),))

    (found,) = diagnose(seen(FRESH, have), Evidence(events=(told,)), NOW).diagnoses

    before, now = found.causes
    assert KILLED in before.sentence
    assert "does not pass its readiness probe" in now.sentence


def test_in_a_crash_loop_the_next_start_is_told():
    (exhibit,) = diagnose(seen(FRESH, waiting(runs=(replace(EXITED, streak=2),))), NOTHING, NOW).exhibits
    (hurried,) = diagnose(seen(FRESH, waiting(runs=(replace(EXITED, streak=2),))), NOTHING, NOW, Pace(0.5)).exhibits

    assert exhibit.state == "ended 5 s ago with Error (exit code 1), is started again in 15 s"
    assert hurried.state.endswith("is started again in 5 s")


def trouble(error: type, message: str) -> Trouble:
    return Trouble(error.reason, message, permanent=False, since=100)


@pytest.mark.parametrize(
    ("kind", "message", "error", "sentence", "advice"),
    [
        (
            ImageUnavailable,
            'image "img" could not be pulled: 401 Unauthorized; log in',
            "Container worker0 failed to pull image.",
            'authentication for the image\'s registry is missing or wrong: image "img" could not be pulled',
            "log in",
        ),
        (SourceMissing, '"/x" is not there; make it', "A folder to mount does not exist.", '"/x" is', "make it"),
        (
            RequirementsFailed,
            "no flask; no torch; correct it",
            "Python requirements",
            "no flask; no torch",
            "correct it",
        ),
        (EngineDown, "it is not running; start Docker", "does not answer", "not running", "start Docker"),
        (NotFound, "unheard of", "cannot be carried out", "unheard of", ""),
    ],
)
def test_what_kept_the_plan_from_being_carried_out_is_the_cause(kind, message, error, sentence, advice):
    report = diagnose(seen(FRESH, trouble=trouble(kind, message)), NOTHING, NOW)

    (found,) = report.diagnoses
    (cause,) = found.causes
    assert error in found.error
    assert (cause.reason, cause.advice) == (kind.reason, advice)
    assert sentence in cause.sentence


def test_of_several_containers_the_one_whose_image_failed_is_named():
    two = a_desired(a_service(containers=(a_container(), a_container(name="worker1", image="second", port=None))))

    cause = the_cause(two, trouble=trouble(ImageUnavailable, 'image "second" is not here; pull it'))

    assert cause.container == "worker1"


def test_too_few_gpus_are_told_with_those_who_have_them():
    evidence = Evidence(gpus=(("GPU-1", "holder-x"),))

    cause = the_cause(FRESH, trouble=trouble(NoRoom, "needs 1 GPU, 0 are free; stop one"), evidence=evidence)

    assert (cause.sentence, cause.advice) == ("needs 1 GPU, 0 are free (holder-x has GPU-1)", "stop one")


def test_more_than_the_engine_has_is_a_note_and_no_cause():
    want = a_desired(a_service(resources=Resources(cpu=64, memory_mib=4096)))
    evidence = Evidence(capacity=Capacity(2, 1 << 30, "x86_64"))

    report = diagnose(seen(want, an_instance(want)), evidence, NOW)

    assert report.diagnoses == ()
    assert report.notes == (
        "metadata.cpu is 64 and the engine has 2: instances run with 2",
        "metadata.memory is 4096 and the engine has 1024 MiB: the machine's memory ends first",
    )


def test_crash_block_is_noted_while_something_is_kept_by_it():
    want = a_desired(a_service(crash_block=True))

    report = diagnose(seen(want, an_instance(want, runs=(EXITED,), linked=False)), NOTHING, NOW)

    assert "enable_crash_block keeps what has ended" in report.notes[0]


def test_a_service_whose_document_is_lost_is_told_so():
    (orphan,) = orphans.find([an_instance(FRESH)], ())

    report = diagnose(orphan, NOTHING, NOW)

    assert report.diagnoses[0].error == "Its document is lost."


def test_a_report_about_one_instance_has_what_concerns_it():
    want = a_desired(a_service(replicas=2))
    both = [waiting(want, name=name, ordinal=n, listeners=(("::", 7000),)) for n, name in enumerate("ab")]

    report = diagnose(seen(want, *both, trouble=trouble(EngineDown, "gone; start it")), NOTHING, NOW).about("b")

    assert [one.instance for one in report.diagnoses] == ["", "b"]
    assert [one.instance for one in report.exhibits] == ["b"]


@pytest.mark.parametrize(
    ("look", "answer"),
    [
        (seen(FRESH, an_instance(FRESH)), False),
        (seen(a_desired(goal=Goal.STOP), waiting()), False),
        (seen(FRESH, waiting()), True),
        (seen(FRESH, trouble=trouble(EngineDown, "gone")), True),
    ],
)
def test_only_what_may_be_wrong_is_worth_asking_about(look, answer):
    assert suspicious(look) is answer
