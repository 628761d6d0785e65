"""Series that once ended wrongly, each under the name of what it taught."""

from collections.abc import Iterator
from contextlib import contextmanager

from eas_local.daemon.executor import STARTS
from tests.model.series import Series
from tests.model.wishes import FINE, REFUSED, STUCK, Text

ANOTHER = FINE[1]


@contextmanager
def a_series(text: Text, *, settled: bool = True) -> Iterator[Series]:
    """It comes to rest in the end, and is compared with what was asked for."""
    series = Series()
    try:
        series.begins(text, settled)
        yield series
    finally:
        series.teardown()


def test_a_daemon_that_starts_while_the_engine_is_away_keeps_the_routes():
    with a_series(Text(instance=3)) as series:
        series.engine_goes_away(pause=0.03)
        series.daemon_dies(dead=0.03, pause=0.4)
        series.engine_comes_back(pause=2)


def test_what_was_asked_for_after_the_clock_was_set_back_is_what_a_new_daemon_knows():
    with a_series(Text()) as series:
        series.clock_is_set(seconds=-3600, pause=0.03)
        series.modify_image("demo", ANOTHER, pause=2)
        series.daemon_dies(dead=0.03, pause=2)


def test_a_container_that_starts_after_the_clock_was_set_back_is_not_started_again_and_again():
    with a_series(Text()) as series:
        series.clock_is_set(seconds=-3600, pause=0.03)
        series.container_ends("demo", choice=0, oom=False, pause=2)


def test_the_last_ready_instance_serves_on_though_its_place_is_no_more():
    with a_series(Text(instance=3, unavailable=2)) as series:
        series.modify_image("demo", REFUSED, pause=0.03)
        series.replace("demo", Text(ANOTHER, instance=2), pause=2)


def test_an_image_that_never_arrives_keeps_nobody_from_another_one():
    with a_series(Text(STUCK), settled=False) as series:
        series.modify_image("demo", ANOTHER, pause=2)


def test_of_a_thousand_instances_nobody_wants_any_more_only_a_few_were_begun():
    with a_series(Text(instance=1000), settled=False) as series:
        series.scale("demo", 1, pause=2)
        assert len(series.world.engine.sandboxes) <= STARTS


def test_an_old_instance_that_crashes_while_its_update_cannot_go_on_comes_back():
    with a_series(Text()) as series:
        series.modify_image("demo", REFUSED, pause=2)
        series.container_ends("demo", choice=0, oom=False, pause=2)
