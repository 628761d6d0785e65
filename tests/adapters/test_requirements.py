import os
import threading
from pathlib import Path

import pytest

from eas_local.adapters import settings
from eas_local.adapters.image_files import ImageFiles, local_path
from eas_local.adapters.images import DockerImages
from eas_local.core.errors import RequirementsFailed
from eas_local.core.pod import Bind
from eas_local.core.processor import PACKAGE
from tests.adapters.workbench import a_workbench

OTHER_PYTHON = "pai-eas/python-inference:py313"
SOURCE_ONLY = "docopt==0.6.2"
COMPILED = "markupsafe>=3"
WITH_PROGRAM = "flask>=3,<4"


@pytest.mark.parametrize(
    ("path", "local"),
    [
        ("/mnt/code/all.txt", "/home/me/code/all.txt"),
        ("/mnt/code/inner/all.txt", "/data/all.txt"),
        ("/mnt/codes/all.txt", None),
        ("/etc/limits.txt", "/home/me/limits.txt"),
    ],
)
def test_a_path_in_a_container_lies_in_the_innermost_folder_mounted_there(path, local):
    binds = [
        Bind("/home/me/code", "/mnt/code"),
        Bind("/data", "/mnt/code/inner"),
        Bind("/home/me/limits.txt", "/etc/limits.txt"),
    ]

    assert local_path(path, binds) == (local and Path(local))


@pytest.mark.docker
@pytest.mark.timeout(240)
class TestOnDocker:
    @pytest.fixture
    def bench(self, docker_client, tmp_path):
        with a_workbench(docker_client, tmp_path) as made:
            yield made

    @pytest.fixture
    async def image(self, bench):
        """Debian 13 with Python 3.13."""
        images = DockerImages(bench.owner, lambda: bench.client, settings.load(), print)
        yield await images.resolve(OTHER_PYTHON, None)
        images.close()

    def test_another_python_gets_source_only_compiled_and_program_packages_and_a_second_start_is_offline(
        self, bench, image
    ):
        wanted = [SOURCE_ONLY, COMPILED, WITH_PROGRAM, "# a comment"]
        folder = bench.requirements().folder(image, wanted, None, ())

        mounted = Bind(str(folder), "/eas/requirements", read_only=True)
        inside = {"PYTHONPATH": "/eas/requirements"}
        expression = (
            "[sys.version_info[:2], __import__('docopt').__version__, __import__('markupsafe._speedups').__name__]"
        )
        assert bench.python(image, expression, mounted, **inside) == [[3, 13], "0.6.2", "markupsafe"]
        assert bench.run(image, "/eas/requirements/bin/flask", "--version", binds=(mounted,), environ=inside)
        assert bench.offline().folder(image, [SOURCE_ONLY, COMPILED, WITH_PROGRAM], None, ()) == folder

    def test_what_the_image_has_already_is_not_installed_again(self, bench, image):
        folder = bench.requirements().folder(image, ["pip", SOURCE_ONLY], None, ())

        assert (folder / "docopt.py").exists()
        assert not (folder / "pip").exists()

    def test_a_file_in_a_mounted_folder_may_include_others_and_hashes(self, bench, image, tmp_path):
        (tmp_path / "all.txt").write_text("# ours\n-r inner/web.txt\n")
        (tmp_path / "inner").mkdir()
        digest = "49b3a825280bd66b3aa83585ef59c4a8c82f2c8a522dbe754a8bc8d08c85c491"
        (tmp_path / "inner/web.txt").write_text(f"{SOURCE_ONLY} \\\n  --hash=sha256:{digest}\n")
        binds = [Bind(str(tmp_path), "/mnt/code")]

        folder = bench.requirements().folder(image, (), "/mnt/code/all.txt", binds)

        assert (folder / "docopt.py").exists()
        assert bench.offline().folder(image, (), "/mnt/code/all.txt", binds) == folder
        (tmp_path / "inner/web.txt").write_text("click")
        with pytest.raises(AssertionError, match="a container was started"):
            bench.offline().folder(image, (), "/mnt/code/all.txt", binds)

    def test_a_file_of_the_image_is_read_through_links(self, bench, image):
        read = ImageFiles(bench.client.api, bench.throwaways, image, ()).read

        assert "Debian" in read("/etc/os-release")
        for path in ("/etc/not-there.txt", "/etc"):
            with pytest.raises(RequirementsFailed, match=f'requirements file "{path}" cannot be read'):
                read(path)

    def test_a_failure_is_told_in_pips_words_and_leaves_nothing(self, bench, image):
        with pytest.raises(RequirementsFailed, match="No matching distribution found for no-such-package-anywhere"):
            bench.requirements().folder(image, ["no-such-package-anywhere"], None, ())

        assert [path.name for path in bench.cache.rglob("*")] == ["partial"]

    def test_a_file_that_cannot_be_installed_is_named(self, bench, image, tmp_path):
        (tmp_path / "all.txt").write_text("no-such-package-anywhere\n")
        binds = [Bind(str(tmp_path), "/mnt/code")]

        with pytest.raises(RequirementsFailed, match=r"; correct /mnt/code/all\.txt, or how this machine's pip"):
            bench.requirements().folder(image, (), "/mnt/code/all.txt", binds)

    def test_of_a_package_it_is_named_as_the_user_knows_it(self, bench, image, tmp_path):
        (tmp_path / "src").mkdir()
        (tmp_path / "src/requirements.txt").write_text("no-such-package-anywhere\n")
        binds = [Bind(str(tmp_path), PACKAGE)]

        with pytest.raises(RequirementsFailed, match=r"; correct src/requirements\.txt beside processor_entry, or how"):
            bench.requirements().folder(image, (), f"{PACKAGE}/src/requirements.txt", binds)

    def test_an_installation_that_does_not_end_is_ended(self, bench, image):
        with pytest.raises(RequirementsFailed, match="no end after 0 s"):
            bench.requirements(within=0.3).folder(image, [WITH_PROGRAM], None, ())

        assert [path.name for path in bench.cache.rglob("*")] == ["partial"]

    def test_two_who_ask_at_once_share_one_installation(self, bench, image):
        requirements, folders = bench.requirements(), []
        asking = [
            threading.Thread(target=lambda: folders.append(requirements.folder(image, [SOURCE_ONLY], None, ())))
            for _ in range(2)
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()

        assert len(folders) == 2
        assert len({folder.stat().st_ino for folder in folders}) == 1

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
    def test_files_belong_to_whom_the_folder_belongs_and_everybody_may_read_them(self, bench, image, tmp_path):
        installed = tmp_path / "installed"
        installed.mkdir(mode=0o755)
        os.chown(installed, 1234, 1234)
        (tmp_path / "list.txt").write_text(SOURCE_ONLY)

        binds = [Bind(str(tmp_path / "list.txt"), "/list.txt")]
        bench.throwaways.run(bench.requirements()._errand(image, "/list.txt", installed, binds), within=60)

        modes = {path.name: path.stat() for path in installed.rglob("*")}
        assert "docopt.py" in modes
        assert {found.st_uid for found in modes.values()} == {1234}
        assert all(found.st_mode & 0o004 for found in modes.values())
