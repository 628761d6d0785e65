"""What probes have found outlives the program that found it."""

from eas_local.core.admission import Told
from eas_local.sidecar import passed

KNOWN = {("worker0", 2, "readiness"): Told(5, keepalive=10), ("worker1", 0, "startup"): None}


def test_it_is_read_as_it_was_kept(tmp_path):
    passed.save(tmp_path / "passed.json", KNOWN)

    assert passed.load(tmp_path / "passed.json") == KNOWN


def test_nothing_is_known_where_nothing_can_be_read(tmp_path):
    (tmp_path / "broken.json").write_text('[["worker0"]')
    (tmp_path / "other.json").write_text('[["worker0", 2, "readiness"], 5]')

    assert passed.load(tmp_path / "none.json") == {}
    assert passed.load(tmp_path / "broken.json") == {}
    assert passed.load(tmp_path / "other.json") == {}


def test_a_disk_that_takes_nothing_is_no_trouble(tmp_path):
    passed.save(tmp_path / "nowhere" / "passed.json", KNOWN)
