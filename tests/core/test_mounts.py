from pathlib import PurePosixPath

import pytest

from eas_local.core import mounts
from eas_local.core.errors import InvalidDocument
from eas_local.core.mounts import Mapping, locate

HOME = PurePosixPath("/home/me/.eas-local")
TABLE = {
    "oss://bucket": "bucket",
    "oss://bucket/models/": "../models",
    "nfs://host/": "/srv/nas",
    "dataset://d-x": "data",
    "dataset://d-y@v2": "second",
}


def located(address, table=TABLE):
    where = locate(address, mounts.parse(table, PurePosixPath("/files")), HOME)
    return str(where.path), str(where.root)


@pytest.mark.parametrize(
    ("address", "path", "root"),
    [
        ("oss://bucket", "/files/bucket", "/files/bucket"),
        ("oss://bucket/a/b", "/files/bucket/a/b", "/files/bucket"),
        ("oss://bucket/models", "/files/../models", "/files/../models"),
        ("oss://bucket/models/v1", "/files/../models/v1", "/files/../models"),
        ("oss://bucket/models2", "/files/bucket/models2", "/files/bucket"),
        ("nfs://host/a", "/srv/nas/a", "/srv/nas"),
        ("dataset://d-x", "/files/data", "/files/data"),
        ("dataset://d-x@v1", "/files/data", "/files/data"),
        ("dataset://d-y@v2", "/files/second", "/files/second"),
    ],
)
def test_the_longest_prefix_of_whole_names_decides(address, path, root):
    assert located(address) == (path, root)


@pytest.mark.parametrize(
    ("address", "folder", "root"),
    [
        ("oss://bucket/a/b", "oss/bucket/a/b", "oss/bucket"),
        ("nfs://host", "nfs/host", "nfs/host"),
        ("nfs://host/a", "nfs/host/a", "nfs/host"),
        ("dataset://d-x", "datasets/d-x", "datasets/d-x"),
        ("dataset://d-y@v1", "datasets/d-y@v1", "datasets/d-y@v1"),
        ("code://code-1", "code/code-1", "code/code-1"),
        ("model://m-1", "models/m-1", "models/m-1"),
    ],
)
def test_what_is_not_mapped_has_a_predictable_folder(address, folder, root):
    where = locate(address, Mapping(), HOME)

    assert (where.path, where.root) == (HOME / folder, HOME / root)


@pytest.mark.parametrize(
    "address", ["oss://bucket/../../etc", "oss://../..", "oss://bucket/models/../../x", "nfs://host/.."]
)
@pytest.mark.parametrize("table", [TABLE, {}])
def test_no_address_leaves_its_root(address, table):
    path, root = located(address, table)

    assert PurePosixPath(path).is_relative_to(root)
    assert ".." not in PurePosixPath(path.removeprefix(root)).parts


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"s3://b": "x"}, "must be an address such as oss://..., nfs://..., dataset://..., code://..., model://..."),
        ({"oss://": "x"}, "must be an address such as"),
        ({"bucket": "x"}, "must be an address such as"),
        ({"oss://b": 5}, "must be mapped to a folder, not 5"),
        ({"oss://b": ""}, 'must be mapped to a folder, not ""'),
        ({"oss://b": "~/x"}, '"~/x" is not expanded; write an absolute path, or one relative to the file'),
    ],
)
def test_an_entry_that_makes_no_sense_is_named(entry, sentence):
    with pytest.raises(InvalidDocument) as caught:
        mounts.parse({"oss://fine": "x"} | entry, HOME)

    (problem,) = caught.value.problems
    assert problem.field == f'mounts."{next(iter(entry))}"'
    assert sentence in problem.message
