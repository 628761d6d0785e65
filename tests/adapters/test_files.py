import errno

import pytest

from eas_local.adapters.files import disk, private_folder, write
from eas_local.core.errors import DiskFull, Unwritable


def test_a_file_is_its_owners_alone_and_so_is_its_folder(tmp_path):
    write(tmp_path / "new" / "secret", "hush")

    assert (tmp_path / "new" / "secret").read_text() == "hush"
    assert (tmp_path / "new" / "secret").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_file_that_is_there_is_replaced_and_nothing_else_is_left(tmp_path):
    write(tmp_path / "file", "old")
    write(tmp_path / "file", b"new")

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"file": "new"}


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    (tmp_path / "folder").mkdir()

    with pytest.raises(Unwritable, match='folder": Is a directory; make it writable'):
        write(tmp_path / "folder", "content")

    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_folder_that_is_there_stays_as_it_is(tmp_path):
    tmp_path.chmod(0o750)

    assert private_folder(tmp_path).stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named(tmp_path, number):
    with pytest.raises(DiskFull, match=r'file": the disk is full; free some space'), disk(tmp_path / "file"):
        raise OSError(number, "full")


def test_other_trouble_is_passed_on(tmp_path):
    with pytest.raises(PermissionError), disk(tmp_path):
        raise PermissionError(errno.EACCES, "no")
