"""A sidecar that is one release older or newer than the daemon is told once what is asked of it, and not for ever."""

import json
from dataclasses import fields, replace

import pytest

from eas_local.core import planner, render
from eas_local.core.instance import Instance
from eas_local.core.service import Check, CheckKind, Limits, TcpSocket
from eas_local.core.steps import Configure
from eas_local.core.wire import SidecarConfig, SidecarState, Target
from tests.builders import a_container, a_desired, a_service, an_instance

REQUIRED = {"pod", "service", "secret", "targets", "digest", "n"}
CHECKS = (Check(CheckKind.LIVENESS, TcpSocket(8000)),)
WANT = a_desired(
    a_service(containers=(a_container(checks=CHECKS), a_container(name="worker1", port=None)), limits=Limits(5))
)


def understood(text: str, unknown: str) -> SidecarConfig:
    """What is left of a configuration for a sidecar that does not know one of its fields, wherever that is."""
    data = json.loads(text)
    for place in (data, data["limits"], *data["targets"]):
        place.pop(unknown, None)
    return SidecarConfig.from_json(json.dumps(data))


def said_back(config: SidecarConfig, instance: Instance) -> SidecarState:
    attempts = tuple((target.name, target.attempt) for target in config.targets)
    return SidecarState(instance.name, "1", config.n, config.digest, ready=True, attempts=attempts)


def told(instance: Instance, unknown: str = "") -> list[str]:
    """The causes for which its sidecar is told something, each time it has been told and has answered."""
    causes = []
    for _ in range(3):
        steps = planner.plan(WANT, [instance], now=200).steps
        causes += [step.cause for step in steps if isinstance(step, Configure)]
        config = understood(render.sidecar_config(WANT, instance).to_json(), unknown)
        instance = instance.with_link(said_back(config, instance))
    return causes


@pytest.mark.parametrize(
    "unknown",
    sorted({field.name for kind in (SidecarConfig, Limits, Target) for field in fields(kind)} - REQUIRED - {"name"}),
)
def test_a_sidecar_that_does_not_know_a_field_is_told_once(unknown):
    before = SidecarState("a", "1", config_n=3, config_digest="of the release before")

    assert len(told(an_instance(WANT, linked=False).with_link(before), unknown)) == 1


def test_what_a_newer_sidecar_adds_by_itself_is_not_in_the_digest():
    config = render.sidecar_config(WANT)
    newer = replace(SidecarConfig.from_json(config.to_json()), limits=Limits(rate_limit=7))

    assert newer.digest == config.digest


def test_draining_leaves_the_digest_of_a_sidecar_as_it_was():
    config = SidecarConfig.from_json(render.sidecar_config(WANT).to_json())

    assert replace(config, draining_since=7.0, n=config.n + 1).digest == config.digest
