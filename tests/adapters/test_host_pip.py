"""What an image is told of this machine's pip; pip's own answers are texts here."""

import pytest

from eas_local.adapters.host_pip import HostPip, last_lines, package_sources, parse_configuration
from eas_local.adapters.image_python import ImagePython, parse
from eas_local.core.errors import RequirementsFailed
from eas_local.core.pod import Bind

LISTING = """\
:env:.index-url='https://variable/simple'
global.index-url='https://file/simple'
global.target='/somewhere'
install.find-links='/wheels\\n/more'
freeze.timeout='10'
"""


def places(binds):
    return [bind.source for bind in binds if bind.target != "/eas/ca-certificates.crt"]


def test_a_variable_outdoes_the_file_and_other_commands_do_not_count():
    assert parse_configuration(LISTING) == {
        "index-url": "https://variable/simple",
        "target": "/somewhere",
        "find-links": "/wheels\n/more",
    }


def test_only_what_says_where_packages_come_from_is_carried():
    sources = package_sources({"index-url": "https://a/simple", "target": "/b", "cache-dir": "/c"}, {})

    assert sources.environ["PIP_INDEX_URL"] == "https://a/simple"
    assert not {"PIP_TARGET", "PIP_CACHE_DIR"} & sources.environ.keys()


def test_local_places_are_mounted_where_they_are_an_index_with_what_lies_beside_it(tmp_path):
    for name in ("index/simple", "index/packages", "wheels/inner"):
        (tmp_path / name).mkdir(parents=True)
    configuration = {
        "index-url": f"file://{tmp_path}/index/simple",
        "find-links": f"{tmp_path}/wheels {tmp_path}/wheels/inner {tmp_path}/not-there https://example.org/",
    }

    binds = package_sources(configuration, {}).binds

    assert places(binds) == [f"{tmp_path}/index", f"{tmp_path}/wheels"]
    assert all(bind.read_only and (bind.source == bind.target or bind.target.startswith("/eas/")) for bind in binds)


def test_certificates_are_mounted_and_named_in_every_way_programs_look_for_them(tmp_path):
    bundle = tmp_path / "ours.pem"
    bundle.touch()

    sources = package_sources({}, {"SSL_CERT_FILE": str(bundle), "HTTPS_PROXY": "http://proxy:3128"})

    inside = "/eas/ca-certificates.crt"
    assert sources.binds == (Bind(str(bundle), inside, read_only=True),)
    assert sources.environ["HTTPS_PROXY"] == "http://proxy:3128"
    assert {sources.environ[name] for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")} == {inside}


@pytest.mark.parametrize(
    ("configuration", "environ", "loopback"),
    [
        ({}, {}, False),
        ({"index-url": "https://index.example/simple"}, {"NO_PROXY": "localhost,127.0.0.1"}, False),
        ({"extra-index-url": "http://localhost:3141/root/index"}, {}, True),
        ({}, {"HTTPS_PROXY": "http://127.0.0.1:7890"}, True),
        ({"proxy": "localhost:3128"}, {}, True),
    ],
)
def test_an_index_or_proxy_on_loopback_needs_this_machines_network(configuration, environ, loopback):
    assert package_sources(configuration, environ).loopback is loopback


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("Collecting x\nERROR: no x\n[notice] a new pip\n", "ERROR: no x"),
        ("one\n\ntwo\n", "one / two"),
        ("", "it said nothing"),
    ],
)
def test_of_pips_output_the_errors_are_told(output, said):
    assert last_lines(output) == said


def test_a_python_without_pip_is_named(tmp_path):
    mute = tmp_path / "python"
    mute.write_text("#!/bin/sh\necho 'No module named pip' >&2\nexit 1\n")
    mute.chmod(0o755)

    with pytest.raises(RequirementsFailed, match=rf"No module named pip; check that {mute} has pip"):
        HostPip(tmp_path / "cache", {}, python=str(mute)).wheels(["pip"], ImagePython("python", (3, 13), "x86_64"))

    assert list((tmp_path / "cache").iterdir()) == []


def test_an_image_says_in_one_line_which_wheels_fit_it():
    python = parse("python3", "3 13 aarch64 glibc\n")

    assert python == ImagePython("python3", (3, 13), "aarch64")
    assert python.release == "3.13"
    assert "manylinux2014_aarch64" in python.platforms
    assert parse("python", "3 12 x86_64 musl").platforms == ("musllinux_1_2_x86_64", "musllinux_1_1_x86_64")
