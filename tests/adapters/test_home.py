"""A home knows whose it is."""

import pytest

from eas_local.adapters.home import open_home
from eas_local.core.errors import EngineUnusable


def test_a_home_stays_the_same_owners(tmp_path):
    first = open_home(tmp_path / "home")
    assert open_home(tmp_path / "home") == first
    assert sorted(p.name for p in (tmp_path / "home").iterdir()) == ["key", "owner"]
    assert (tmp_path / "home" / "key").stat().st_mode & 0o777 == 0o600


def test_two_homes_have_two_owners(tmp_path):
    assert open_home(tmp_path / "a").owner != open_home(tmp_path / "b").owner


@pytest.mark.parametrize("name", ["owner", "key"])
@pytest.mark.parametrize("content", [b"", b"nobody", b"\xff"])
def test_a_broken_file_is_named(tmp_path, name, content):
    open_home(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(EngineUnusable, match=f"{name}: "):
        open_home(tmp_path)
