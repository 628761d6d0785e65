"""`python -m tests.chaos.daemon FOLDER`: the real daemon with a trap in it, which is set through files in that folder.

Everything is the daemon's own but two wrappings: the executor tells of each step, and what acts upon the outside (calls
that change something in the engine, and configurations for sidecars) tells of each act.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from docker import DockerClient

from eas_local.adapters import docker_client, settings
from eas_local.adapters import docker_labels as labels
from eas_local.adapters.docker_labels import Role
from eas_local.adapters.home import open_home
from eas_local.adapters.settings import EngineSettings, Settings
from eas_local.core.desired import Desired
from eas_local.core.instance import Instance
from eas_local.core.steps import Step
from eas_local.core.wire import SidecarConfig
from eas_local.daemon.executor import Executor, Outside
from eas_local.daemon.main import Makers, main
from tests.chaos.faults import HELPER, Fault
from tests.chaos.killing import kill
from tests.chaos.trap import Trap, Watch

ACTS = {"start", "kill", "remove_container"}
"""The SDK's calls that change a container."""


class WatchedExecutor(Executor):
    def __init__(self, outside: Outside, watch: Watch) -> None:
        super().__init__(replace(outside, links=WatchedLinks(outside.links, watch)))
        self._watch = watch

    async def execute(self, step: Step, want: Desired, say: Callable[[str], None]) -> None:
        if not self._watch.begins(want.name, type(step).__name__, getattr(step, "pod", "")):
            return await super().execute(step, want, say)
        try:
            await super().execute(step, want, say)
            self._watch.done()
        finally:
            self._watch.ends()


class WatchedLinks:
    def __init__(self, links: Any, watch: Watch) -> None:
        self._links = links
        self._watch = watch

    async def configure(self, instance: Instance, config: SidecarConfig) -> None:
        await self._links.configure(instance, config)
        self._watch.acted(instance.name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._links, name)


class WatchedApi:
    """A helper, made on the way to something else, counts as a step of its own."""

    def __init__(self, api: Any, watch: Watch) -> None:
        self._api = api
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._api, name)
        return partial(self._act, call) if name in ACTS and self._watch.hot else call

    def create_container_from_config(self, config: dict[str, Any], name: str | None = None) -> dict[str, Any]:
        about = _about(config["Labels"])
        if about == HELPER:
            self._watch.begins("", HELPER, HELPER)
        made: dict[str, Any] = self._api.create_container_from_config(config, name)
        self._watch.acted(about, new=labels.role(config["Labels"]) is Role.SANDBOX)
        return made

    def remove_volume(self, name: str) -> None:
        self._api.remove_volume(name)
        self._watch.acted(name.rpartition("-")[0])

    def _act(self, call: Callable[..., Any], container: str, *arguments: Any, **options: Any) -> Any:
        about = _about(self._api.inspect_container(container)["Config"]["Labels"])
        answer = call(container, *arguments, **options)
        self._watch.acted(about)
        return answer


def _about(found: dict[str, str]) -> str:
    return HELPER if labels.role(found) is Role.HELPER else labels.pod(found)


class WatchedClient:
    """As much of the SDK's client as the daemon uses."""

    def __init__(self, client: DockerClient, watch: Watch) -> None:
        self.api = WatchedApi(client.api, watch)
        self.close = client.close


def watched(watch: Watch) -> Makers:
    def connect(engine: EngineSettings) -> WatchedClient:
        return WatchedClient(docker_client.connect(engine), watch)

    return Makers(connect, lambda outside: WatchedExecutor(outside, watch))


def killer(config: Settings) -> Callable[[Fault, str], None]:
    def strike(fault: Fault, pod: str) -> None:
        kill(fault.victim, config, open_home(config.home).owner, fault.moment.service, pod)

    return strike


if __name__ == "__main__":
    sys.exit(main(watched(Watch(Trap(Path(sys.argv[1])), killer(settings.load())))))
