"""The environment, read once."""

from dataclasses import replace
from pathlib import Path

import pytest

from eas_local.adapters import settings


def test_relative_folders_are_those_of_the_caller():
    config = settings.load(
        {
            "EAS_LOCAL_HOME": "home",
            "XDG_RUNTIME_DIR": "run",
            "DOCKER_CONFIG": "docker",
            "DOCKER_CERT_PATH": "certs",
            "DOCKER_TLS_VERIFY": "1",
        }
    )
    here = Path.cwd()
    assert config.home == here / "home"
    assert config.runtime.parent == here / "run"
    assert (config.engine.folder, config.engine.certificates) == (here / "docker", here / "certs")


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [("127.0.0.1:1", "127.0.0.1", 1), ("[::1]:8600", "::1", 8600), ("0.0.0.0:0", "0.0.0.0", 0)],
)
def test_an_address_is_host_and_port(address, host, port):
    config = settings.load({"EAS_LOCAL_ADDRESS": address})
    assert (config.host, config.port) == (host, port)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EAS_LOCAL_ADDRESS", "8600"),
        ("EAS_LOCAL_ADDRESS", "h:99999"),
        ("EAS_LOCAL_RESTART_FACTOR", "quick"),
        ("EAS_LOCAL_HOLD", "31"),
        ("EAS_LOCAL_HOLD", "nan"),
        ("EAS_LOCAL_GATEWAY_TIMEOUT", "-1"),
        ("EAS_LOCAL_GATEWAY_TIMEOUT", "inf"),
        ("EAS_LOCAL_GATEWAY_WORKERS", "0"),
        ("EAS_LOCAL_GATEWAY_WORKERS", "1.5"),
        ("EAS_LOCAL_LOG_FORMAT", "xml"),
    ],
)
def test_what_makes_no_sense_is_named(name, value):
    with pytest.raises(ValueError, match=f'{name}: "{value}"'):
        settings.load({name: value})


def test_what_the_gateway_does_beyond_the_usual_is_off_until_asked_for():
    usual = settings.load({})
    asked = settings.load(
        {
            "EAS_LOCAL_HOLD": "30",
            "EAS_LOCAL_GATEWAY_TIMEOUT": "0.5",
            "EAS_LOCAL_GATEWAY_WORKERS": "4",
            "EAS_LOCAL_LOG_FORMAT": "json",
        }
    )
    assert (usual.hold, usual.gateway_timeout, usual.gateway_workers, usual.log_format) == (0, 0, 1, "text")
    assert (asked.hold, asked.gateway_timeout, asked.gateway_workers, asked.log_format) == (30, 0.5, 4, "json")


def test_another_program_finds_the_same_settings_wherever_it_is_started(tmp_path, monkeypatch):
    asked = replace(settings.load({"EAS_LOCAL_HOME": "home", "XDG_RUNTIME_DIR": "run"}), hold=2, gateway_workers=3)
    monkeypatch.chdir(tmp_path)
    found = settings.load(settings.environ_of(asked))
    assert (found.home, found.runtime, found.hold, found.gateway_workers) == (asked.home, asked.runtime, 2, 3)
