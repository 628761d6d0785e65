"""Values with defaults, so that a test names only what its story is about."""

from dataclasses import replace

from eas_local.core import render
from eas_local.core.desired import Desired
from eas_local.core.instance import Address, Instance, Run, RunState, Sandbox
from eas_local.core.service import Container, Service
from eas_local.core.wire import SidecarState


def a_container(**changes: object) -> Container:
    return replace(Container("worker0", "img", argv=("serve",), port=8000), **changes)


def a_service(name: str = "demo", replicas: int = 1, **changes: object) -> Service:
    return replace(Service(name, replicas, (a_container(),)), **changes)


def a_desired(service: Service | None = None, **changes: object) -> Desired:
    base = Desired(
        service=service or a_service(),
        text="{}",
        base=None,
        version=1,
        token="secret",
        created_at=100,
        updated_at=100,
    )
    return replace(base, **changes)


def a_run(**changes: object) -> Run:
    return replace(Run("r0", "worker0", 0, "img", RunState.RUNNING, started_at=110), **changes)


def a_sandbox(**changes: object) -> Sandbox:
    base = Sandbox("s0", True, 105, "10.0.0.2", Address("10.0.0.2", 8080), Address("10.0.0.2", 9090))
    return replace(base, **changes)


def an_instance(
    want: Desired, name: str = "a", *, ready: bool = True, linked: bool = True, **changes: object
) -> Instance:
    """An instance of the present revision whose sidecar has spoken; `ready` opens its gate."""
    base = Instance(name, want.name, 0, want.fingerprint, 1, 105, a_sandbox(), (a_run(),))
    instance = replace(base, **changes)
    return instance.with_link(a_link(want, instance, ready=ready)) if linked else instance


def a_link(want: Desired, instance: Instance, **changes: object) -> SidecarState:
    base = SidecarState(
        pod=instance.name,
        version="1",
        config_n=1,
        config_digest=render.sidecar_config(want, instance).digest,
        config_terms=render.sidecar_config(want, instance).terms,
        attempts=tuple((run.container, run.attempt) for run in instance.currents),
    )
    return replace(base, **changes)
