"""The Docker engine seen from outside the emulator: what one owner has there, and the means to break it."""

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import docker
from docker.models.containers import Container

Json = dict[str, Any]


@contextmanager
def connected(address: str | None = None) -> Iterator[docker.DockerClient]:
    """The engine that the environment names, or the one at `address`."""
    client = docker.DockerClient(base_url=address) if address else docker.from_env()
    try:
        yield client
    finally:
        client.close()


@dataclass(frozen=True, slots=True)
class Belongings:
    """Everything in the engine that carries an owner's id."""

    client: docker.DockerClient
    owner: str

    def containers(self) -> list[Container]:
        everything = self.client.containers.list(all=True, ignore_removed=True)
        return [container for container in everything if self.owner in container.labels.values()]

    def sandbox(self, pod: str) -> Container:
        return self.client.containers.get(pod)

    def worker(self, pod: str, number: int = 0, attempt: int = 0) -> Container:
        return self.client.containers.get(f"{pod}.worker{number}.{attempt}")

    def ids(self) -> set[str]:
        return {container.id for container in self.containers()}

    def volumes(self) -> set[str]:
        return {volume.name for volume in self.client.volumes.list() if self._ours(volume.attrs)}

    def leftovers(self) -> list[str]:
        """What is there, in words; empty after a purge."""
        networks = self.client.networks.list()
        return [
            *(f"container {container.name} ({container.status})" for container in self.containers()),
            *(f"volume {name}" for name in self.volumes()),
            *(f"network {network.name}" for network in networks if self._ours(network.attrs)),
        ]

    def _ours(self, attributes: Json) -> bool:
        return self.owner in (attributes.get("Labels") or {}).values()


def inside(container: Container, *argv: str) -> str:
    """What a program run in a container says; its failure is the test's."""
    code, output = container.exec_run(list(argv))
    assert code == 0, f"{argv} in {container.name} ended with {code}: {output.decode()}"
    return output.decode()


def python_inside(container: Container, expression: str) -> Any:
    """The value of a Python expression in a container's namespaces."""
    return json.loads(inside(container, "python3", "-c", f"import json; print(json.dumps({expression}))"))


def build_image(client: docker.DockerClient, tag: str, lines: Sequence[str]) -> None:
    """An image from a few lines of Dockerfile, without a network."""
    client.images.build(fileobj=io.BytesIO("\n".join(lines).encode()), tag=tag, network_mode="none", rm=True)


def import_image(client: docker.DockerClient, tag: str, content: bytes) -> None:
    """An image of one layer with one file of this content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("content")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    name, _, version = tag.partition(":")
    client.api.import_image_from_data(buffer.getvalue(), repository=name, tag=version)
