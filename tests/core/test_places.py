"""Instances that are wanted and not there yet."""

from dataclasses import replace

from eas_local.core.desired import Goal
from eas_local.core.places import pending
from tests.builders import a_desired, a_service, an_instance

WANT = a_desired(a_service("my_service", replicas=2))


def test_each_place_nobody_holds_shows_under_a_name_in_the_clouds_shape():
    held = an_instance(WANT, "a")
    (place,) = pending(WANT, [held])
    assert place.name == f"my-service-{WANT.fingerprint}-00001"
    assert (place.ordinal, place.alive, place.ready) == (1, False, False)


def test_an_old_instance_holds_its_place_until_its_successor_is_there():
    assert [place.ordinal for place in pending(WANT, [an_instance(WANT, "old", fingerprint="r0")])] == [1]


def test_a_stopped_service_has_no_places():
    assert pending(replace(WANT, goal=Goal.STOP), []) == []
