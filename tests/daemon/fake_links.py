"""Sidecars that open their gates as soon as their containers run, and do what they are told."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from eas_local.core.instance import Instance
from eas_local.core.wire import SidecarConfig, SidecarState
from eas_local.daemon.sidecars import PodUnreachable
from tests.fakes import FakeEngine


@dataclass
class FakeLinks:
    """`shut`: services whose gates stay shut. `broken`: those whose sidecars talk nonsense. `busy`: requests in flight, by service."""

    engine: FakeEngine
    shut: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    busy: dict[str, int] = field(default_factory=dict)
    configs: dict[str, SidecarConfig] = field(default_factory=dict)

    def secret(self, pod: str) -> str:
        return f"secret of {pod}"

    def join(self, service: str, have: Iterable[Instance]) -> list[Instance]:
        return [instance.with_link(self._state(instance)) for instance in have]

    def leave(self, pod: str) -> None:
        self.configs.pop(pod, None)

    async def meet(self, pods: Iterable[str], within: float) -> None:
        pass

    async def config_of(self, instance: Instance) -> SidecarConfig:
        if instance.service in self.broken:
            raise PodUnreachable(f"instance {instance.name}: its sidecar talks nonsense; it is asked again")
        return self.configs[instance.name]

    async def configure(self, instance: Instance, config: SidecarConfig) -> None:
        self.configs[instance.name] = config

    def _state(self, instance: Instance) -> SidecarState | None:
        if not instance.sandbox.running or not instance.runs:
            return None
        config = self.configs.setdefault(instance.name, self._first(instance))
        draining = config.draining_since > 0
        return SidecarState(
            pod=instance.name,
            version="1",
            config_n=config.n,
            config_digest=replace(config, draining_since=0).digest,
            config_terms=config.terms,
            ready=instance.alive and instance.service not in self.shut and not draining,
            attempts=tuple((target.name, target.attempt) for target in config.targets),
            draining=draining,
            draining_since=config.draining_since,
            in_flight=self.busy.get(instance.service, 0),
        )

    def _first(self, instance: Instance) -> SidecarConfig:
        """The one that the sandbox was told as it started."""
        return SidecarConfig.from_json(self.engine.sandboxes[instance.name].config)
