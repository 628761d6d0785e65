"""The FAQ's image pull failures (ImagePullBackOff), provoked for real: each with its cause and what to do."""

import random
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
import pytest

from tests.scenarios.calling import HOST
from tests.scenarios.conftest import Deploy, an_emulator
from tests.scenarios.diagnosing import Finding, found
from tests.scenarios.documents import a_container, a_document
from tests.scenarios.emulator import Service
from tests.scenarios.engine import import_image
from tests.scenarios.registry import Registry
from tests.scenarios.second_engine import SecondEngine

RANDOM_IMAGE = "eas-local/scenarios-random:1"


def pull_failure(service: Service, within: float = 30) -> Finding:
    seen = found(service, "ImagePullBackOff", within=within)
    assert seen.error == "Container worker0 failed to pull image."
    assert service.instances()[0]["Status"] == "Pending"
    return seen


def test_an_image_of_an_unknown_host_is_told_with_the_cause(deploy: Deploy):
    service = deploy(a_document("host", a_container(image="registry.invalid/team/model:1")))

    seen = pull_failure(service)

    assert seen.cause.startswith("the name of the image's registry cannot be resolved: ")
    assert "no such host" in seen.cause
    assert "correct the registry in the image's address" in seen.advice


def test_an_image_of_a_registry_that_says_nothing_is_told_with_the_time_out(deploy: Deploy):
    with socket.create_server((HOST, 0)) as silent:  # takes connections, and that is all
        image = f"{HOST}:{silent.getsockname()[1]}/team/model:1"
        service = deploy(a_document("silent", a_container(image=image)))

        seen = pull_failure(service, within=90)

    assert seen.cause.startswith("the image's registry does not answer in time: ")
    assert "give the engine a way to the registry" in seen.advice


@pytest.fixture
def registry(engine: docker.DockerClient) -> Iterator[Registry]:
    """Its image is too large for a small disk, and cannot be packed any smaller."""
    import_image(engine, RANDOM_IMAGE, random.Random(1).randbytes(400_000))
    try:
        with Registry(engine.images.get(RANDOM_IMAGE), account="user:password") as made:
            yield made
    finally:
        engine.images.remove(RANDOM_IMAGE)


@pytest.mark.parametrize("account", [None, "bm9ib2R5Om5vdGhpbmc="])  # none; one that the registry does not know
def test_an_image_that_wants_another_account_is_told_with_the_remedy(deploy: Deploy, registry: Registry, account):
    service = deploy(
        a_document("private", a_container(image=registry.image), **({"dockerAuth": account} if account else {}))
    )

    seen = pull_failure(service)

    assert seen.cause.startswith("authentication for the image's registry is missing or wrong: ")
    assert '"dockerAuth" in service.json' in seen.advice


def test_an_image_for_which_there_is_no_room_is_told_with_the_remedy(registry: Registry, second_engine: SecondEngine):
    with an_emulator(DOCKER_HOST=second_engine.address) as emulator, small(second_engine.downloads):
        document = a_document("large", a_container(image=registry.image), dockerAuth=registry.auth)
        service = emulator.submit(document)

        seen = pull_failure(service, within=90)

    assert seen.cause.startswith("the engine's disk is full: ")
    assert "no space left on device" in seen.cause
    assert "free some of the engine's disk" in seen.advice


@contextmanager
def small(folder: Path) -> Iterator[None]:
    """A disk of 64 KiB there."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
