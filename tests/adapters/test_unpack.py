"""Whatever an archive holds, nothing of it is ever outside the folder it is unpacked into."""

import gzip
import os
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eas_local.adapters.archive_readers import head
from eas_local.adapters.unpack import unpack
from eas_local.core.archives import Unusable, form
from tests.adapters.evil_archives import a_tar, a_zip

MAKERS = [(a_tar, "x.tar"), (a_zip, "x.zip")]
BOTH = pytest.mark.parametrize(("make", "name"), MAKERS, ids=["tar", "zip"])


def unpacked(archive: Path, **limits: int) -> Path:
    target = archive.parent / "around" / "target"
    target.mkdir(parents=True)
    unpack(archive, form(archive.name, head(archive)), target, lambda: None, **limits)
    return target


def tree(folder: Path) -> dict[str, str]:
    """Every file and link below it; a link's text begins with an arrow."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(folder))] = f"-> {path.readlink()}"
        elif path.is_file():
            found[str(path.relative_to(folder))] = path.read_text()
    return found


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


HONEST = [
    ("folder", "bin", ""),
    ("file", "bin/python", "program"),
    ("symlink", "bin/python3", "python"),
    ("file", "./app.py", "code"),
    ("symlink", "lib64", "lib"),
    ("file", "lib/deep/er/模型.txt", "model"),
    ("symlink", "lib/up", "../app.py"),
]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_is_unpacked_however_it_is_compressed(tmp_path, mode):
    archive = a_tar(tmp_path / f"x.tar{mode[1:].replace(':', '.')}", [*HONEST, ("hardlink", "app2.py", "app.py")], mode)

    assert tree(unpacked(archive)) == {
        "app.py": "code",
        "app2.py": "code",
        "bin/python": "program",
        "bin/python3": "-> python",
        "lib/deep/er/模型.txt": "model",
        "lib/up": "-> ../app.py",
        "lib64": "-> lib",
    }


def test_a_zip_is_unpacked_with_its_links(tmp_path):
    assert tree(unpacked(a_zip(tmp_path / "x.zip", HONEST)))["bin/python3"] == "-> python"


@BOTH
def test_everybody_may_read_the_result_and_nothing_keeps_a_strange_mode(tmp_path, make, name):
    before = os.umask(0o077)
    try:
        target = unpacked(make(tmp_path / name, HONEST))
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o7777 for path in (target, target / "lib", target / "app.py")} == {0o755}


def test_a_tars_times_are_kept_so_that_compiled_python_stays_valid(tmp_path):
    assert (unpacked(a_tar(tmp_path / "x.tar", HONEST)) / "app.py").stat().st_mtime == 1_600_000_000


EVIL = [
    ([("file", "../out", "x")], "leads out of it"),
    ([("file", "a/../../out", "x")], "leads out of it"),
    ([("symlink", "a", "/etc")], "outside of it"),
    ([("symlink", "a", "..")], "outside of it"),
    ([("symlink", "a/b", "../../out")], "outside of it"),
    ([("symlink", "s", "."), ("symlink", "t", "s/s/s/../out")], "outside of it"),
    ([("symlink", "a", "../around"), ("file", "a/out", "x")], "folder and something else"),
    ([("symlink", "a", ".."), ("symlink", "a/out", "x")], "folder and something else"),
    ([("file", "a", "x"), ("file", "a/b", "x")], "folder and something else"),
    ([("file", "a/b", "x"), ("file", "a", "x")], "folder and something else"),
    ([("fifo", "a", "")], "device or a pipe"),
    ([("file", "n" * 256, "x")], "no name for a file"),
    ([("file", "deep/" * 300 + "x", "x")], "no name for a file"),
    ([("symlink", "a", "x/" * 600)], "outside of it"),
]


@BOTH
@pytest.mark.parametrize(("entries", "reason"), EVIL)
def test_a_harmful_one_is_refused_and_leaves_nothing_outside(tmp_path, make, name, entries, reason):
    with pytest.raises(Unusable, match=reason):
        unpacked(make(tmp_path / name, entries))
    assert names(tmp_path / "around") == ["target"]


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([("device", "a", "")], "device or a pipe"),
        ([("hardlink", "a", "/etc/passwd")], "not in it"),
        ([("hardlink", "a", "../../x.tar")], "leads out of it"),
        ([("hardlink", "a", "b"), ("file", "b", "x")], "not in it"),
    ],
)
def test_only_a_tar_can_hold_these(tmp_path, entries, reason):
    with pytest.raises(Unusable, match=reason):
        unpacked(a_tar(tmp_path / "x.tar", entries))


@BOTH
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_one_name_the_last_member_counts_and_none_is_written_through(tmp_path, make, name):
    entries = [("file", "a", "1"), ("file", "a", "2"), ("symlink", "b", "a"), ("file", "b", "3"), ("file", "A", "4")]
    assert tree(unpacked(make(tmp_path / name, entries))) == {"a": "2", "b": "3", "A": "4"}


def test_a_hard_link_is_not_written_through_either(tmp_path):
    entries = [("file", "a", "1"), ("hardlink", "b", "a"), ("hardlink", "a", "a"), ("file", "b", "2")]
    assert tree(unpacked(a_tar(tmp_path / "x.tar", entries))) == {"a": "1", "b": "2"}


def test_a_name_with_a_leading_slash_is_below_the_folder(tmp_path):
    assert tree(unpacked(a_tar(tmp_path / "x.tar", [("file", "/etc/app.py", "x")]))) == {"etc/app.py": "x"}


def test_names_in_another_encoding_are_kept_as_they_are(tmp_path):
    name = "模型".encode("gbk").decode("utf-8", "surrogateescape")
    assert names(unpacked(a_tar(tmp_path / "x.tar", [("file", name, "x")]))) == [name]


@BOTH
def test_a_bomb_ends_at_the_limit(tmp_path, make, name):
    archive = make(tmp_path / name, [("file", "zeros", "0" * 5_000_000)])
    with pytest.raises(Unusable, match="unpacks to more than"):
        unpacked(archive, most=1_000_000)
    assert (tmp_path / "around" / "target" / "zeros").stat().st_size <= 1_000_000


@BOTH
def test_too_many_members_are_too_many(tmp_path, make, name):
    with pytest.raises(Unusable, match="more than 2 members"):
        unpacked(make(tmp_path / name, HONEST), members_at_most=2)


def test_a_header_that_claims_to_be_huge_is_not_read(tmp_path):
    archive = tmp_path / "x.tar.gz"
    a_tar(tmp_path / "x.tar", [("file", "n" * 90 + "/" + "m" * 90, "x" * 2000)])
    data = bytearray((tmp_path / "x.tar").read_bytes())
    archive.write_bytes(gzip.compress(claiming(data, size=8 * 1024**3 - 1)))
    with pytest.raises(Unusable, match="too long"):
        unpacked(archive)


def claiming(data: bytearray, size: int) -> bytes:
    """The first header as one of a long name, of that size."""
    data[124:136] = b"%011o\0" % size
    data[156:157] = b"L"
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_that_ends_too_early_is_never_taken_for_whole(tmp_path, mode):
    whole = a_tar(
        tmp_path / f"whole.tar{mode[1:].replace(':', '.')}",
        [("file", f"{n}", os.urandom(400).hex()) for n in range(9)],
        mode,
    )
    data = whole.read_bytes()
    for share in (0.3, 0.6):
        archive = tmp_path / str(share) / whole.name
        archive.parent.mkdir()
        archive.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(Unusable):
            unpacked(archive)


def test_a_zip_that_ends_too_early_or_is_encrypted_says_so(tmp_path):
    archive = a_zip(tmp_path / "x.zip", [("file", "a", "x" * 100)])
    data = archive.read_bytes()
    (tmp_path / "short.zip").write_bytes(data[:-30])
    with pytest.raises(Unusable, match="damaged"):
        unpacked(tmp_path / "short.zip")
    (tmp_path / "2").mkdir()
    locked = data.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
    assert locked != data
    (tmp_path / "2" / "x.zip").write_bytes(locked)
    with pytest.raises(Unusable, match='"a" in it is encrypted'):
        unpacked(tmp_path / "2" / "x.zip")


def test_a_damaged_byte_is_found(tmp_path):
    archive = a_zip(tmp_path / "x.zip", [("file", "a", "x" * 100)], zipfile.ZIP_STORED)
    archive.write_bytes(archive.read_bytes().replace(b"xxxx", b"xyxx", 1))
    with pytest.raises(Unusable, match="damaged"):
        unpacked(archive)


def test_whoever_stops_it_is_obeyed_between_two_pieces(tmp_path):
    asked = []

    def stop():
        asked.append(1)
        if len(asked) == 3:
            raise InterruptedError

    archive = a_tar(tmp_path / "x.tar", [("file", "a", "0" * 10_000_000)])
    (tmp_path / "t").mkdir()
    with pytest.raises(InterruptedError):
        unpack(archive, form(archive.name, head(archive)), tmp_path / "t", stop)
    assert (tmp_path / "t" / "a").stat().st_size <= 2 * 1024**2


NAMES = st.lists(st.sampled_from(["a", "b", "c", "..", ".", "", "A"]), min_size=1, max_size=4).map("/".join)
ENTRIES = st.lists(st.tuples(st.sampled_from(["file", "folder", "symlink", "hardlink"]), NAMES, NAMES), max_size=8)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=ENTRIES)
def test_no_archive_gets_anything_out_of_its_folder(tmp_path_factory, entries):
    around = tmp_path_factory.mktemp("around")
    target = around / "target"
    target.mkdir()
    try:
        unpack(a_tar(around / "x.tar", entries), form("x.tar", head(around / "x.tar")), target, lambda: None)
    except Unusable:
        pass
    else:
        for path in target.rglob("*"):
            assert Path(os.path.realpath(path)).is_relative_to(target)
    assert names(around) == ["target", "x.tar"]
    assert all(path.lstat().st_nlink == 1 or path.is_dir() or path.is_relative_to(target) for path in around.rglob("*"))


@settings(max_examples=150, deadline=None)
@given(entries=ENTRIES, at=st.floats(0, 1), byte=st.integers(0, 255), compress=st.booleans())
def test_a_changed_byte_leads_to_a_sentence_and_to_nothing_else(tmp_path_factory, entries, at, byte, compress):
    around = tmp_path_factory.mktemp("around")
    archive = a_tar(around / "x.tar.gz", entries, "w:gz" if compress else "w")
    data = bytearray(archive.read_bytes())
    data[int(at * (min(len(data), 4096) - 1))] = byte
    archive.write_bytes(data)
    (around / "target").mkdir()
    with suppress(Unusable):
        unpack(archive, form(archive.name, head(archive)), around / "target", lambda: None)
    assert names(around) == ["target", "x.tar.gz"]
