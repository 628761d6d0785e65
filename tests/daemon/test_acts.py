"""Steps that are carried out, fail and are tried again; by a clock that stands still until it is told to go on."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from eas_local.core.errors import EasError, ImageUnavailable, StartRefused
from eas_local.core.status import Event
from eas_local.core.steps import CreatePod, Drain, StartRun, Step
from eas_local.daemon.acts import Acts
from tests.builders import a_desired, a_service
from tests.fakes import FakeClock

WANT = a_desired()
CREATE = CreatePod(0, "no instance of this revision")
START = StartRun("a", "worker0", 0, "not started yet")


@dataclass
class Bench:
    """`fails`: what carrying out a step raises, until it is taken away; `held`: steps that take for ever."""

    clock: FakeClock = field(default_factory=FakeClock)
    fails: dict[Step, EasError] = field(default_factory=dict)
    held: set[Step] = field(default_factory=set)
    tried: list[Step] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.acts = Acts(self._execute, self.told.append, lambda: None, self.clock)

    async def _execute(self, step, want, say):
        self.tried.append(step)
        if step in self.held:
            await asyncio.Event().wait()
        if step in self.fails:
            raise self.fails[step]

    async def heed(self, *steps: Step, want=WANT) -> None:
        """A look finds these steps, and those that end have ended."""
        self.acts.look_begins(want)
        self.acts.heed(want, steps)
        await asyncio.gather(*(act.task for act in self.acts._acts.values() if act.step not in self.held))


@pytest.fixture
async def bench():
    bench = Bench()
    yield bench
    await bench.acts.cancel()


async def test_a_step_that_is_done_is_told_in_its_own_words(bench):
    await bench.heed(START)

    assert bench.told == [Event(1000, "demo", "Normal", "StartRun", str(START), "a")]


async def test_a_step_that_fails_is_tried_again_ever_more_rarely(bench):
    bench.fails[CREATE] = ImageUnavailable("no such image")
    waits = []
    for _ in range(8):
        await bench.heed(CREATE)
        waits.append(bench.acts.retry_within)
        await bench.heed(CREATE)
        bench.clock.advance(waits[-1])

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert len(bench.tried) == 8


async def test_the_same_failure_is_told_once_another_one_again(bench):
    for sentence in ("no such image", "no such image", "no such host"):
        bench.fails[CREATE] = ImageUnavailable(sentence)
        await bench.heed(CREATE)
        bench.clock.advance(60)
    bench.fails.clear()
    await bench.heed(CREATE)

    assert [(event.type, event.message) for event in bench.told] == [
        ("Warning", f"{CREATE}: no such image"),
        ("Warning", f"{CREATE}: no such host"),
        ("Normal", str(CREATE)),
    ]


@pytest.mark.parametrize("wrong", [-86_400, 86_400])
async def test_a_clock_that_is_set_makes_no_wait_longer_or_shorter(bench, wrong):
    bench.fails[CREATE] = ImageUnavailable("no such image")
    await bench.heed(CREATE)
    bench.clock.set(1000 + wrong)

    await bench.heed(CREATE)
    assert (len(bench.tried), bench.acts.retry_within) == (1, 1)
    bench.clock.advance(1)
    await bench.heed(CREATE)
    assert len(bench.tried) == 2


async def test_what_takes_long_is_shown_whatever_the_clock_says(bench):
    bench.held.add(START)
    await bench.heed(START)
    bench.acts._say(("a", "worker0"), "worker0 is being started")
    bench.clock.set(0)
    assert bench.acts.doing == ""
    bench.clock.advance(1)

    assert bench.acts.doing == "worker0 is being started"


async def test_what_can_never_work_is_tried_once_until_something_else_is_wanted(bench):
    bench.fails[START] = StartRefused("there is no such program")
    for _ in range(2):
        await bench.heed(START)
        bench.clock.advance(3600)
    assert (len(bench.tried), bench.acts.retry_within) == (1, None)
    assert bench.acts.trouble.permanent

    await bench.heed(START, want=replace(WANT, updated_at=200))

    assert len(bench.tried) == 2


async def test_a_trouble_goes_with_the_step_that_nobody_plans_any_more(bench):
    bench.fails[CREATE] = ImageUnavailable("no such image")
    await bench.heed(CREATE)
    assert bench.acts.trouble

    await bench.heed()

    assert (bench.acts.trouble, bench.acts.retry_within) == (None, None)


async def test_a_held_step_that_is_due_waits_for_the_end_of_another_and_wakes_nobody(bench):
    bench.fails[START] = ImageUnavailable("no such image")
    await bench.heed(START)
    drain = Drain("a", "service is stopped")
    bench.held.add(drain)
    await bench.heed(START, drain)
    bench.clock.advance(5)
    await bench.heed(START, drain)

    assert bench.acts.retry_within is None


async def test_a_look_that_may_have_missed_the_end_of_an_act_begins_nothing_on_the_same_thing(bench):
    await bench.heed(START)
    bench.acts.heed(WANT, [START, CREATE])
    await asyncio.gather(*(act.task for act in bench.acts._acts.values()))

    assert bench.tried == [START, CREATE]


async def test_instances_beyond_what_is_wanted_are_given_up_before_anybody_looks(bench):
    third = CreatePod(2, "no instance of this revision")
    bench.held = {CREATE, third}
    await bench.heed(CREATE, third, want=a_desired(a_service(replicas=3)))
    (given_up,) = [act.task for act in bench.acts._acts.values() if act.step is third]

    bench.acts.look_begins(a_desired(a_service(replicas=1)))
    await asyncio.wait((given_up,))

    assert [act.step for act in bench.acts._acts.values()] == [CREATE]
