"""The programs that run processors: each made once, whole, and readable for everybody."""

import os
import threading
from pathlib import Path
from stat import S_IMODE

import pytest

from eas_local.adapters.hosts import SOURCES, Hosts
from eas_local.core.bases import CPP, JAVA
from eas_local.core.errors import StartRefused
from eas_local.core.pod import Bind
from eas_local.core.processor import Language
from tests.adapters.workbench import NoThrowaways, a_workbench

BASES = {Language.CPP: CPP, Language.JAVA: JAVA}
CPP_SAYS_HELLO = {
    "cpp/main.cpp": '#include "hello.hpp"\nint main() { hello(); }\n',
    "cpp/hello.cpp": '#include "hello.hpp"\n#include <cstdio>\nvoid hello() { std::puts("hello"); }\n',
    "cpp/hello.hpp": "void hello();\n",
}
JAVA_SAYS_HELLO = {
    "java/easlocal/host/Main.java": "package easlocal.host;\n"
    'public class Main { public static void main(String[] words) { System.out.println("hello"); } }\n',
}


def sources(folder, files):
    for path, text in {"start.sh": "exec true\n", **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def never():
    raise AssertionError("an image was asked for")


def offline(tmp_path):
    return Hosts(None, tmp_path / "hosts", NoThrowaways(None, "nobody"), print, tmp_path / "sources")


@pytest.mark.parametrize("language", Language)
def test_the_package_has_the_sources_of_every_language(language):
    assert (SOURCES / "start.sh").is_file()
    assert any((SOURCES / language).rglob("*.*"))


def test_what_python_runs_is_copied_and_made_anew_only_when_it_has_changed(tmp_path):
    sources(tmp_path / "sources", {"python/allspark/__init__.py": "one = 1\n", "cpp/main.cpp": ""})
    (tmp_path / "sources/python/allspark/__pycache__").mkdir()
    (tmp_path / "sources/python/allspark/__pycache__/x.pyc").touch()
    hosts = offline(tmp_path)

    folder = hosts.folder(Language.PYTHON, never)

    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert found == {"start.sh", "python/allspark/__init__.py"}
    assert hosts.folder(Language.PYTHON, never) == folder
    sources(tmp_path / "sources", {"python/allspark/__init__.py": "one = 2\n"})
    assert hosts.folder(Language.PYTHON, never) != folder


def test_everybody_may_read_it_however_strict_the_daemon_is(tmp_path):
    sources(tmp_path / "sources", {"python/allspark/__init__.py": ""})
    before = os.umask(0o077)
    try:
        folder = offline(tmp_path).folder(Language.PYTHON, never)
    finally:
        os.umask(before)

    assert all(S_IMODE(path.stat().st_mode) & 0o005 == 0o005 for path in (folder, *folder.rglob("*")))


def test_what_a_killed_daemon_was_making_is_removed(tmp_path):
    left = tmp_path / "hosts/partial/x/made"
    left.mkdir(parents=True)

    offline(tmp_path).sweep()

    assert not left.exists()


@pytest.mark.docker
@pytest.mark.timeout(240)
class TestOnDocker:
    @pytest.fixture
    def bench(self, docker_client, tmp_path):
        with a_workbench(docker_client, tmp_path) as made:
            yield made

    @pytest.mark.parametrize(
        ("language", "files", "command"),
        [
            (Language.CPP, CPP_SAYS_HELLO, ("/host/eas-host",)),
            (Language.JAVA, JAVA_SAYS_HELLO, ("java", "-cp", "/host/eas-host.jar", "easlocal.host.Main")),
        ],
    )
    def test_a_program_is_compiled_once_and_runs_for_any_user(self, bench, tmp_path, language, files, command):
        sources(tmp_path / "sources", files)
        image = bench.base(BASES[language])

        folder = hosts_of(bench).folder(language, lambda: image)

        mounted = Bind(str(folder), "/host", read_only=True)
        as_nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command)
        assert bench.run(image, *as_nobody, binds=(mounted,)) == "hello\n"
        assert (folder / "start.sh").is_file()
        unable = hosts_of(bench, NoThrowaways(bench.client.api, "nobody"))
        assert unable.folder(language, lambda: image) == folder

    def test_a_failure_is_one_sentence_in_the_compilers_words_and_leaves_nothing(self, bench, tmp_path):
        sources(tmp_path / "sources", {"cpp/main.cpp": "int main() { return nothing; }\n"})
        image = bench.base(CPP)

        with pytest.raises(StartRefused) as raised:
            hosts_of(bench).folder(Language.CPP, lambda: image)

        sentence = str(raised.value)
        assert sentence.startswith(
            f'image "{image}": the program that runs cpp processors could not be compiled in it: '
        )
        assert "main.cpp:1:21: error: 'nothing' was not declared" in sentence
        assert "\n" not in sentence
        assert left_in(tmp_path / "hosts") == ["partial"]

    def test_a_compilation_that_does_not_end_is_ended(self, bench, tmp_path):
        sources(tmp_path / "sources", CPP_SAYS_HELLO)
        image = bench.base(CPP)

        with pytest.raises(StartRefused, match="no end after 0 s"):
            hosts_of(bench, within=0.02).folder(Language.CPP, lambda: image)

        assert left_in(tmp_path / "hosts") == ["partial"]

    def test_two_who_ask_at_once_share_one_compilation(self, bench, tmp_path):
        sources(tmp_path / "sources", JAVA_SAYS_HELLO)
        image, hosts, folders = bench.base(JAVA), hosts_of(bench), []
        asking = [
            threading.Thread(target=lambda: folders.append(hosts.folder(Language.JAVA, lambda: image)))
            for _ in range(2)
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()

        assert len({folder.stat().st_ino for folder in folders}) == 1
        assert len(folders) == 2


def hosts_of(bench, throwaways=None, within=120.0):
    start = throwaways or bench.throwaways
    return Hosts(bench.client.api, bench.home / "hosts", start, print, bench.home / "sources", within=within)


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*")]
