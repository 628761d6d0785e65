"""What is different about a processor: its host alone says when it is ready, and why it has ended in its last line.

Such a line says what failed and, after its last semicolon, what to do now. Where the user's own code had the last word, it
is an exception or anything at all.
"""

import re
from collections.abc import Iterator
from signal import Signals

from eas_local.core.diagnosis.case import Case
from eas_local.core.diagnosis.report import Cause
from eas_local.core.instance import Run
from eas_local.core.processor import MODEL, PREDICTOR, WORKSPACE, Language
from eas_local.core.service import CheckKind, Container, Service
from eas_local.core.wire import SidecarState

LONG = 60.0
"""Seconds; a processor that loads for longer may load something large, or be stuck."""
_PROGRESS = re.compile(r"^(?:\[[^\]]*\] )?\[INFO\] ")
_LEVEL = re.compile(r"^(?:\[[^\]]*\] )+")
_EXCEPTION = re.compile(r"[\w.]*(?:Error|Exception|Exit|Interrupt)\b")
_STEP = re.compile(r'File "([^"]+)", line (\d+)')
_OWN = f"{PREDICTOR}/"
_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
_MODEL_ABSENT = re.compile(
    rf"^(?=.*(?:{MODEL}|{WORKSPACE}/model)\b)(?=.*(?:no ?such ?file|file ?not ?found|does not exist|cannot open))",
    re.IGNORECASE,
)
_MEANINGS = {
    Signals.SIGSEGV: "a memory error in the processor's code",
    Signals.SIGBUS: "a memory error in the processor's code",
    Signals.SIGABRT: "the processor's code, or a library of it, gave up",
    Signals.SIGFPE: "a division by zero in the processor's code",
    Signals.SIGILL: "an instruction that this machine's CPU does not have; build the processor for it",
}
_LOG = "eas-local logs {} shows all it wrote (--previous: before its last restart)"


def unready(service: Service, container: Container, run: Run, link: SidecarState, now: float) -> Iterator[Cause]:
    failures = (
        probe.failure
        for probe in link.probes
        if (probe.container, probe.kind) == (container.name, CheckKind.READINESS) and probe.failure
    )
    if failure := next(failures, ""):
        said, advice = _parted(failure)
        advice = advice or "correct what process does with the recorded request, or warm_up_data_path"
        yield Cause("Unhealthy", f"{container.name} is not ready: {said}", advice, container.name)
    elif now - run.started_at >= LONG:
        waits_for = dict(link.unready)[container.name]
        sentence = f"{container.name} runs for {now - run.started_at:.0f} s, and {waits_for}"
        yield Cause("Initializing", sentence, _of_patience(service), container.name)


def module_missing(case: Case) -> Cause | None:
    module = case.named(_MODULE)
    processor = case.service.processor
    if not module or not processor:
        return None
    return case.cause(
        "Error",
        f"ended with exit code {case.code}: Python module {module} is neither in the image nor in the package",
        f"name it in the package's {processor.requirements}, or take a data_image that has it",
    )


def signalled(case: Case) -> Cause | None:
    if case.code <= 128 or case.code - 128 not in set(Signals):
        return None
    signal = Signals(case.code - 128)
    last, advice = _last_words(case)
    if signal.name in last:
        return case.cause("Error", f"ended with exit code {case.code}: {last}", advice)
    meaning = f": {_MEANINGS[signal]}" if signal in _MEANINGS else ""
    return case.cause(
        "Error", f"was ended by {signal.name} (exit code {case.code}){meaning}{_printed(case)}", _remedy(case)
    )


def completed(case: Case) -> Cause | None:
    if case.code != 0:
        return None
    processor = case.service.processor
    if processor and processor.language is Language.PYTHON:
        last, advice = "its code did not stay in run()", "let it end with run() of its processor, and never exit"
    else:
        last, advice = _last_words(case)
    return case.cause("Completed", f"came to its end by itself (exit code 0): {last}", advice)


def failed(case: Case) -> Cause:
    last, advice = _last_words(case)
    said = f": {last}" if last else ", and wrote no reason"
    return case.cause("Error", f"ended with exit code {case.code}{said}", advice)


def _last_words(case: Case) -> tuple[str, str]:
    """What the last line says, and what to do now."""
    last = _last_line(case)
    if _EXCEPTION.match(last):
        return f"{last}{_place(case)}", _remedy(case)
    said, advice = _parted(_LEVEL.sub("", last))
    return said, _remedy(case, advice)


def _last_line(case: Case) -> str:
    """That things went well until then is no reason."""
    return next((line for line in reversed(case.lines) if line and not _PROGRESS.match(line)), "")


def _place(case: Case) -> str:
    """Where an exception comes from: the last line of the user's own code on the way there, if there is one."""
    steps = [match.groups() for line in case.lines if (match := _STEP.search(line))]
    own = [(file.removeprefix(_OWN), line) for file, line in steps if file.startswith(_OWN)]
    return " ({}, line {})".format(*(own or steps)[-1]) if steps else ""


def _printed(case: Case) -> str:
    """The last line, where it is not one of the host's."""
    last = _last_line(case)
    return f" (its last line: {last})" if last and not _LEVEL.match(last) else ""


def _parted(sentence: str) -> tuple[str, str]:
    what, _, advice = sentence.rpartition("; ")
    return (what, advice) if what else (sentence, "")


def _remedy(case: Case, advice: str = "") -> str:
    """A library that misses its model says so itself, and its host after it only that it has failed."""
    if any(map(_MODEL_ABSENT.search, list(filter(None, case.lines))[-2:])):
        return "correct model_entry or model_path"
    return advice or _LOG.format(case.service.name)


def _of_patience(service: Service) -> str:
    return (
        "wait where it loads something large; what its code prints tells how far it has come "
        f"(eas-local logs {service.name} -f)"
    )
