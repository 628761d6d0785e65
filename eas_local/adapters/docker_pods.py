"""Pods on a Docker engine: the calls, one after the other. `docker_engine.py` runs them in threads and translates errors.

Every act may have been cut off at any point before. What a crash left created but never started is made anew, for it may
be incomplete; what has run once is the very thing asked for.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from socket import socket
from threading import Lock
from typing import Any

from docker import DockerClient
from docker.errors import APIError

from eas_local.adapters import docker_labels as labels
from eas_local.adapters import docker_render as render
from eas_local.adapters.docker_look import look
from eas_local.adapters.docker_removal import remove
from eas_local.adapters.engine_class import EngineClass
from eas_local.core.errors import EngineUnusable, StartRefused
from eas_local.core.instance import Run
from eas_local.core.pod import ContainerSpec, SandboxSpec

Classify = Callable[[DockerClient, str], EngineClass]
"""What an engine can do, found out with the help of an image that has python3."""


class Pods:
    """One owner's pods, over one connection."""

    def __init__(self, client: DockerClient, owner: str, classify: Classify) -> None:
        self.client = client
        self._api = client.api
        self._owner = owner
        self._classify = classify
        self._class: EngineClass | None = None
        self._lock = Lock()

    # -- looking

    def names(self, *, service: str | None = None, pod: str | None = None) -> dict[str, str]:
        """By id."""
        found = self._list(service=service, pod=pod)
        return {container["Id"]: container["Names"][0].removeprefix("/") for container in found}

    def find(self, container: str) -> dict[str, Any] | None:
        try:
            details: dict[str, Any] = look(self._api, f"/containers/{container}/json")
        except APIError as error:
            if error.status_code != 404:
                raise
            return None
        return details

    # -- starting

    def start_sandbox(self, spec: SandboxSpec) -> None:
        """Its configuration goes in by standard input: 40 ms less than an archive, and in no layer before it runs."""
        published = self._engine(spec.image).reach == "published"
        config = render.sandbox(self._owner, spec, published=published)
        container = self._create_sandbox(spec, config)
        with self._stdin(container) as stdin:
            self._api.start(container)
            with suppress(BrokenPipeError):  # it has its configuration from an earlier start
                stdin.sendall(spec.config.encode() + b"\n")

    def start(self, spec: ContainerSpec) -> str:
        engine = self._engine_of(spec.sandbox)
        if spec.binds and not engine.binds:
            raise EngineUnusable(
                "the Docker engine does not see this machine's folders, so nothing can be mounted; share them with it "
                "(Docker Desktop: Settings, Resources, File sharing), or use an engine on this machine"
            )
        container, ran = self._create(render.run_name(spec), render.run(self._owner, spec, cpus=engine.cpus))
        if not ran:
            self._start_run(container)
        return container

    def repeat(self, run: Run, attempt: int, joined: float) -> str:
        details = self._api.inspect_container(run.id)
        name = render.next_name(details["Config"]["Labels"], run, attempt)
        container, ran = self._create(name, render.again(details, run, attempt, joined))
        if not ran:
            self._start_run(container)
        return container

    # -- ending

    def signal(self, container: str, signal: str) -> None:
        try:
            self._api.kill(container, signal)
        except APIError as error:
            if error.status_code not in {404, 409}:
                raise

    def remove(self, container: str) -> None:
        remove(self._api, container)

    def remove_scratch(self, pod: str) -> None:
        self._remove_volumes(self._volumes(pod=pod))

    def remove_leftovers(self) -> None:
        used = {labels.pod(container["Labels"]) for container in self._list()} - {""}
        self._remove_volumes(volume for volume in self._volumes() if labels.pod(volume["Labels"]) not in used)

    # -- the engine's calls

    def _list(self, **chosen: str | None) -> list[dict[str, Any]]:
        filters = json.dumps(labels.chosen(self._owner, **chosen))
        found: list[dict[str, Any]] = look(self._api, "/containers/json", {"all": 1, "filters": filters})
        return found

    def _create_sandbox(self, spec: SandboxSpec, config: render.Config) -> str:
        """The engine makes scratch before it looks whether the container can be: nobody would remove that."""
        try:
            return self._create(render.sandbox_name(spec), config)[0]
        except APIError:
            self.remove_scratch(spec.identity.pod)
            raise

    @contextmanager
    def _stdin(self, container: str) -> Iterator[socket]:
        stream = self._api.attach_socket(container, params={"stdin": 1, "stream": 1})
        with stream, stream._sock as connection:  # noqa: SLF001 - what the SDK hands out can be read only
            yield connection

    def _start_run(self, container: str) -> None:
        try:
            self._api.start(container)
        except APIError:
            self.remove(container)
            raise

    def _create(self, name: str, config: render.Config) -> tuple[str, bool]:
        """The container of this name, and whether it has run before."""
        try:
            return self._api.create_container_from_config(config, name)["Id"], False
        except APIError as error:
            if error.status_code != 409:
                raise
        there = self._ours(name)
        if there and there["State"]["Status"] not in {"created", "removing"}:
            return there["Id"], True
        self.remove(name)
        return self._api.create_container_from_config(config, name)["Id"], False

    def _ours(self, name: str) -> dict[str, Any] | None:
        there = self.find(name)
        if there and labels.owner(there["Config"]["Labels"]) != self._owner:
            raise StartRefused(f'a container "{name}" that is not ours is in the way; remove it: docker rm -f {name}')
        return there

    def _volumes(self, pod: str | None = None) -> list[dict[str, Any]]:
        return self._api.volumes(filters=labels.chosen(self._owner, pod=pod))["Volumes"] or []

    def _remove_volumes(self, volumes: Iterable[dict[str, Any]]) -> None:
        for volume in volumes:
            try:
                self._api.remove_volume(volume["Name"])
            except APIError as error:
                if error.status_code not in {404, 409}:  # gone, or in use by a pod that has just begun
                    raise

    def _engine_of(self, sandbox: str) -> EngineClass:
        return self._class or self._engine(self._api.inspect_container(sandbox)["Image"])

    def _engine(self, image: str) -> EngineClass:
        with self._lock:
            if self._class is None:
                self._class = self._classify(self.client, image)
            return self._class
