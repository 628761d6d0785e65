"""What a processor runs in: the images, the Pythons and the host programs that are found, made, or brought along."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.scenarios.diagnosing import found
from tests.scenarios.emulator import Emulator
from tests.scenarios.engine import Belongings, build_image
from tests.scenarios.eventually import eventually
from tests.scenarios.processors import a_processor, put

PYTHON = "pai-eas/python-inference"
VERSION = "list(sys.version_info[:2])"
BROUGHT = '#!/bin/sh\nexport GREETING="from the package"\nexec python3 "$@"\n'
OF_ANOTHER_MACHINE = "#!/opt/conda/envs/of/somebody/bin/python\n"


def configured(emulator: Emulator, name: str, configuration: str) -> Path:
    """The service.json of a processor in a folder with an eas-local.toml of its own."""
    document = a_processor(emulator, f"{name}/package") | {"processor_path": "./package", "metadata": {"name": name}}
    configure(emulator, name, configuration)
    file = emulator.work / name / "service.json"
    file.write_text(json.dumps(document))
    return file


def configure(emulator: Emulator, name: str, configuration: str) -> None:
    (emulator.work / name / "eas-local.toml").write_text(configuration)


def bring(emulator: Emulator, name: str, program: str) -> None:
    """A package with an environment of its own, in which `python` is this program."""
    put(emulator, name, "ENV/bin/python", program)
    (emulator.work / name / "ENV/bin/python").chmod(0o755)


def test_another_python_in_the_configuration_counts_from_the_next_start(shared: Emulator):
    service = shared.create(configured(shared, "newer", '[processors]\npython = "3.13"\n'), within=240)
    assert service.ask(VERSION) == [3, 13]

    configure(shared, "newer", "")
    shared.run("restart", service.name)

    assert eventually(lambda: service.ask(VERSION) == [3, 11], within=60, what="the usual Python")


def test_a_python_that_cannot_be_had_is_told_with_those_that_can(shared: Emulator):
    service = shared.create(configured(shared, "unheard", "[processors]\npython = 3.10\n"), "--no-wait")

    seen = found(service, "InvalidParameter")

    assert f"{shared.work}/unheard/eas-local.toml: processors.python: must be one of" in seen.cause
    assert '"3.9", "3.11", "3.13"' in seen.cause


def test_the_environment_that_a_package_brings_is_used_where_it_runs(shared: Emulator):
    document = a_processor(shared, "packed")
    bring(shared, "packed", BROUGHT)

    assert shared.create(document).ask("os.environ['GREETING']") == "from the package"


def test_an_environment_of_another_machine_gives_way_to_the_images(shared: Emulator):
    document = a_processor(shared, "foreign")
    bring(shared, "foreign", OF_ANOTHER_MACHINE)

    assert shared.create(document).ask(VERSION) == [3, 11]


@pytest.fixture
def own_image(shared: Emulator, engine: docker.DockerClient) -> Iterator[str]:
    base = engine.containers.get(f"{shared.create(a_processor(shared, 'base')).pod}.worker0.0").image
    tag = "scenarios/processors:1"
    build_image(engine, tag, [f"FROM {base.id}", 'ENV GREETING="from the image"'])
    yield tag
    engine.images.remove(tag, force=True)


def test_the_configuration_may_put_an_image_of_ones_own_in_the_place_of_a_processors(shared: Emulator, own_image: str):
    file = configured(shared, "mapped", f'[images]\n"{PYTHON}" = "{own_image}"\n')

    assert shared.create(file).ask("os.environ['GREETING']") == "from the image"


def test_a_daemon_that_is_killed_while_it_compiles_starts_over(emulator: Emulator, engine: docker.DockerClient):
    put(emulator, "mine", "libmine.so", "no library at all")
    emulator.submit(
        {
            "metadata": {"name": "mine", "instance": 1},
            "processor_type": "cpp",
            "processor_path": "./mine",
            "processor_entry": "libmine.so",
        }
    )
    made = Belongings(engine, emulator.owner)
    eventually(lambda: made.containers() and partial(emulator), within=240, what="a compilation")

    emulator.kill("daemon")
    emulator.run("up", "-d")

    (program,) = eventually(lambda: list(hosts(emulator).glob("*/eas-host")), within=180, what="the program")
    assert os.access(program, os.X_OK)
    eventually(lambda: not partial(emulator), within=5, what="the end of what was half made")


def hosts(emulator: Emulator) -> Path:
    return emulator.home / "cache" / "hosts"


def partial(emulator: Emulator) -> list[Path]:
    return list((hosts(emulator) / "partial").glob("*"))
