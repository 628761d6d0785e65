"""Java processors that cannot serve, or stop to: their last line says why, and what to do."""

import shutil
import zipfile
from pathlib import Path

import pytest

from eas_local.core.processor import PACKAGE
from tests.processors.java.host import JavaHost


@pytest.mark.parametrize(
    ("entry", "cause", "advice"),
    [
        (
            "example.obedient",
            'processor_mainclass "example.obedient" is not in the package',
            "write example.Obedient",
        ),
        (
            "com.acme.Flowers",
            'processor_mainclass "com.acme.Flowers" is not in the package',
            "it has example.Greeting, example.Obedient, example.Slow and 2 more; correct the name, or pack the jar that has it",
        ),
        (
            "example.Unfit$WithoutConstructor",
            "class example.Unfit$WithoutConstructor has no constructor (String modelEntry, String modelConfig)",
            "it has WithoutConstructor(String); add it, for it is the one that is called",
        ),
        (
            "example.Unfit$WithoutProcess",
            "class example.Unfit$WithoutProcess has neither byte[] Process(byte[]) nor String Process(String)",
            "it has int Process(byte[]); add one of them",
        ),
        (
            "example.Unfit$WithoutModel",
            "the constructor of example.Unfit$WithoutModel threw java.lang.IllegalStateException: no model in /eas/workspace/model",
            "look at its stack trace in the log",
        ),
        (
            "example.Unfit$WithoutLuck",
            "example.Unfit$WithoutLuck.Load() threw java.io.IOException: the weights end early",
            "look at its stack trace in the log",
        ),
        (
            "example.Unfit$WithoutStatics",
            'the constructor of example.Unfit$WithoutStatics threw java.lang.NumberFormatException: For input string: "deep"',
            "look at its stack trace in the log",
        ),
        (
            "example.Unfit$WithoutLibrary",
            "the constructor of example.Unfit$WithoutLibrary failed: class example.Unfit$Missing is in no jar of the package",
            "put the jar that has it beside the processor's",
        ),
        (
            "example.Unfit$Abstract",
            "processor_mainclass example.Unfit$Abstract is abstract",
            "name a class that can be created",
        ),
    ],
)
def test_a_class_that_cannot_serve_is_told_in_one_line(java_host: JavaHost, entry: str, cause: str, advice: str):
    assert java_host.ended(entry) == (1, f"{cause}; {advice}")


def test_a_package_without_any_class_is_told_so(java_host: JavaHost, tmp_path: Path):
    (tmp_path / "broken.jar").write_text("no jar")

    code, told = java_host.ended("com.acme.Flowers", mounts={PACKAGE: tmp_path})

    assert code == 1
    assert told.endswith("has neither a .jar nor a .class file that can be read; put its jar into processor_path")


def test_a_jar_where_nobody_looks_is_named(java_host: JavaHost, tmp_path: Path):
    shutil.copytree(java_host.java.package, tmp_path / "target")

    code, told = java_host.ended("example.Texts", mounts={PACKAGE: tmp_path})

    assert code == 1
    assert told == (
        'processor_mainclass "example.Texts" is in target/example.jar, where nobody looks for it; '
        "put that at the top of the package or into its folder lib"
    )


def test_a_class_for_a_newer_java_is_told_with_both(java_host: JavaHost, tmp_path: Path):
    with zipfile.ZipFile(java_host.java.package / "example.jar") as jar:
        jar.extract("example/Obedient.class", tmp_path)
    with (tmp_path / "example/Obedient.class").open("r+b") as compiled:
        compiled.seek(6)
        compiled.write((44 + 99).to_bytes(2))

    code, told = java_host.ended("example.Obedient", mounts={PACKAGE: tmp_path})

    assert code == 1
    assert told.startswith(
        "loading class example.Obedient failed: class example.Obedient is compiled for Java 99, and this is Java "
    )
    assert told.endswith("or name an image with Java 99 in data_image")


def test_classes_beside_jars_and_jars_in_lib_are_found(java_host: JavaHost, tmp_path: Path):
    with zipfile.ZipFile(java_host.java.package / "example.jar") as jar:
        jar.extract("example/Texts.class", tmp_path)
    shutil.copytree(java_host.java.package, tmp_path / "lib")  # has the class above it

    with java_host.running("example.Texts", mounts={PACKAGE: tmp_path}) as host:
        assert host.readiness().status == 200


def test_memory_that_has_run_out_ends_it_with_what_to_raise(java_host: JavaHost):
    with java_host.running("example.Obedient", EAS_HOST_JVM_OPTIONS="-Xmx64m") as host:
        assert host.readiness().status == 200
        host.begin(b"hog").close()

        code, told = host.ended()

    assert code == 1
    assert told.startswith("the JVM ran out of memory (Java heap space; the heap may have ")
    assert told.endswith("raise -Xmx in processor_jvm_options, and metadata.memory with it")


@pytest.mark.parametrize(
    ("entry", "order", "ended"),
    [
        ("example.Obedient", b"exit", (3, "example.Obedient.Process")),
        ("example.Unfit$Leaving", b"", (0, "example.Unfit$Leaving.<init>")),
    ],
)
def test_system_exit_is_told_with_its_place(java_host: JavaHost, entry: str, order: bytes, ended: tuple[int, str]):
    with java_host.running(entry) as host:
        if order:
            assert host.readiness().status == 200
            host.begin(order).close()

        code, told = host.ended()

    place, _, rest = told.partition(" (")
    assert (code, place) == ended
    assert ".java:" in rest
    assert "ended the instance with System.exit; throw an exception instead" in rest


def test_a_signal_ends_it_without_a_word(java_host: JavaHost):
    with java_host.running("example.Obedient") as host:
        host.says("Service start successfully")
        host.container.kill("SIGTERM")

        code, told = host.ended()

    assert code == 143
    assert told.endswith("Service start successfully")
