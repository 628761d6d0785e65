"""A home knows whose it is."""

from pathlib import Path

import pytest

from eas_local.adapters.home import open_home
from eas_local.core.errors import Unwritable


def test_a_home_stays_the_same_owners(tmp_path):
    first = open_home(tmp_path / "home")
    assert open_home(tmp_path / "home") == first
    assert sorted(p.name for p in (tmp_path / "home").iterdir()) == ["key", "owner"]
    assert (tmp_path / "home" / "key").stat().st_mode & 0o777 == 0o600


def test_two_homes_have_two_owners(tmp_path):
    assert open_home(tmp_path / "a").owner != open_home(tmp_path / "b").owner


SPOILT = [b"", b"nobody", b"\xff"]


@pytest.mark.parametrize("content", [None, *SPOILT])
def test_a_lost_or_spoilt_owner_is_found_again_by_the_key(tmp_path, content):
    before = open_home(tmp_path)
    spoil(tmp_path / "owner", content)

    assert open_home(tmp_path) == before
    assert (tmp_path / "owner").read_text() == before.owner


@pytest.mark.parametrize("content", [None, *SPOILT])
def test_a_lost_or_spoilt_key_is_followed_by_another_and_the_owner_stays(tmp_path, content):
    before = open_home(tmp_path)
    spoil(tmp_path / "key", content)
    after = open_home(tmp_path)

    assert after.owner == before.owner
    assert after.key != before.key
    assert len(after.key) == len(before.key)
    assert open_home(tmp_path) == after


def spoil(file: Path, content: bytes | None) -> None:
    file.unlink()
    if content is not None:
        file.write_bytes(content)


def test_a_home_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(Unwritable, match='home": Not a directory'):
        open_home(tmp_path / "file" / "home")
