"""What makes instances of one revision."""

from dataclasses import replace

from eas_local.core import desired
from eas_local.core.service import Container
from tests.builders import a_desired


def test_a_field_at_its_default_takes_no_part_in_the_fingerprint_so_that_a_later_release_may_add_one():
    assert desired._said(Container("worker0", "python")) == ("Container", (("name", "worker0"), ("image", "python")))


def test_every_value_given_in_a_container_makes_another_fingerprint():
    want = a_desired()
    (container,) = want.service.containers
    others = [replace(container, env=(("A", "1"),)), replace(container, argv=("run",)), replace(container, port=1)]
    revisions = {replace(want, service=replace(want.service, containers=(one,))).fingerprint for one in others}

    assert len(revisions - {want.fingerprint}) == len(others)
