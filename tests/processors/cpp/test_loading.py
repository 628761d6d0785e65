"""A library that cannot be loaded: the host ends, and its last line says why and what to do."""

import platform
from pathlib import Path

import pytest

from tests.processors.cpp.conftest import Compile, Start
from tests.processors.cpp.hosting import PATIENCE

INITIALIZE = 'extern "C" void *initialize(const char *, const char *, int *state) { return *state = 0, nullptr; }\n'
PROCESS = 'extern "C" int process(void *, const void *, int, void **, int *) { return 200; }\n'
BOTH = INITIALIZE + PROCESS
NEEDY = "void helper(); void help() { helper(); }\n"
OTHERS = {183: "ARM64", 62: "x86-64", 243: "machine number 243"}
OWN = {"aarch64": 183, "x86_64": 62}[platform.machine()]


def why(launch: Start, entry: str = "libmine.so") -> str:
    status, last = launch(entry).ended()
    assert status == 1
    return last.split(" [ERROR] ")[1]


def test_a_library_that_is_not_there(launch: Start):
    assert why(launch, "lib/libgone.so") == (
        'processor_entry "lib/libgone.so" cannot be read: No such file or directory; '
        "write the path that the library has within the package"
    )


@pytest.mark.parametrize("content", [b"", b"import allspark\n", b"\x7fELF"])
def test_what_is_no_library(launch: Start, tmp_path: Path, content: bytes):
    (tmp_path / "libmine.so").write_bytes(content)

    assert why(launch) == (
        '"libmine.so" is no shared library, as processor_entry must be; '
        "build one, such as with g++ -shared -fPIC -o libmine.so mine.cpp, and name that"
    )


@pytest.mark.parametrize("machine", OTHERS.keys() - {OWN})
def test_a_library_for_another_machine(launch: Start, library: Compile, machine: int):
    made = library(BOTH)
    content = bytearray(made.read_bytes())
    content[18:20] = machine.to_bytes(2, "little")
    made.write_bytes(content)

    assert why(launch) == (
        f'"libmine.so" is made for {OTHERS[machine]} but this machine is {OTHERS[OWN]}; '
        "compile it here, or for this machine"
    )


def test_an_object_file(launch: Start, library: Compile):
    library(BOTH, "-c")

    assert "is an object file or a program; link it as a shared library" in why(launch)


def test_a_program(launch: Start, host: Path):
    assert why(launch, str(host)).endswith("; it is a program; link it with -shared")


@pytest.mark.parametrize(("text", "missing"), [(INITIALIZE, "process"), (PROCESS, "initialize")])
def test_a_library_without_one_of_the_two_functions(launch: Start, library: Compile, text: str, missing: str):
    library(text)

    assert why(launch) == f'"libmine.so" has no function "{missing}"; define it, in C++ as extern "C"'


def test_a_function_whose_name_is_that_of_cpp(launch: Start, library: Compile):
    library(BOTH.replace('extern "C"', ""))

    assert why(launch).endswith('has no function "initialize"; define it, in C++ as extern "C"')


def test_a_symbol_that_nobody_defines(launch: Start, library: Compile):
    library(BOTH + NEEDY)

    sentence = why(launch)

    assert sentence.startswith('"libmine.so" cannot be loaded: ./libmine.so: undefined symbol: _Z6helperv')
    assert sentence.endswith("; link it with the library that defines the symbol")


def test_a_library_that_another_one_needs(launch: Start, library: Compile):
    helper = library("void helper() {}", name="libhelper.so")
    library(BOTH + NEEDY, str(helper))
    helper.unlink()

    assert why(launch).endswith("No such file or directory; put that library beside it into the package")


def test_a_version_that_this_system_does_not_have(launch: Start, library: Compile, tmp_path: Path):
    script = tmp_path / "versions"
    script.write_text("NEW_2.0 { global: *; };")
    helper = library("void helper() {}", f"-Wl,--version-script={script},-soname,libhelper.so", name="libhelper.so")
    library(BOTH + NEEDY, str(helper), "-Wl,-rpath,$ORIGIN")
    script.write_text("OLD_1.0 { global: *; };")
    library("void helper() {}", f"-Wl,--version-script={script},-soname,libhelper.so", name="libhelper.so")

    sentence = why(launch)

    assert "version `NEW_2.0' not found" in sentence
    assert sentence.endswith("; compile it on a system no newer than the one it runs on")


def test_a_library_whose_static_object_throws(launch: Start, library: Compile):
    library(
        BOTH + '#include <stdexcept>\nstatic const int value = [] { throw std::runtime_error("early"); return 1; }();'
    )

    status, last = launch("libmine.so").ended()

    assert status < 0
    assert "while it was loaded" in last
    assert "early" in last


def test_a_port_that_is_taken(launch: Start):
    first = launch()
    first.ready()

    status = launch(EAS_HOST_PORT=str(first.port)).process.wait(PATIENCE)

    assert status == 1


def test_a_number_of_workers_that_is_none(launch: Start):
    status, last = launch(EAS_HOST_WORKER_THREADS="many").ended()

    assert status == 1
    assert 'EAS_HOST_WORKER_THREADS="many" is no number above 0' in last
