"""Whatever instances there are, and in whatever state: planning and doing what is planned comes to an end, with what is
wanted and nothing else, and meanwhile no update lets go of more instances than it may."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from eas_local.core import places, planner, rehearsal, render
from eas_local.core.desired import Desired, Goal
from eas_local.core.instance import Instance, Run, RunState
from eas_local.core.orders import Fate, Orders
from eas_local.core.service import Rolling, Share
from eas_local.core.wire import SidecarState
from tests.builders import a_container, a_desired, a_link, a_run, a_sandbox, a_service, an_instance
from tests.model.conftest import asked_for

NOW = 1000.0
ROUNDS = 100
NAMES = "abcdef"
OLDER = ("revision 1", "revision 2")
CONTAINERS = (a_container(), a_container(name="worker1", port=8001))
MOMENTS = st.sampled_from((NOW - 700, NOW - 20, NOW - 10, NOW, NOW + 3600))


@st.composite
def wishes(draw: DrawFn) -> Desired:
    rolling = Rolling(Share(draw(st.integers(1, 3))), Share(draw(st.integers(0, 3))))
    containers = CONTAINERS[: draw(st.integers(1, 2))]
    service = a_service(replicas=draw(st.integers(1, 3)), containers=containers, rolling=rolling)
    fates = draw(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(Fate), max_size=2))
    return a_desired(service, goal=draw(st.sampled_from(Goal)), orders=Orders(tuple(fates.items())))


@st.composite
def runs(draw: DrawFn, container: str) -> Sequence[Run]:
    """None, or some of a row of which all but the last have ended."""
    states = draw(st.lists(st.just(RunState.EXITED), max_size=2)) + draw(
        st.lists(st.sampled_from(RunState), max_size=1)
    )
    first = draw(st.integers(0, 2))
    return [
        a_run(
            id=f"{container}.{attempt}",
            container=container,
            attempt=attempt,
            state=state,
            started_at=draw(MOMENTS),
            finished_at=draw(MOMENTS),
            exit_code=1,
            streak=draw(st.integers(0, 9)),
        )
        for attempt, state in enumerate(states, first)
    ]


@st.composite
def links(draw: DrawFn, want: Desired, have: Instance) -> SidecarState:
    """Of a sidecar that knows the present runs, or earlier ones, and is told what is wanted or something else."""
    since = draw(st.none() | MOMENTS)
    return a_link(
        want,
        have,
        ready=draw(st.booleans()),
        config_digest=draw(st.sampled_from(("another", render.sidecar_config(want, have).digest))),
        attempts=tuple((run.container, draw(st.sampled_from((0, run.attempt)))) for run in have.currents),
        failing=tuple((run.container, "it does not answer") for run in have.currents if draw(st.booleans())),
        draining=since is not None,
        draining_since=since or 0,
        in_flight=draw(st.integers(0, 1)),
    )


@st.composite
def instances(draw: DrawFn, want: Desired, name: str) -> Instance:
    running = draw(st.booleans())
    known = running or draw(st.booleans())
    sandbox = a_sandbox(id=name if known else "", running=running, started_at=draw(MOMENTS))
    have = Instance(
        name,
        want.name,
        ordinal=draw(st.integers(0, 3)),
        fingerprint=draw(st.sampled_from((*OLDER, want.fingerprint))),
        version=1,
        created_at=draw(MOMENTS),
        sandbox=sandbox,
        runs=tuple(run for container in want.service.containers for run in draw(runs(container.name))),
    )
    return have.with_link(draw(st.none() | links(want, have))) if sandbox.running else have


@asked_for(max_examples=60)
@given(data=st.data(), want=wishes(), count=st.integers(0, 5))
def test_from_any_start_the_plans_end_in_what_is_wanted(data, want, count):
    have = [data.draw(instances(want, name)) for name in NAMES[:count]]
    played = list(islice(rehearsal.rounds(want, have, NOW), ROUNDS + 1))
    there = played[-1].have if played else have

    assert len(played) <= ROUNDS
    kept = [i for i in there if want.orders.fate(i.name) is Fate.DETACHED]
    managed = [i for i in places.seated(want, there) if i not in kept]
    assert sorted(i.ordinal for i in managed) == list(range(want.replicas))
    assert all(i.ready and i.fingerprint == want.fingerprint for i in managed)
    assert all(len(i.runs) == len(want.service.containers) for i in managed)
    assert want.goal is Goal.RUN or not kept


@asked_for(max_examples=40)
@given(want=wishes(), before=st.integers(1, 3))
def test_an_update_that_begins_well_never_goes_below_what_it_promises(want, before):
    """Of as many old instances as there are places, each ready."""
    want = replace(want, goal=Goal.RUN, orders=Orders())
    have = [an_instance(want, name, ordinal=place, fingerprint=OLDER[0]) for place, name in enumerate(NAMES[:before])]
    least = min(before, want.replicas - want.service.rolling.max_unavailable.of(want.replicas))

    for played in rehearsal.rounds(want, have, NOW):
        assert serving(want, played) >= least, played.steps


def serving(want: Desired, played: rehearsal.Round) -> int:
    """How many get requests once the next plan is known."""
    leaving = planner.plan(want, played.have, NOW).leaving
    return sum(i.ready for i in played.have if i.name not in leaving)
