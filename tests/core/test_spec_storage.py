import json

import pytest

from eas_local.core import spec
from eas_local.core.errors import InvalidDocument
from eas_local.core.service import CloudMount, EmptyDir


def parsed(*storage):
    document = {"name": "demo", "containers": [{"image": "app:1", "port": 8000}], "storage": storage}
    return spec.parse(json.dumps(document))


def volume(**storage):
    (one,) = parsed({"mount_path": "/mnt/data/"} | storage).service.volumes
    return one


def problems(*storage):
    with pytest.raises(InvalidDocument) as caught:
        parsed(*storage)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("storage", "address", "read_only"),
    [
        ({"oss": {"path": "oss://bucket/path/"}}, "oss://bucket/path", False),
        ({"oss": {"path": "oss://bucket"}}, "oss://bucket", False),
        ({"oss": {"path": "oss://bucket//a/./b"}}, "oss://bucket/a/b", False),
        ({"oss": {"path": "oss://bucket.oss-cn-hangzhou-internal.aliyuncs.com/a/"}}, "oss://bucket/a", False),
        ({"oss": {"path": "oss://b/m", "readOnly": "true"}}, "oss://b/m", True),
        ({"oss": {"path": "oss://b/m", "read_only": True}}, "oss://b/m", True),
        ({"oss": {"path": "oss://b/m"}, "properties": {"resource_type": "model"}}, "oss://b/m", True),
        ({"oss": {"path": "oss://b/m", "readOnly": False}, "properties.resource_type": "model"}, "oss://b/m", False),
        ({"nfs": {"path": "/", "server": "06ba74****-a****.cn-hangzhou.nas.aliyuncs.com"}}, "nfs://06ba74****-a****.cn-hangzhou.nas.aliyuncs.com", False),
        ({"nfs": {"path": "/a/b/", "server": "10.0.0.1", "readOnly": True}}, "nfs://10.0.0.1/a/b", True),
        ({"cpfs": {"file_system_id": "cpfs-1", "path": "/x"}}, "nfs://cpfs-1/x", False),
        ({"dataset": {"id": "d-pcsah1t86bm8******"}}, "dataset://d-pcsah1t86bm8******", False),
        ({"dataset": {"id": "d-x", "version": "v1", "readOnly": True}}, "dataset://d-x@v1", True),
        ({"code": {"id": "code-4d3b42a1152****"}}, "code://code-4d3b42a1152****", True),
    ],
)  # fmt: skip
def test_a_folder_of_the_cloud_has_one_canonical_address(storage, address, read_only):
    assert volume(**storage) == CloudMount("/mnt/data", address, read_only)


@pytest.mark.parametrize(
    ("empty_dir", "memory", "size_gib"),
    [
        ({}, False, None),
        ({"medium": "memory", "size_limit": 20}, True, 20),
        ({"medium": "Memory", "size_limit": "20Gi"}, True, 20),
        ({"size_limit": "512Mi"}, False, 0.5),
        ({"size_limit": 0}, False, None),
    ],
)
def test_scratch_space_is_disk_or_memory_with_or_without_a_limit(empty_dir, memory, size_gib):
    assert volume(empty_dir=empty_dir) == EmptyDir("/mnt/data", memory, size_gib)


@pytest.mark.parametrize("path", ["/YOUR/OSS/PATH", "bucket/path", "http://bucket/path", "oss:/bucket", ""])
def test_an_oss_path_that_is_no_address_is_shown_how_to_write_one(path):
    assert problems({"oss": {"path": path}, "mount_path": "/m"}) == [
        f'storage[0].oss.path: must be an address like oss://bucket/path/, not "{path}"'
    ]


@pytest.mark.parametrize("path", ["oss://<your-bucket>/x", "oss:///x", "oss://${BUCKET}/x"])
def test_an_oss_path_without_a_bucket_is_refused(path):
    assert problems({"oss": {"path": path}, "mount_path": "/m"}) == [
        f'storage[0].oss.path: "{path}" names no bucket; write oss://bucket/path/ with the name of yours'
    ]


@pytest.mark.parametrize("path", ["oss://b/../../..", "oss://b/a/../c", "oss://b/.."])
def test_an_address_that_leads_out_of_its_bucket_is_refused(path):
    assert problems({"oss": {"path": path}, "mount_path": "/m"}) == [
        f'storage[0].oss.path: "{path}" leads out of the bucket; remove the ".." from it'
    ]


@pytest.mark.parametrize(
    ("storage", "problem"),
    [
        ({"nfs": {"server": "h", "path": "/../x"}}, '.nfs: "/../x" leads out of the file system; remove the ".." from it'),
        ({"nfs": {"server": "h", "path": "x"}}, '.nfs: the path must begin with "/", not "x"'),
        ({"nfs": {"path": "/"}}, '.nfs: the server must be a host name or address, not ""'),
        ({"dataset": {"id": "${DATASET_ID}"}}, '.dataset: the id must be letters, digits, ".", "_" or "-", not "${DATASET_ID}"'),
        ({"code": {}}, '.code.id: the id must be letters, digits, ".", "_" or "-", not ""'),
        ({"empty_dir": {"medium": "tape"}}, '.empty_dir.medium: must be one of memory, not "tape"'),
        ({"empty_dir": {"size_limit": "5 apples"}}, '.empty_dir.size_limit: must be a number of GB or a size such as "20Gi" or "500Mi", not "5 apples"'),
        ({"git": {}}, ".git.repo: is missing; it is the https address of a repository"),
        ({"image": {}}, ".image.image: is missing; it is the address of an image"),
        ({"cache": {"capacity": "200G"}}, ".cache.path: is missing; it is the mounted folder to cache"),
        ({"oss": {"path": "oss://b"}, "empty_dir": {}}, ": must have exactly one of oss, nfs, cpfs, dataset, code, git, image, empty_dir, cache; it has oss, empty_dir"),
        ({}, ": must have exactly one of oss, nfs, cpfs, dataset, code, git, image, empty_dir, cache; it has none"),
        ({"floppy": {}}, ": must have exactly one of oss, nfs, cpfs, dataset, code, git, image, empty_dir, cache; it has none"),
    ],
)  # fmt: skip
def test_storage_that_cannot_be_is_named(storage, problem):
    assert problems({"mount_path": "/m"} | storage) == [f"storage[0]{problem}"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//",
        "/.",
        "/bin",
        "/etc/",
        "/usr",
        "/lib64",
        "/proc",
        "/proc/1",
        "/sys/fs",
        "/dev",
        "/dev/null",
        "/eas/sidecar/x",
    ],
)
def test_the_systems_own_folders_are_not_mounted_over(path):
    (problem,) = problems({"empty_dir": {}, "mount_path": path})

    assert problem.endswith("is the system's own; mount somewhere else, for example at /mnt/data")


@pytest.mark.parametrize("path", ["/dev/shm", "/usr/local/models", "/eas/workspace/model", "/mnt", "/etc/app"])
def test_other_folders_are(path):
    assert volume(empty_dir={}, mount_path=f"{path}/").mount_path == path


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("data", 'must be an absolute path without "..", not "data"'),
        ("/mnt/../etc", 'must be an absolute path without "..", not "/mnt/../etc"'),
        ("", "is missing; it is the folder in the container, for example /mnt/data"),
    ],
)
def test_a_mount_path_is_absolute(path, problem):
    assert problems({"empty_dir": {}, "mount_path": path}) == [f"storage[0].mount_path: {problem}"]


def test_of_two_mounts_at_one_path_the_last_wins():
    twice = parsed({"empty_dir": {}, "mount_path": "/m"}, {"oss": {"path": "oss://b"}, "mount_path": "/m/"})

    assert twice.service.volumes == (CloudMount("/m", "oss://b"),)
    assert twice.warnings == ("storage[0].mount_path: /m is mounted again by storage[1], which wins",)
