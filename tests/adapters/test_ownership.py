"""Files a container made as root go back to the user. The tests give away folders, so they run as root."""

import os
import time
from pathlib import Path

import pytest

from eas_local.adapters.ownership import give_back
from eas_local.adapters.throwaway import Errand, Throwaways
from eas_local.core.pod import Bind

USER = (1234, 1235)
pytestmark = [pytest.mark.docker, pytest.mark.timeout(60, func_only=True)]


@pytest.fixture
def throwaways(docker_client):
    return Throwaways(docker_client.api, "ownership-test")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder with a file that belongs to root since before."""
    (tmp_path / "roots").write_text("old")
    os.chown(tmp_path, *USER)
    return tmp_path


def a_root_shell(throwaways: Throwaways, image: str, folder: Path, script: str) -> None:
    throwaways.run(Errand(image, ("sh", "-c", script), binds=(Bind(str(folder), "/data"),)), within=30)


def owner(path: Path) -> tuple[int, int]:
    return path.lstat().st_uid, path.lstat().st_gid


def test_what_root_made_since_then_is_given_back_and_what_it_had_before_is_not(throwaways, base_image, folder):
    since = time.time()
    script = "mkdir -p /data/new; echo x > /data/new/file; ln -s /etc/passwd /data/link; echo more >> /data/roots"
    a_root_shell(throwaways, base_image, folder, script)

    give_back(throwaways, base_image, [Bind(str(folder), "/data")], since, user=USER)

    given = [owner(folder / name) for name in ("new", "new/file", "link")]
    assert given == [USER, USER, USER]
    assert owner(folder / "roots") == (0, 0)
    assert owner(Path("/etc/passwd")) == (0, 0)


def test_where_the_daemon_is_root_the_folders_owner_gets_them(throwaways, base_image, folder):
    since = time.time()
    a_root_shell(throwaways, base_image, folder, "touch /data/new")

    give_back(throwaways, base_image, [Bind(str(folder), "/data")], since, user=(0, 0))

    assert owner(folder / "new") == USER


def test_roots_own_folders_stay_roots(throwaways, base_image, tmp_path):
    since = time.time()
    a_root_shell(throwaways, base_image, tmp_path, "touch /data/new")

    give_back(throwaways, base_image, [Bind(str(tmp_path), "/data")], since, user=(0, 0))

    assert owner(tmp_path / "new") == (0, 0)


def test_a_folder_mounted_for_reading_is_left_alone(throwaways, base_image, folder):
    (folder / "new").touch()

    give_back(throwaways, base_image, [Bind(str(folder), "/data", read_only=True)], 0, user=USER)

    assert owner(folder / "new") == (0, 0)


def test_no_container_is_needed_where_root_made_nothing(throwaways, folder):
    give_back(throwaways, "no/such:image", [Bind(str(folder), "/data")], time.time() + 1, user=USER)
    give_back(throwaways, "no/such:image", [Bind(str(folder / "gone"), "/data")], 0, user=USER)
