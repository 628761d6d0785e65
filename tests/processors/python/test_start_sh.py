"""start.sh, which lays out the workspace and becomes the host: what it finds, what it copies, what it says."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processors.python.program import ALLSPARK

PATH = f"{os.defpath}:{Path(sys.executable).parent}"
START = Path(ALLSPARK).parent / "start.sh"
SHOWING = "import json, os, sys, allspark\njson.dump([os.getcwd(), sorted(os.listdir()), allspark.__file__, sys.executable], sys.stdout)\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A host folder, an empty package and the settings, as they are mounted."""
    shutil.copytree(ALLSPARK, tmp_path / "host" / "python", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(START, tmp_path / "host")
    (tmp_path / "package").mkdir()
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "config.json").write_text('{"name": "demo"}')
    return tmp_path


def start(place: Path, language: str = "python", *, path: str = PATH, **variables: str) -> tuple[int, str]:
    """Its exit code and what it says, in the shell that /bin/sh is."""
    folders = {name: str(place / name.lower()) for name in ("PACKAGE", "SETTINGS", "WORKSPACE")}
    told = {f"EAS_HOST_{name}": value for name, value in {"ENTRY": "app.py", **folders, **variables}.items()}
    done = subprocess.run(
        ["/bin/sh", str(place / "host" / "start.sh"), language],
        env={"PATH": path, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=5,
        check=False,
    )
    return done.returncode, done.stdout.rstrip("\n")


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def tools(place: Path) -> str:
    """A PATH with what start.sh itself needs, and nothing else."""
    folder = place / "bin"
    folder.mkdir()
    for name in ("cp", "dirname", "ln", "mkdir"):
        (folder / name).symlink_to(shutil.which(name))
    return str(folder)


def test_code_runs_in_a_copy_of_its_package_and_finds_allspark(place: Path):
    (place / "package" / "app.py").write_text(SHOWING)
    (place / "package" / ".hidden").touch()
    (place / "package" / "with space").mkdir()

    code, said = start(place)

    assert code == 0
    folder, names, module, _ = eval(said)
    assert folder == str(place / "workspace" / "predictor")
    assert names == [".hidden", "app.py", "with space"]
    assert module == str(place / "host" / "python" / "allspark" / "__init__.py")
    assert (place / "workspace" / "config" / "config.json").read_text() == '{"name": "demo"}'


def test_what_code_writes_beside_itself_stays_out_of_the_package(place: Path):
    (place / "package" / "app.py").write_text("open('note.txt', 'w').close()")

    assert start(place) == (0, "")
    assert [path.name for path in (place / "package").iterdir()] == ["app.py"]


def test_an_environment_in_the_package_is_linked_and_used(place: Path):
    (place / "package" / "app.py").touch()
    program(place / "package" / "ENV" / "bin" / "python", "[ $1 = -V ] && echo Python 3.6.15 || echo $0 $*")
    own = place / "workspace" / "predictor" / "ENV"

    assert start(place, PYTHON=f"{own}/bin/python") == (0, f"{own}/bin/python -u app.py")
    assert own.readlink() == place / "package" / "ENV"


@pytest.mark.parametrize(
    ("files", "what"), [(["main.py", "model.bin"], "which has main.py, model.bin"), ([], "which is empty")]
)
def test_a_missing_entry_is_told_with_what_there_is(place: Path, files: list[str], what: str):
    for name in files:
        (place / "package" / name).touch()

    assert start(place) == (1, f"no file app.py in the package, {what}; correct processor_entry")


def test_a_python_2_is_none(place: Path):
    (place / "package" / "app.py").write_text(SHOWING)
    old = program(place / "bin" / "python", "echo Python 2.7.18 >&2")

    code, _ = start(place, path=f"{old.parent}:{PATH}")

    assert code == 0


def test_an_image_without_a_python_is_told(place: Path):
    (place / "package" / "app.py").touch()

    assert start(place, path=tools(place)) == (1, "the image has no Python 3; name one in data_image that has it")


def test_an_image_without_a_jvm_is_told(place: Path):
    assert start(place, "java", path=tools(place)) == (1, "the image has no Java; name one in data_image that has it")


def test_options_of_the_jvm_come_as_the_words_they_were(place: Path):
    java = program(place / "bin" / "java", "printf '%s|' \"$@\"")
    predictor = place / "workspace" / "predictor"

    code, said = start(place, "java", path=f"{java.parent}:{PATH}", JVM_OPTIONS="-Xmx1g '-Da=b c' '-Dd=*'")

    paths = f"{place}/host/eas-host.jar:{predictor}:{predictor}/*:{predictor}/lib/*"
    assert (code, said) == (0, f"-Xmx1g|-Da=b c|-Dd=*|-cp|{paths}|easlocal.host.Main|")


def test_a_library_finds_those_beside_it(place: Path):
    program(place / "host" / "eas-host", "echo $PWD $LD_LIBRARY_PATH")
    (place / "package" / "libecho.so").touch()
    predictor = place / "workspace" / "predictor"

    assert start(place, "cpp", ENTRY="libecho.so") == (0, f"{predictor} {predictor}:{predictor}/lib")
