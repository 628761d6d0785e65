"""Folders of the cloud become folders here."""

from dataclasses import replace

import pytest

from eas_local.adapters import settings
from eas_local.adapters.local_places import LocalPlaces
from eas_local.core.errors import InvalidDocument, SourceMissing
from eas_local.core.pod import Bind
from eas_local.core.service import CloudMount
from tests.builders import a_desired, a_service

PYTHON = "pai-eas/python-inference"


def places(tmp_path, user_config=None):
    config = settings.load({"EAS_LOCAL_HOME": str(tmp_path / "home")})
    return LocalPlaces(replace(config, user_config=user_config))


def mounting(address, base=None):
    return a_desired(a_service(volumes=(CloudMount("/data", address, read_only=True),)), base=base and str(base))


def test_the_nearest_file_upward_maps_the_address(tmp_path):
    project = tmp_path / "project" / "deep"
    project.mkdir(parents=True)
    (tmp_path / "project" / "models" / "v1").mkdir(parents=True)
    (tmp_path / "project" / "eas-local.toml").write_text('[mounts]\n"oss://b" = "models"\n')

    binds = places(tmp_path).binds(mounting("oss://b/v1", project))
    assert binds == (Bind(str(tmp_path / "project" / "models" / "v1"), "/data", read_only=True),)


def test_a_service_from_nowhere_uses_the_users_own_file(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "eas-local.toml").write_text('[mounts]\n"oss://b" = "models"\n[images]\n"a/*" = "b:1"\n')
    of_user = places(tmp_path, tmp_path / "eas-local.toml")
    assert of_user.binds(mounting("oss://b"))[0].source == str(tmp_path / "models")
    assert of_user.image(mounting("oss://b"), "a/x") == "b:1"


def test_an_unmapped_address_has_a_predictable_folder_which_must_exist(tmp_path):
    want = mounting("oss://b/x")
    with pytest.raises(SourceMissing, match=rf'"{tmp_path}/home/oss/b/x" here, which does not exist; make it'):
        places(tmp_path).binds(want)
    (tmp_path / "home" / "oss" / "b" / "x").mkdir(parents=True)
    assert places(tmp_path).binds(want)[0].source == f"{tmp_path}/home/oss/b/x"


def test_a_name_too_long_for_a_file_is_a_missing_source(tmp_path):
    with pytest.raises(SourceMissing, match="does not exist"):
        places(tmp_path).binds(mounting("oss://b/" + "a/" * 3000))


def test_a_link_to_itself_is_a_missing_source(tmp_path):
    (tmp_path / "home" / "oss" / "b").mkdir(parents=True)
    (tmp_path / "home" / "oss" / "b" / "x").symlink_to("x")
    with pytest.raises(SourceMissing, match="does not exist"):
        places(tmp_path).binds(mounting("oss://b/x"))


def test_a_link_must_not_lead_out_of_its_root(tmp_path):
    (tmp_path / "home" / "oss" / "b").mkdir(parents=True)
    (tmp_path / "home" / "oss" / "b" / "x").symlink_to("/etc")
    with pytest.raises(SourceMissing, match="leads out of its root"):
        places(tmp_path).binds(mounting("oss://b/x"))


@pytest.mark.parametrize(
    "text", ["mounts = 1", '[mount]\n"oss://b" = "x"', '[mounts]\n"oss://b" = 3', "[images]\nx = 1", "[mounts", "\xff"]
)
def test_a_broken_file_is_named(tmp_path, text):
    (tmp_path / "eas-local.toml").write_text(text, encoding="latin-1")
    with pytest.raises(InvalidDocument, match=r"eas-local\.toml"):
        places(tmp_path, tmp_path / "eas-local.toml").binds(mounting("oss://b"))


def test_the_file_says_which_python_processors_run_with(tmp_path):
    file = tmp_path / "eas-local.toml"
    file.write_text('[processors]\npython = "3.13"\n')

    assert places(tmp_path, file).image(mounting("oss://b"), PYTHON) == f"{PYTHON}:py313"
    assert places(tmp_path, file).image(mounting("oss://b"), f"{PYTHON}:py39") == f"{PYTHON}:py39"
    assert places(tmp_path).image(mounting("oss://b"), PYTHON) == f"{PYTHON}:py311"


def test_an_image_that_is_mapped_has_its_own_python(tmp_path):
    file = tmp_path / "eas-local.toml"
    file.write_text(f'[images]\n"{PYTHON}" = "mine:1"\n[processors]\npython = "3.13"\n')

    assert places(tmp_path, file).image(mounting("oss://b"), PYTHON) == "mine:1"


@pytest.mark.parametrize("value", ['"3.10"', "3.13", '["3.13"]', "{}"])
def test_a_python_that_cannot_be_had_is_refused_with_those_that_can(tmp_path, value):
    (tmp_path / "eas-local.toml").write_text(f"[processors]\npython = {value}\n")

    with pytest.raises(InvalidDocument, match=r'processors\.python: must be one of "3\.9", "3\.11", "3\.13"'):
        places(tmp_path, tmp_path / "eas-local.toml").image(mounting("oss://b"), PYTHON)


def test_a_key_that_the_table_of_processors_does_not_have_is_named(tmp_path):
    (tmp_path / "eas-local.toml").write_text('[processors]\njava = "21"\n')

    with pytest.raises(InvalidDocument, match=r"processors\.java: is no key of this table; it has python"):
        places(tmp_path, tmp_path / "eas-local.toml").image(mounting("oss://b"), PYTHON)
