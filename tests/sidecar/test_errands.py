"""Checks by a command: what the sidecar asks somebody else to run, in virtual time, and what it makes of the reports."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from eas_local.core.errands import Errand, ErrandReport
from eas_local.core.service import Check, CheckKind, Exec
from eas_local.core.wire import ProbeReport, Target
from eas_local.sidecar import checks
from eas_local.sidecar.errands import Errands
from eas_local.sidecar.prober import Prober
from tests import virtual_time
from tests.net import answering, echo
from tests.sidecar.pods import a_config, a_pod, respawned

COMMAND = ("cat", "/tmp/ready")


def a_target(*kinds: CheckKind, attempt: int = 0, **fields: float) -> Target:
    return Target("worker0", attempt, checks=tuple(Check(kind, Exec(COMMAND), **fields) for kind in kinds))


LIVENESS, READINESS = a_target(CheckKind.LIVENESS), a_target(CheckKind.READINESS)


class Pod:
    """A prober with its errands, and what a daemon would do: see those that are due, and report on them."""

    def __init__(self, target: Target) -> None:
        self.seen: list[tuple[float, str]] = []
        self._asked = asyncio.Event()
        self.errands = Errands(self._note)
        run = partial(checks.run, address="", errands=self.errands)
        self.prober = Prober("172.17.0.2", tuple, run, lambda: None, {})
        self.prober.watch([target])

    @property
    def due(self) -> Errand:
        (errand,) = self.errands.due
        return errand

    @property
    def probe(self) -> ProbeReport:
        (report,) = self.prober.reports()
        return report

    async def report(self, failure: str = "", took: float = 0.05) -> None:
        self._asked.clear()
        self.errands.settle(ErrandReport(self.due.id, failure, took))
        await asyncio.sleep(0.001)

    async def serve(self, history: str, took: float = 0.05) -> None:
        """Carry out an errand for each mark, as it falls due."""
        for mark in history:
            await self._asked.wait()
            await asyncio.sleep(took)
            await self.report("" if mark == "+" else "no", took)

    def _note(self) -> None:
        for errand in self.errands.due:
            self.seen.append((round(now(), 1), errand.id))
            self._asked.set()


def now() -> float:
    return asyncio.get_running_loop().time()


def told(target: Target, story: Callable[[Pod], Awaitable[None]]) -> Pod:
    async def whole() -> Pod:
        pod = Pod(target)
        await asyncio.sleep(0.001)
        await story(pod)
        pod.prober.stop()
        return pod

    return virtual_time.run(whole())


@pytest.mark.parametrize("kind", list(CheckKind))
def test_a_check_that_is_due_is_an_errand_and_its_report_is_counted(kind):
    async def story(pod):
        assert pod.due == Errand(pod.due.id, "worker0", 3, COMMAND, within=2)
        await pod.report("No such file")
        assert pod.errands.due == ()
        assert pod.probe == ProbeReport("worker0", kind, "unknown", "-", "No such file")

    told(a_target(kind, attempt=3, timeout=2), story)


def test_reports_turn_the_verdict_as_any_other_outcome_does():
    async def story(pod):
        await pod.serve("+--")
        assert pod.prober.health()["worker0"].ready
        await pod.serve("-")
        assert pod.prober.health()["worker0"].failing == "Liveness probe failed: no"

    told(LIVENESS, story)


def test_while_nobody_carries_it_out_nothing_is_counted_and_the_verdict_stands():
    async def story(pod):
        await pod.serve("+")
        await asyncio.sleep(3600)
        assert pod.prober.health()["worker0"].ready
        assert (pod.probe.verdict, pod.probe.history) == ("passing", "+")

    assert len({errand for _, errand in told(READINESS, story).seen}) == 2


def test_no_check_is_run_faster_than_its_period_when_somebody_is_back():
    async def story(pod):
        await asyncio.sleep(59.9)
        await pod.serve("+++")

    assert [at for at, _ in told(READINESS, story).seen] == [0, 70, 80]


def test_a_command_that_takes_longer_than_the_period_is_asked_for_again_at_once():
    async def story(pod):
        await pod.serve("+++", took=3)

    slow = a_target(CheckKind.READINESS, period=1, timeout=5)
    assert [at for at, _ in told(slow, story).seen] == [0, 3, 6, 9]


def test_a_report_on_an_errand_that_is_no_more_is_dropped():
    async def story(pod):
        before = pod.due
        await pod.report()
        await asyncio.sleep(10)
        pod.errands.settle(ErrandReport(before.id, "late", 1))
        pod.errands.settle(ErrandReport("never heard of", "late", 1))
        await asyncio.sleep(1)
        assert pod.probe.history == "+"
        assert pod.due != before

    told(READINESS, story)


def test_a_second_report_on_one_errand_changes_nothing():
    async def story(pod):
        pod.errands.settle(ErrandReport(pod.due.id, "", 0.1))
        pod.errands.settle(ErrandReport(pod.due.id, "no", 0.1))
        await asyncio.sleep(1)
        assert pod.probe.history == "+"

    told(READINESS, story)


def test_a_new_run_has_an_errand_of_its_own_and_the_old_ones_report_is_dropped():
    async def story(pod):
        before = pod.due
        pod.prober.watch([a_target(CheckKind.READINESS, attempt=1)])
        await asyncio.sleep(1)
        assert pod.due.attempt == 1
        pod.errands.settle(ErrandReport(before.id, "of the run before", 1))
        await asyncio.sleep(1)
        assert pod.probe.history == ""

    told(READINESS, story)


async def test_an_errand_is_told_to_who_waits_and_a_report_opens_the_gate(tmp_path):
    async with answering(echo) as container:
        config = a_config(container.port, targets=(a_target(CheckKind.READINESS, attempt=2),))
        async with a_pod(config, tmp_path) as pod:
            state = await pod.until(lambda state: state.errands)
            assert not state.ready
            await reported(pod, state.errands[0])
            state = await pod.ready()

    assert state.errands == ()
    assert state.probes == (ProbeReport("worker0", CheckKind.READINESS, "passing", "+", ""),)


async def test_a_program_that_was_started_anew_takes_no_report_on_what_the_one_before_asked_for(tmp_path):
    async with answering(echo) as container:
        config = a_config(container.port, targets=(READINESS,))
        async with a_pod(config, tmp_path) as pod:
            before = (await pod.until(lambda state: state.errands)).errands[0]
        async with respawned(pod.path) as pod:
            await reported(pod, before)
            state = await pod.until(lambda state: state.errands)

    assert (state.ready, state.probes[0].history) == (False, "")


@pytest.mark.parametrize(("secret", "body", "status"), [("", b"{}", 401), ("s3cret", b"{}", 400), ("s3cret", b"", 400)])
async def test_a_report_needs_the_secret_and_must_be_one(tmp_path, secret, body, status):
    async with answering(echo) as container, a_pod(a_config(container.port), tmp_path) as pod:
        assert (await pod.control_("POST /v1/reports", body=body, secret=secret)).status == status


async def reported(pod, errand: Errand) -> None:
    answer = await pod.control_("POST /v1/reports", body=ErrandReport(errand.id, "", 0.05).to_json().encode())
    assert answer.status == 200
