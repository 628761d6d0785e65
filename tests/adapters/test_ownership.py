"""Files a container made as root go back to the user. For engines whose root is this machine's."""

import os
import time
from pathlib import Path

import pytest
from docker import DockerClient

from eas_local.adapters.ownership import give_back
from eas_local.adapters.throwaway import Errand, Throwaways
from eas_local.core.pod import Bind

USER = (os.getuid(), os.getgid()) if os.getuid() else (1234, 1235)
pytestmark = [pytest.mark.docker, pytest.mark.timeout(60, func_only=True)]


class Root:
    """Writes into a folder as root, from a container."""

    def __init__(self, throwaways: Throwaways, image: str) -> None:
        self.throwaways = throwaways
        self.image = image

    def does(self, folder: Path, script: str) -> None:
        self.throwaways.run(Errand(self.image, ("sh", "-c", script), binds=(Bind(str(folder), "/data"),)), within=30)

    def gives_back(self, folder: Path, since: float, user: tuple[int, int], *, read_only: bool = False) -> None:
        give_back(self.throwaways, self.image, [Bind(str(folder), "/data", read_only)], since, user)


@pytest.fixture
def root(docker_client: DockerClient, base_image: str) -> Root:
    return Root(Throwaways(docker_client.api, "ownership-test"), base_image)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's."""
    os.chown(tmp_path, *USER)
    return tmp_path


def owner(path: Path) -> tuple[int, int]:
    return path.lstat().st_uid, path.lstat().st_gid


def test_what_root_made_since_then_is_given_back_and_what_it_had_before_is_not(root, folder):
    root.does(folder, "mkdir /data/roots; echo old > /data/roots/old")
    since = time.time()
    root.does(
        folder, "mkdir /data/new; echo x | tee /data/new/a /data/roots/new >> /data/roots/old; ln -s / /data/link"
    )

    root.gives_back(folder, since, USER)

    assert {owner(folder / name) for name in ("new", "new/a", "roots/new", "link")} == {USER}
    assert {owner(folder / name) for name in ("roots", "roots/old")} == {(0, 0)}
    assert owner(Path("/")) == (0, 0)


def test_where_the_daemon_is_root_the_folders_owner_gets_them(root, folder):
    root.does(folder, "touch /data/new")

    root.gives_back(folder, since=0, user=(0, 0))

    assert owner(folder / "new") == USER


def test_roots_own_folder_stays_roots_where_the_daemon_is_root(root, folder):
    root.does(folder, "mkdir /data/roots; touch /data/roots/new")

    root.gives_back(folder / "roots", since=0, user=(0, 0))

    assert owner(folder / "roots" / "new") == (0, 0)


def test_a_folder_mounted_for_reading_is_left_alone(root, folder):
    root.does(folder, "touch /data/new")

    root.gives_back(folder, since=0, user=USER, read_only=True)

    assert owner(folder / "new") == (0, 0)


def test_no_container_is_needed_where_root_made_nothing(root, folder):
    root.image = "no/such:image"

    root.gives_back(folder, since=time.time() + 1, user=USER)
    root.gives_back(folder / "gone", since=0, user=USER)
