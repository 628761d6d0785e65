"""What happens to services, and to the emulator itself."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from eas_local.core.instance import RunState
from tests.model.machine import CHOICES, NAMES, PAUSES, Machine


class Breaking(Machine):
    @rule(name=NAMES, choice=CHOICES, oom=st.booleans(), pause=PAUSES)
    def container_ends(self, name: str, choice: int, oom: bool, pause: float) -> None:
        pod = self.chosen(name, choice)
        running = [run.id for run in pod.runs if run.state is RunState.RUNNING] if pod else []
        if running:
            self.do(self.world.engine.ends(running[choice % len(running)], 137 if oom else 1, oom=oom))
        self.passes(pause)

    @rule(name=NAMES, choice=CHOICES, pause=PAUSES)
    def sandbox_dies(self, name: str, choice: int, pause: float) -> None:
        pod = self.chosen(name, choice)
        if pod and pod.sandbox.running:
            self.do(self.world.engine.sandbox_ends(pod.name))
        self.passes(pause)

    @rule(name=NAMES, choice=CHOICES, pause=PAUSES)
    def sidecar_dies(self, name: str, choice: int, pause: float) -> None:
        if pod := self.chosen(name, choice):
            self.world.sidecars.dies(pod.name)
        self.passes(pause)

    @rule(seconds=st.sampled_from((0, 1, 100)), pause=PAUSES)
    def requests_take(self, seconds: float, pause: float) -> None:
        self.world.sidecars.busy = seconds
        self.passes(pause)

    @rule(dead=PAUSES, pause=PAUSES)
    def daemon_dies(self, dead: float, pause: float) -> None:
        self.do(self.world.daemon_dies())
        self.passes(dead)
        self.do(self.world.daemon_starts())
        self.passes(pause)

    @rule(pause=PAUSES)
    def engine_goes_away(self, pause: float) -> None:
        self.world.engine.down = True
        self.passes(pause)

    @precondition(lambda self: self.world.engine.down)
    @rule(pause=PAUSES)
    def engine_comes_back(self, pause: float) -> None:
        self.world.engine.down = False
        self.passes(pause)

    @rule(dead=PAUSES, pause=PAUSES)
    def gateway_dies(self, dead: float, pause: float) -> None:
        self.world.gateway.dies()
        self.passes(dead)
        self.world.gateway.starts()
        self.passes(pause)

    @rule(seconds=st.sampled_from((-3600, -5, 5, 3600)), pause=PAUSES)
    def clock_is_set(self, seconds: float, pause: float) -> None:
        self.world.clock.set_by += seconds
        self.passes(pause)
