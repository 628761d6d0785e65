import pytest

from eas_local.core.bases import CPP, JAVA, PYTHONS, SANDBOX


@pytest.mark.parametrize(
    ("tags", "chosen"),
    [
        (["python:3.11", "python:3.11-slim"], "python:3.11-slim"),
        (["python:3.11.9-slim-bookworm"], "python:3.11.9-slim-bookworm"),
        (["mirror.example/library/python:3.12"], "mirror.example/library/python:3.12"),
        (["python:3.9-slim", "python:3.11-alpine", "python:3.110", "my-python:3.11", "python:latest"], None),
        (["eas-local/base:trixie"], None),
        (["python:3.11-slim", "eas-local/base:bookworm"], "eas-local/base:bookworm"),
        ([], None),
    ],
)
def test_of_the_images_at_hand_our_own_or_a_small_official_python_serves_sandboxes(tags, chosen):
    assert SANDBOX.among(tags) == chosen


@pytest.mark.parametrize("tag", ["python:3.12-slim", "python:3.13", "eas-local/base:trixie"])
def test_a_stand_in_has_exactly_the_python_that_was_asked_for(tag):
    assert PYTHONS["3.11"].among([tag]) is None


@pytest.mark.parametrize(
    ("base", "tags", "chosen"),
    [
        (CPP, ["gcc:14", "gcc:14.2.0-trixie"], "gcc:14"),
        (CPP, ["mirror.example/gcc:15.1"], "mirror.example/gcc:15.1"),
        (CPP, ["gcc:12", "gcc:14-bookworm", "gcc:latest", "eas-local/base:trixie"], None),
        (CPP, ["gcc:14", "eas-local/base:trixie-cpp"], "eas-local/base:trixie-cpp"),
        (JAVA, ["eclipse-temurin:21-jdk"], "eclipse-temurin:21-jdk"),
        (JAVA, ["eclipse-temurin:21.0.5_11-jdk-noble"], "eclipse-temurin:21.0.5_11-jdk-noble"),
        (JAVA, ["eclipse-temurin:21-jre", "eclipse-temurin:21-jdk-alpine", "eclipse-temurin:8-jdk"], None),
    ],
)
def test_an_official_compiler_serves_where_its_c_library_or_its_jvm_is_new_enough(base, tags, chosen):
    assert base.among(tags) == chosen


@pytest.mark.parametrize("base", [*PYTHONS.values(), CPP, JAVA])
def test_what_would_be_pulled_serves_as_that_base_afterwards(base):
    assert base.among([base.pulled]) == base.pulled
