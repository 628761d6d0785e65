"""Where the engine is looked for."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from eas_local.adapters.docker_context import USUAL, Endpoint, locate
from eas_local.adapters.settings import EngineSettings, load
from eas_local.core.errors import EngineDown


def a_context(folder: Path, name: str, host: str) -> None:
    meta = folder / "contexts" / "meta" / sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))


def current(folder: Path, name: str) -> None:
    (folder / "config.json").write_text(json.dumps({"currentContext": name}))


def test_the_usual_socket_where_nothing_is_said(tmp_path):
    assert locate(EngineSettings(tmp_path)) == Endpoint(USUAL)


def test_the_current_context_is_followed_as_docker_itself_does(tmp_path):
    a_context(tmp_path, "desktop", "unix:///home/me/desktop.sock")
    current(tmp_path, "desktop")

    assert locate(EngineSettings(tmp_path)) == Endpoint("unix:///home/me/desktop.sock")


def test_the_default_context_is_the_usual_socket(tmp_path):
    current(tmp_path, "default")

    assert locate(EngineSettings(tmp_path)) == Endpoint(USUAL)


def test_docker_context_beats_the_current_context_and_docker_host_beats_both(tmp_path):
    a_context(tmp_path, "one", "unix:///one.sock")
    a_context(tmp_path, "two", "unix:///two.sock")
    current(tmp_path, "one")

    assert locate(EngineSettings(tmp_path, context="two")).host == "unix:///two.sock"
    assert locate(EngineSettings(tmp_path, host="tcp://h:1", context="two")).host == "tcp://h:1"


def test_the_certificates_of_a_context_are_found(tmp_path):
    a_context(tmp_path, "far", "tcp://far:2376")
    certificates = tmp_path / "contexts" / "tls" / sha256(b"far").hexdigest() / "docker"
    certificates.mkdir(parents=True)

    assert locate(EngineSettings(tmp_path, context="far")) == Endpoint("tcp://far:2376", certificates)


def test_a_context_that_is_not_there_is_named(tmp_path):
    current(tmp_path, "gone")

    with pytest.raises(EngineDown, match='"gone" names no engine'):
        locate(EngineSettings(tmp_path))


def test_a_broken_configuration_of_docker_is_passed_over(tmp_path):
    (tmp_path / "config.json").write_text("{")

    assert locate(EngineSettings(tmp_path)) == Endpoint(USUAL)


def test_dockers_own_variables_are_read(tmp_path):
    variables = {"DOCKER_CONFIG": str(tmp_path), "DOCKER_HOST": "tcp://h:2376", "DOCKER_TLS_VERIFY": "1"}

    assert load(variables).engine == EngineSettings(tmp_path, host="tcp://h:2376", certificates=tmp_path)
    assert load({"DOCKER_CERT_PATH": "/certs"}).engine.certificates is None
