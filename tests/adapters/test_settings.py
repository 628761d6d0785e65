"""The environment, read once."""

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
    [("EAS_LOCAL_ADDRESS", "8600"), ("EAS_LOCAL_ADDRESS", "h:99999"), ("EAS_LOCAL_RESTART_FACTOR", "quick")],
)
def test_what_makes_no_sense_is_named(name, value):
    with pytest.raises(ValueError, match=f'{name}: "{value}"'):
        settings.load({name: value})
