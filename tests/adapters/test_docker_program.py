"""The program of a container is found as the container would find it."""

import io
import struct
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from docker import DockerClient

from eas_local.adapters.docker_program import program
from eas_local.core.diagnosis.program import machine

pytestmark = [pytest.mark.docker, pytest.mark.timeout(60)]

ARM = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 2, 183) + bytes(44)


@contextmanager
def a_container(client: DockerClient, image: str, *argv: str, **files: bytes) -> Iterator[str]:
    """One that never runs, with files of its own in /app."""
    container = client.containers.create(image, entrypoint=list(argv), working_dir="/app")
    try:
        container.put_archive("/", packed(files))
        yield container.id
    finally:
        container.remove(force=True)


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"app/{name}")
            member.size, member.mode = len(content), 0o755
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("argv", "begins"),
    [
        (["python3"], b"\x7fELF"),  # a link, in one of the folders of PATH
        (["/usr/bin/python3"], b"\x7fELF"),
        (["/app/arm"], ARM),
        (["./arm"], ARM),
        (["own"], b""),  # not on PATH
        (["./own"], b"\x7fELF"),  # its interpreter counts
        (["/app/lost"], b"#!/no/interpreter"),
        (["/no/such"], b""),
    ],
)
def test_a_program_is_looked_up_as_the_container_would(docker_client, base_image, argv: Sequence[str], begins: bytes):
    files = {"arm": ARM, "own": b"#!/bin/sh -e\nexit 1\n", "lost": b"#!/no/interpreter\n"}

    with a_container(docker_client, base_image, *argv, **files) as container:
        found = program(docker_client.api, container)

    assert found is not None
    assert found.name == argv[0]
    assert found.head.startswith(begins)
    assert bool(found.head) is bool(begins)


def test_a_foreign_program_gives_itself_away(docker_client, base_image):
    with a_container(docker_client, base_image, "/app/arm", arm=ARM) as container:
        found = program(docker_client.api, container)

    assert found is not None
    assert machine(found.head) == "aarch64"


def test_of_a_container_that_is_gone_there_is_no_program(docker_client):
    assert program(docker_client.api, "no-such-container") is None
