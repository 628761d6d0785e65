"""What is found wrong with processors: their hosts' last words, and what they wait for."""

from dataclasses import replace

import pytest

from eas_local.core import status
from eas_local.core.desired import Change
from eas_local.core.diagnosis.evidence import Evidence
from eas_local.core.diagnosis.service import diagnose
from eas_local.core.errors import SourceMissing, SourceUnreachable, SourceUnusable
from eas_local.core.instance import Instance, LastState, RunState
from eas_local.core.processor import Language, Processor
from eas_local.core.service import Check, CheckKind, Initialized
from eas_local.core.status import Snapshot, Trouble
from eas_local.core.streams import KeptRun, LogLine
from eas_local.core.wire import ProbeReport
from tests.builders import a_container, a_desired, a_link, a_run, a_service, an_instance

NOW = 120
NOTHING = Evidence()
HOST = a_container(port=28080, checks=(Check(CheckKind.READINESS, Initialized(28090), failure_threshold=1),))
WANT, CPP = (
    a_desired(a_service(containers=(HOST,), processor=Processor(language, "./src/app.py", "./code")))
    for language in (Language.PYTHON, Language.CPP)
)
INITIALIZING = "the processor's initialize has not returned yet"
LOG = "eas-local logs demo shows all it wrote (--previous: before its last restart)"
OF_MODEL = "correct model_entry or model_path"
TRACEBACK = (
    "Traceback (most recent call last):",
    '  File "/home/admin/docker_ml/workspace/predictor/app.py", line 2, in <module>',
    "    import flask",
)


def report(*have: Instance, want=WANT, evidence: Evidence = NOTHING, now: float = NOW, trouble: Trouble | None = None):
    return diagnose(Snapshot(want, status.of(want, have, trouble), have, trouble), evidence, now)


def ended(code: int, *lines: str, want=WANT):
    run = a_run(state=RunState.EXITED, exit_code=code, finished_at=115)
    evidence = Evidence(tails={KeptRun("a", "worker0", 0): tuple(LogLine("", line) for line in lines)})
    (diagnosis,) = report(an_instance(want, runs=(run,), linked=False), want=want, evidence=evidence).diagnoses
    (cause,) = diagnosis.causes
    return cause


@pytest.mark.parametrize(
    ("code", "lines", "sentence", "advice"),
    [
        (
            1,
            ["[2026-01-31 12:00:00] [INFO] loading", "no file main.py in the package, which has app.py; correct processor_entry"],
            "ended with exit code 1: no file main.py in the package, which has app.py",
            "correct processor_entry",
        ),
        (1, ["[12:00] [ERROR] the model cannot be read"], "ended with exit code 1: the model cannot be read", LOG),
        (1, [*TRACEBACK, "ValueError: a; b"], "ended with exit code 1: ValueError: a; b (app.py, line 2)", LOG),
        (1, [*TRACEBACK, '  File "/usr/lib/x.py", line 9, in f', "OSError: no"], "OSError: no (app.py, line 2)", LOG),
        (1, ['  File "/usr/lib/x.py", line 9, in f', "OSError: no"], "OSError: no (/usr/lib/x.py, line 9)", LOG),
        (1, ["SystemExit: no"], "ended with exit code 1: SystemExit: no", LOG),
        (3, [], "ended with exit code 3, and wrote no reason", LOG),
        (3, ["[12:00] [INFO] Service start successfully"], "ended with exit code 3, and wrote no reason", LOG),
        (
            1,
            [*TRACEBACK, "ModuleNotFoundError: No module named 'flask'"],
            "ended with exit code 1: Python module flask is neither in the image nor in the package",
            "name it in the package's src/requirements.txt, or take a data_image that has it",
        ),
        (
            139,
            ['[ERROR] "libecho.so" crashed in process: SIGSEGV, it used memory that it does not have; look there'],
            'ended with exit code 139: "libecho.so" crashed in process: SIGSEGV, it used memory that it does not have',
            "look there",
        ),
        (
            139,
            ["multiplying"],
            "was ended by SIGSEGV (exit code 139): a memory error in the processor's code (its last line: multiplying)",
            LOG,
        ),
        (
            1,
            [*TRACEBACK, "FileNotFoundError: [Errno 2] No such file or directory: '/eas/workspace/model/nope.json'"],
            "No such file or directory: '/eas/workspace/model/nope.json' (app.py, line 2)",
            OF_MODEL,
        ),
        (
            1,
            ["cannot open /eas/workspace/model/nope.bin", 'initialize of "a.so" failed with state -1; see above'],
            'ended with exit code 1: initialize of "a.so" failed with state -1',
            OF_MODEL,
        ),
        (
            134,
            ["java.io.FileNotFoundException: /home/admin/docker_ml/workspace/model/a (No such file or directory)"],
            "was ended by SIGABRT",
            OF_MODEL,
        ),
        (1, ["FileNotFoundError: No such file or directory: '/eas/workspace/models'"], "workspace/models'", LOG),
        (139, ["[12:00] [INFO] Start 5 worker thread"], "(exit code 139): a memory error in the processor's code", LOG),
        (134, [], "was ended by SIGABRT (exit code 134): the processor's code, or a library of it, gave up", LOG),
        (136, [], "was ended by SIGFPE (exit code 136): a division by zero in the processor's code", LOG),
        (135, [], "was ended by SIGBUS (exit code 135): a memory error in the processor's code", LOG),
        (132, [], "SIGILL (exit code 132): an instruction that this machine's CPU does not have", LOG),
        (137, [], "was ended by SIGKILL (exit code 137)", LOG),
        (0, ["bye"], "came to its end by itself (exit code 0): its code did not stay in run()", "let it end with run() of its processor, and never exit"),
        (127, ["/eas/host.sh: 9: python3: not found"], 'cannot execute "python3"', "name an image in data_image that has it"),
        (1, ["OSError: [Errno 28] No space left on device"], "wrote to a disk that is full", "free some of the engine's disk, or keep large files in mounted storage"),
    ],
)  # fmt: skip
def test_the_last_line_tells_why_a_processor_has_ended_and_what_to_do(code, lines, sentence, advice):
    cause = ended(code, *lines)

    assert sentence in cause.sentence
    assert cause.advice == advice
    assert cause.reason in {"Error", "Completed", "CommandNotFound", "StorageFull"}


def test_a_host_that_is_a_program_of_ours_says_itself_who_has_ended_it():
    cause = ended(0, '[ERROR] "a.so" called exit(0) in process; it must return a status instead', want=CPP)

    assert cause.sentence == 'worker0 came to its end by itself (exit code 0): "a.so" called exit(0) in process'
    assert cause.advice == "it must return a status instead"


def loading(unready: str = INITIALIZING, **changes: object) -> Instance:
    have = an_instance(WANT, linked=False)
    return have.with_link(a_link(WANT, have, unready=(("worker0", unready),), **changes))


def test_nothing_is_wrong_while_it_loads_whatever_it_listens_on():
    found = report(loading(listeners=(("0.0.0.0", 8000),)))

    assert found.diagnoses == ()
    assert found.summary == f"Waiting for 10 s, ready 0/1: Instance <a> is not ready: worker0: {INITIALIZING}"


def test_one_that_loads_for_long_is_told_with_what_it_waits_for():
    (diagnosis,) = report(loading(), now=175).diagnoses
    (cause,) = diagnosis.causes

    assert (cause.reason, diagnosis.error) == ("Initializing", "Instance <a> is not ready.")
    assert cause.sentence == f"worker0 runs for 65 s, and {INITIALIZING}"
    assert "eas-local logs demo -f" in cause.advice


@pytest.mark.parametrize(
    ("failure", "sentence", "advice"),
    [
        ("the recorded request was answered 400", "the recorded request was answered 400", "warm_up_data_path"),
        ("it was answered 400; record another", "it was answered 400", "record another"),
    ],
)
def test_a_recorded_request_that_fails_is_the_cause(failure, sentence, advice):
    probe = ProbeReport("worker0", CheckKind.READINESS, "failing", "-", failure)

    (diagnosis,) = report(loading(failure, probes=(probe,))).diagnoses
    (cause,) = diagnosis.causes

    assert (cause.reason, cause.sentence) == ("Unhealthy", f"worker0 is not ready: {sentence}")
    assert advice in cause.advice


def test_a_silent_sidecar_is_not_blamed_on_the_port_that_the_host_names():
    have = an_instance(WANT, linked=False)
    said = LogLine("", "[INFO] rpc binds to predefined port 8080")

    (diagnosis,) = report(have, evidence=Evidence(tails={KeptRun("a", "worker0", 0): (said,)})).diagnoses

    assert "another port" not in diagnosis.causes[0].advice


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (SourceMissing, "A source of the processor, or a folder to mount, does not exist."),
        (SourceUnusable, "A source of the processor cannot be used."),
        (SourceUnreachable, "A source of the processor cannot be reached."),
    ],
)
def test_what_cannot_be_fetched_is_told_with_what_to_do(kind, error):
    trouble = Trouble(kind.reason, 'processor_path "x": failed so; do this', permanent=False, since=100)

    (diagnosis,) = report(trouble=trouble).diagnoses
    (cause,) = diagnosis.causes

    assert diagnosis.error == error
    assert (cause.sentence, cause.advice) == ('processor_path "x": failed so', "do this")


def test_what_has_crashed_and_serves_again_is_a_note():
    last = LastState(134, "Error", 110, 112)
    have = an_instance(WANT, runs=(a_run(attempt=2, started_at=115, last=last),))
    evidence = Evidence(tails={KeptRun("a", "worker0", 1): (LogLine("", "terminate called"),)})

    found = report(have, evidence=evidence)

    assert (found.summary, found.diagnoses) == ("ready 1/1", ())
    (note,) = found.notes
    assert note == (
        "worker0 of a has been started again 2 times; its last run was ended by SIGABRT (exit code 134): the processor's "
        "code, or a library of it, gave up (its last line: terminate called); eas-local logs demo --previous shows it"
    )


def test_the_ways_out_of_a_paused_update_begin_with_the_code():
    want = replace(WANT, version=2, change=Change.UPDATE)
    before = an_instance(want, "old", fingerprint="r0", ready=True)
    crashed = a_run(state=RunState.EXITED, exit_code=1, finished_at=115)

    paused, _ = report(before, an_instance(want, "new", version=2, runs=(crashed,), linked=False), want=want).diagnoses

    assert paused.causes[0].advice == (
        "correct the code, then eas-local restart demo; or the document with eas-local modify demo, "
        "or go back: eas-local version demo 1"
    )
