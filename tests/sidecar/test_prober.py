"""Which checks are run when, in virtual time, and what comes of them."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import pytest

from eas_local.core.admission import Told
from eas_local.core.probe import Outcome
from eas_local.core.service import Check, CheckKind, HttpGet, Initialized, TcpSocket
from eas_local.core.wire import NOT_STARTED, Target
from eas_local.sidecar.prober import Prober
from tests import virtual_time

STARTUP, LIVENESS, READINESS = CheckKind.STARTUP, CheckKind.LIVENESS, CheckKind.READINESS
OWN = "172.17.0.2"


def a_check(kind: CheckKind, **fields: float) -> Check:
    return Check(kind, HttpGet("/", 8000), **fields)


@dataclass
class Container:
    """`passes` says from when on a check goes well, `listens` from when on the port is open; both in seconds."""

    passes: dict[CheckKind, float] = field(default_factory=dict)
    listens: float | None = None
    ran: list[tuple[float, str]] = field(default_factory=list)
    said: list[float] = field(default_factory=list)

    def read(self):
        return (("0.0.0.0", 8000),) if self.listens is not None and now() >= self.listens else ()

    async def run(self, target: Target, check: Check) -> Outcome:
        self.ran.append((round(now(), 3), check.kind.value))
        opens = self.listens if check.method == TcpSocket(8000) else self.passes.get(check.kind)
        return Outcome() if opens is not None and now() >= opens else Outcome("HTTP probe failed with statuscode: 500")


def now() -> float:
    return asyncio.get_running_loop().time()


def watched(container: Container, *targets: Target, seconds: float) -> dict[float, tuple[bool, str, str]]:
    """At which times something about the first container changed, and to what: ready, failing, unready."""

    async def story():
        history, last = {}, None

        def changed():
            nonlocal last
            said = prober.health()[targets[0].name]
            if said != last:
                last = said
                history[round(now(), 3)] = (said.ready, said.failing, said.unready)

        prober = Prober(OWN, container.read, container.run, changed, {})
        prober.watch(targets)
        changed()
        await asyncio.sleep(seconds)
        prober.stop()
        return history

    return virtual_time.run(story())


@dataclass
class Scripted:
    """Its checks go as the history of their kind says."""

    histories: dict[CheckKind, str]
    ran: Counter[CheckKind] = field(default_factory=Counter)

    async def run(self, target: Target, check: Check) -> Outcome:
        mark = self.histories[check.kind][self.ran[check.kind]]
        self.ran[check.kind] += 1
        return Outcome("" if mark == "+" else "no")


def seen_after_each_period(histories: dict[CheckKind, str], **fields: float) -> str:
    """Ten seconds apart: the gate is open (o) or shut (x), or a restart is asked for (R)."""

    async def story():
        seen = ""
        prober = Prober(OWN, tuple, Scripted(histories).run, lambda: None, {})
        prober.watch([Target("worker0", checks=tuple(a_check(kind, period=10, **fields) for kind in histories))])
        for _ in max(histories.values(), key=len):
            await asyncio.sleep(5)
            health = prober.health()["worker0"]
            seen += "R" if health.failing else "o" if health.ready else "x"
            await asyncio.sleep(5)
        prober.stop()
        return seen

    return virtual_time.run(story())


@pytest.mark.parametrize(
    ("history", "fields", "seen"),
    [
        ("+---+",  {},                       "oooxo"),
        ("--+",    {},                       "xxo"),
        ("+-+-",   {"failure_threshold": 1}, "oxox"),
        ("+-+++",  {"success_threshold": 3}, "xxxxo"),
        ("+++--+-++", {"success_threshold": 2, "failure_threshold": 2}, "xoooxxxxo"),
        ("++",     {"initial_delay": 10},    "xo"),
    ],
)  # fmt: skip
def test_readiness_opens_and_shuts_the_gate_and_asks_for_no_restart(history, fields, seen):
    assert seen_after_each_period({READINESS: history}, **fields) == seen


@pytest.mark.parametrize(
    ("history", "fields", "seen"),
    [
        ("+++",    {},                       "ooo"),
        ("--+--+", {},                       "oooooo"),
        ("+--+---+", {},                     "ooooooRR"),
        ("-+",     {"failure_threshold": 1}, "RR"),
        ("--+",    {"initial_delay": 10, "failure_threshold": 2}, "ooR"),
    ],
)  # fmt: skip
def test_liveness_counts_as_alive_until_it_asks_for_a_restart_which_stands(history, fields, seen):
    assert seen_after_each_period({LIVENESS: history}, **fields) == seen


@pytest.mark.parametrize(
    ("history", "fields", "seen"),
    [
        ("+",      {},                       "o"),
        ("--+++",  {},                       "xxooo"),
        ("---+",   {},                       "xxRR"),
        ("-----+", {"failure_threshold": 9}, "xxxxxo"),
        ("-+",     {"failure_threshold": 1}, "RR"),
    ],
)  # fmt: skip
def test_startup_keeps_the_gate_shut_until_it_passes_once_or_asks_for_a_restart(history, fields, seen):
    assert seen_after_each_period({STARTUP: history}, **fields) == seen


@pytest.mark.parametrize(
    ("startup", "liveness", "readiness", "seen"),
    [
        ("--+", "+++", "+++", "xxo"),
        ("--+", "---", "+++", "xxo"),
        ("+++", "+++", "-++", "xoo"),
        ("+++", "---", "+++", "ooR"),
        ("---", "---", "+++", "xxR"),
    ],
)  # fmt: skip
def test_liveness_and_readiness_begin_when_startup_has_passed(startup, liveness, readiness, seen):
    histories = {STARTUP: startup, LIVENESS: liveness, READINESS: readiness}

    assert seen_after_each_period(histories) == seen


def test_a_port_that_opens_is_seen_within_milliseconds_and_not_at_the_next_period():
    container = Container(listens=3.0)
    history = watched(container, Target("worker0", port=8000), seconds=29)

    ready_at = next(at for at, (ready, _, _) in history.items() if ready)
    assert 3.0 <= ready_at <= 3.03
    assert [at for at, _ in container.ran if at > ready_at] == [10, 20]
    assert history[ready_at] == (True, "", "")


def test_the_longer_a_start_takes_the_rarer_it_is_tried():
    container = Container(listens=60.0)
    watched(container, Target("worker0", port=8000), seconds=65)

    tries = [at for at, _ in container.ran]
    assert len([at for at in tries if at < 1]) > 200
    assert len([at for at in tries if 59 <= at < 60]) <= 5
    assert len([at for at in tries if at >= 60]) <= 2


def test_early_looks_are_for_the_default_readiness_only():
    container = Container(passes={READINESS: 3.0}, listens=3.0)
    target = Target("worker0", port=8000, checks=(a_check(READINESS, period=10),))
    history = watched(container, target, seconds=25)

    assert next(at for at, (ready, _, _) in history.items() if ready) == 10
    assert history[0.0] == (False, "", "Readiness probe failed: HTTP probe failed with statuscode: 500")


def test_a_container_that_stops_answering_is_not_ready_after_three_failures():
    container = Container(listens=0.0)
    target = Target("worker0", port=8000)

    async def story():
        prober = Prober(OWN, container.read, container.run, lambda: None, {})
        prober.watch([target])
        await asyncio.sleep(5)
        assert prober.health()["worker0"].ready
        container.listens = 1000.0
        await asyncio.sleep(24)
        assert prober.health()["worker0"].ready
        await asyncio.sleep(2)
        assert prober.health()["worker0"].unready == "nothing listens on port 8000"
        prober.stop()

    virtual_time.run(story())


def test_no_check_is_run_before_its_initial_delay():
    container = Container(passes={READINESS: 0})
    target = Target("worker0", port=8000, checks=(a_check(READINESS, initial_delay=20, period=10),))
    watched(container, target, seconds=45)

    assert [at for at, _ in container.ran] == [20, 30, 40]


def test_startup_holds_back_the_others_until_it_has_passed():
    container = Container(passes={STARTUP: 12, LIVENESS: 0, READINESS: 0})
    checks = (a_check(STARTUP, period=5, failure_threshold=10), a_check(LIVENESS), a_check(READINESS))
    history = watched(container, Target("worker0", port=8000, checks=checks), seconds=20)

    assert container.ran[:4] == [(0, "startup"), (5, "startup"), (10, "startup"), (15, "startup")]
    assert {kind for at, kind in container.ran if at >= 15} == {"startup", "liveness", "readiness"}
    assert history[0.0] == (False, "", "Startup probe failed: HTTP probe failed with statuscode: 500")
    assert next(at for at, (ready, _, _) in history.items() if ready) == 15


def test_an_exhausted_startup_probe_asks_for_a_restart_and_is_run_no_more():
    container = Container()
    checks = (a_check(STARTUP, period=5, failure_threshold=3),)
    history = watched(container, Target("worker0", port=8000, checks=checks), seconds=60)

    assert history[10] == (
        False,
        "Startup probe failed: HTTP probe failed with statuscode: 500",
        "Startup probe failed: HTTP probe failed with statuscode: 500",
    )
    assert [at for at, _ in container.ran] == [0, 5, 10]


def test_an_exhausted_liveness_probe_asks_for_a_restart():
    container = Container(passes={READINESS: 0})
    checks = (a_check(LIVENESS, period=10, failure_threshold=3), a_check(READINESS))
    history = watched(container, Target("worker0", port=8000, checks=checks), seconds=60)

    assert history[20] == (False, "Liveness probe failed: HTTP probe failed with statuscode: 500", "")


def test_a_new_attempt_begins_anew_and_an_unchanged_container_does_not():
    container = Container(passes={LIVENESS: 1000, READINESS: 0})
    checks = (a_check(LIVENESS, period=10, failure_threshold=3), a_check(READINESS, period=10))
    first, other = Target("worker0", 0, 8000, checks), Target("worker1")

    async def story():
        prober = Prober(OWN, container.read, container.run, lambda: None, {})
        prober.watch([first, other])
        await asyncio.sleep(15)
        prober.watch([first, other])
        await asyncio.sleep(6)
        failing = prober.health()["worker0"].failing
        prober.watch([Target("worker0", 1, 8000, checks), other])
        afterwards = prober.health()["worker0"]
        prober.stop()
        return failing, afterwards

    failing, afterwards = virtual_time.run(story())
    assert failing == "Liveness probe failed: HTTP probe failed with statuscode: 500"
    assert (afterwards.failing, afterwards.unready) == ("", "the readiness probe has not passed yet")


def test_a_container_that_has_not_been_started_fails_none_of_its_checks():
    container = Container(listens=0)
    checks = (a_check(LIVENESS, failure_threshold=1), a_check(STARTUP, failure_threshold=1))
    history = watched(container, Target("worker0", NOT_STARTED, 8000, checks), seconds=30)

    assert container.ran == []
    assert history == {0.0: (False, "", "the startup probe has not passed yet")}


def test_another_containers_port_is_not_what_this_one_listens_on_instead():
    container = Container(listens=0)
    targets = (Target("worker0", port=9000), Target("worker1", port=8000))
    history = watched(container, *targets, seconds=1)

    assert {unready for _, _, unready in history.values()} == {"nothing listens on port 9000"}


def test_what_had_passed_before_the_sidecar_was_started_again_stays_so_for_that_run_alone():
    check = a_check(READINESS, initial_delay=60, period=10, failure_threshold=1)

    async def story():
        known = {("worker0", 2, READINESS): None}
        prober = Prober(OWN, tuple, Container().run, lambda: None, known)
        prober.watch([Target("worker0", attempt=2, checks=(check,))])
        at_once = prober.health()["worker0"].ready
        await asyncio.sleep(15)
        later = prober.health()["worker0"].ready
        prober.watch([Target("worker0", attempt=3, checks=(check,))])
        another = prober.health()["worker0"].ready
        prober.stop()
        return at_once, later, another

    assert virtual_time.run(story()) == (True, False, False)


@dataclass
class Host:
    """Of a processor: it takes `loading` seconds to say each of `answers`."""

    answers: list[Outcome]
    loading: float = 30.0
    asked: list[float] = field(default_factory=list)

    async def run(self, target: Target, check: Check) -> Outcome:
        self.asked.append(now())
        await asyncio.sleep(self.loading)
        return self.answers.pop(0)


def a_processor() -> Target:
    return Target("worker0", 0, 28080, (Check(READINESS, Initialized(28090)),))


def looked_at(host: Host, *seconds: float, known=None) -> list[tuple[bool, str, str]]:
    """Whether a processor is ready, why not, and its probe's history, so many seconds after its start."""

    async def story():
        seen = []
        prober = Prober(OWN, lambda: (("0.0.0.0", 28080),), host.run, lambda: None, known or {})
        prober.watch([a_processor()])
        for at in seconds:
            await asyncio.sleep(at - now())
            health, (report,) = prober.health()["worker0"], prober.reports()
            seen.append((health.ready, health.unready, report.history))
        prober.stop()
        return seen

    return virtual_time.run(story())


def test_a_processors_host_is_asked_once_and_however_long_it_takes_nothing_counts_against_it():
    host = Host([Outcome(told=Told(5))], loading=3600)

    assert looked_at(host, 0, 3599, 3601, 9999) == [
        (False, "the processor's host has not started yet", ""),
        (False, "the processor's initialize has not returned yet", ""),
        (True, "", "+"),
        (True, "", "+"),
    ]
    assert host.asked == [0]


def test_a_processor_whose_warm_up_failed_is_asked_again_at_the_next_period():
    host = Host([Outcome("the warm-up request failed"), Outcome(told=Told(5))], loading=3)

    assert looked_at(host, 9, 14) == [(False, "the warm-up request failed", "-"), (True, "", "-+")]
    assert host.asked == [0, 10]


def test_a_processor_that_was_ready_before_the_sidecar_was_started_again_is_not_asked():
    host = Host([])

    assert looked_at(host, 0, 60, known={("worker0", 0, READINESS): 5}) == [(True, "", "")] * 2
    assert host.asked == []


def test_what_a_processors_host_listens_on_is_not_told():
    listeners = (("0.0.0.0", 28080), ("0.0.0.0", 28090), ("127.0.0.1", 5000))

    async def told():
        prober = Prober(OWN, lambda: listeners, Host([Outcome()]).run, lambda: None, {})
        prober.watch([a_processor()])
        await asyncio.sleep(2)
        seen = prober.listeners
        prober.stop()
        return seen

    assert virtual_time.run(told()) == (("127.0.0.1", 5000),)
