"""Finding out, by trying, what the engine can do."""

import io
import json

import pytest

from eas_local.adapters.engine_class import classify
from eas_local.adapters.home import open_home
from eas_local.core.errors import EngineUnusable
from tests.conftest import belongings

pytestmark = [pytest.mark.docker, pytest.mark.timeout(60, func_only=True)]


def test_this_engine_mounts_folders_and_is_reached(docker_client, base_image, tmp_path):
    home = open_home(tmp_path)

    found = classify(docker_client, base_image, home)

    info = docker_client.api.info()
    assert found.binds
    assert found.reach in {"address", "published"}
    assert (found.cpus, found.id, found.version) == (info["NCPU"], info["ID"], info["ServerVersion"])
    assert not belongings(docker_client, home.owner)


def test_what_was_found_is_remembered_in_the_home(docker_client, base_image, tmp_path):
    found = classify(docker_client, base_image, open_home(tmp_path))
    (memory,) = tmp_path.glob("engine-*.json")
    assert json.loads(memory.read_text()) == {"binds": True, "reach": found.reach, "gpu": found.gpu}
    assert memory.stat().st_mode & 0o777 == 0o600

    memory.write_text('{"binds": true, "reach": "published", "gpu": true}')
    assert classify(docker_client, base_image, open_home(tmp_path)).reach == "published"

    memory.write_text("{")
    assert classify(docker_client, base_image, open_home(tmp_path)) == found


def test_an_engine_whose_first_container_ends_at_once_is_refused_with_its_words(docker_client, base_image, tmp_path):
    broken = "eas-local/test-broken-python"
    dockerfile = f"FROM {base_image}\nENV PYTHONHOME=/nowhere\n"
    docker_client.images.build(fileobj=io.BytesIO(dockerfile.encode()), tag=broken, rm=True, forcerm=True)

    with pytest.raises(EngineUnusable, match=r"did not start: .*/nowhere"):
        classify(docker_client, broken, open_home(tmp_path))

    docker_client.api.remove_image(broken)
