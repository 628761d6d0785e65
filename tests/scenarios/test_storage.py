"""What a container finds in its folders, and what is left of what it writes there."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.documents import a_document
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.eventually import eventually

Json = dict[str, Any]
MIB = 1024**2


def read(path: str) -> str:
    return f"open({path!r}).read()"


def write(path: str, text: str = "written") -> str:
    return f"open({path!r}, 'w').write({text!r})"


def refusal(service: Service, expression: str) -> str:
    """How the container answers to something it may not do."""
    reply = service.call("/eval", method="POST", body=expression.encode())
    assert reply.status == 500, reply
    return str(reply.json)


def filled(emulator: Emulator, name: str) -> Path:
    folder = emulator.folder(name)
    (folder / "name").write_text(name)
    return folder


def test_folders_stand_for_storage_and_keep_read_only(shared: Emulator):
    sources: dict[str, Json] = {
        "oss_rw": {"oss": {"path": "oss://bucket/rw/"}},
        "oss_ro": {"oss": {"path": "oss://bucket/ro/", "readOnly": True}},
        "nfs_rw": {"nfs": {"path": "/data", "server": "x.cn-hangzhou.nas.aliyuncs.com"}},
        "dataset_ro": {"dataset": {"id": "d-1", "version": "v1", "read_only": True}},
        "code_ro": {"code": {"id": "code-1"}},
        "model_ro": {"oss": {"path": "oss://bucket/model/"}, "properties": {"resource_type": "model"}},
    }
    addresses = {
        "oss_rw": "oss://bucket/rw/",
        "oss_ro": "oss://bucket/ro/",
        "nfs_rw": "nfs://x.cn-hangzhou.nas.aliyuncs.com/data",
        "dataset_ro": "dataset://d-1@v1",
        "code_ro": "code://code-1",
        "model_ro": "oss://bucket/model/",
    }
    folders = {name: shared.mount(address, filled(shared, name)) for name, address in addresses.items()}

    service = shared.create(
        a_document("mounted", storage=[{"mount_path": f"/mnt/{name}", **source} for name, source in sources.items()])
    )

    assert [service.ask(read(f"/mnt/{name}/name")) for name in sources] == list(sources)
    for name in ("oss_rw", "nfs_rw"):
        service.ask(write(f"/mnt/{name}/new"))
        assert (folders[name] / "new").read_text() == "written"
    for name in ("oss_ro", "dataset_ro", "code_ro", "model_ro"):
        assert "Read-only file system" in refusal(service, write(f"/mnt/{name}/new"))


def test_a_folder_below_a_mapped_address_is_found(shared: Emulator):
    folder = shared.mount("oss://deep/", shared.folder("deep"))
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "file").write_text("found")

    service = shared.create(a_document("deep", storage=[{"mount_path": "/m", "oss": {"path": "oss://deep/a/b/"}}]))

    assert service.ask(read("/m/file")) == "found"


def test_an_address_nobody_has_mapped_has_its_folder_below_the_home(shared: Emulator):
    storage = [{"mount_path": "/m", "oss": {"path": "oss://unmapped/models/"}}]
    said = shared.run("create", shared.write(a_document("unmapped", storage=storage)), status=1).err
    (named,) = {
        word.strip('";,') for word in said.split() if "unmapped/models" in word and word.strip('"').startswith("/")
    }
    Path(named).mkdir(parents=True)
    (Path(named) / "file").write_text("there")

    shared.run("restart", "unmapped")

    (token,) = [
        s["AccessToken"]
        for s in shared.run("ls", "--output", "json").json["Services"]
        if s["ServiceName"] == "unmapped"
    ]
    assert Service(shared, "unmapped", token).ask(read("/m/file")) == "there"
    shutil.rmtree(shared.home / "oss")  # the user's own files are not for a purge to remove


def test_scratch_folders_have_their_medium_and_size(shared: Emulator):
    storage = [
        {"mount_path": "/disk", "empty_dir": {}},
        {"mount_path": "/memory", "empty_dir": {"medium": "memory", "size_limit": 1}},
        {"mount_path": "/dev/shm", "empty_dir": {"medium": "memory", "size_limit": 2}},
    ]

    service = shared.create(a_document("scratch", storage=storage))

    mounts = dict(line.split()[1:3] for line in service.ask(read("/proc/mounts")).splitlines())
    assert mounts["/memory"] == mounts["/dev/shm"] == "tmpfs"
    assert mounts["/disk"] != "tmpfs"
    size = "os.statvfs({path!r}).f_frsize * os.statvfs({path!r}).f_blocks"
    assert service.ask(size.format(path="/memory")) == 1024 * MIB
    assert service.ask(size.format(path="/dev/shm")) == 2048 * MIB


def test_scratch_outlives_a_restart_of_the_container_and_its_own_disk_does_not(shared: Emulator):
    storage = [
        {"mount_path": "/disk", "empty_dir": {}},
        {"mount_path": "/memory", "empty_dir": {"medium": "memory"}},
    ]
    service = shared.create(a_document("lasting", storage=storage))
    for path in ("/disk/kept", "/memory/kept", "/own"):
        service.ask(write(path))

    service.call("/eval", method="POST", body=b"os._exit(3)")

    eventually(lambda: service.instances()[0]["RestartCount"] == 1, within=20, what="a restart")
    eventually(lambda: service.call().status == 200, within=20, what="an answer after the restart")
    assert service.ask(read("/disk/kept")) == service.ask(read("/memory/kept")) == "written"
    assert not service.ask("os.path.exists('/own')")


def test_scratch_is_gone_with_its_instance(shared: Emulator):
    service = shared.create(a_document("fresh", storage=[{"mount_path": "/disk", "empty_dir": {}}]))
    service.ask(write("/disk/kept"))

    shared.run("restart", service.name)

    assert not service.ask("os.path.exists('/disk/kept')")


def test_of_two_equal_mount_paths_the_last_wins_with_a_warning(shared: Emulator):
    for name in ("first", "last"):
        shared.mount(f"oss://twice/{name}/", filled(shared, name))
    storage = [{"mount_path": "/m", "oss": {"path": f"oss://twice/{name}/"}} for name in ("first", "last")]

    said = shared.run("create", shared.write(a_document("twice", storage=storage)), within=90).err

    assert [line for line in said.splitlines() if line.startswith("[WARN]") and "/m" in line]
    (described,) = [s for s in shared.run("ls", "--output", "json").json["Services"] if s["ServiceName"] == "twice"]
    assert Service(shared, "twice", described["AccessToken"]).ask(read("/m/name")) == "last"


def test_a_missing_folder_fails_the_service_and_is_named(shared: Emulator):
    missing = shared.mount("oss://missing/", shared.work / "not-there")
    storage = [{"mount_path": "/m", "oss": {"path": "oss://missing/model/"}}]

    said = shared.run("create", shared.write(a_document("missing", storage=storage)), status=1).err

    assert str(missing / "model") in said
    assert "oss://missing/model" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_files_made_in_a_mounted_folder_belong_to_the_folders_owner(shared: Emulator):
    folder = shared.mount("oss://owned/", shared.folder("owned"))
    os.chown(folder, 12345, 12345)
    service = shared.create(a_document("owned", storage=[{"mount_path": "/m", "oss": {"path": "oss://owned/"}}]))
    service.ask("os.makedirs('/m/made/by')")
    service.ask(write("/m/made/by/root"))

    shared.run("stop", service.name)

    eventually(lambda: _owners(folder) == dict.fromkeys(("made", "by", "root"), 12345), within=10, what="giving back")


def _owners(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_uid for path in folder.rglob("*")}
