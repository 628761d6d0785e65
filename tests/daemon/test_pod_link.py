"""The daemon's line to a sidecar, with the real one at the other end."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from eas_local.core import render
from eas_local.core.desired import Desired
from eas_local.core.errands import Execution
from eas_local.core.instance import Address, Instance
from eas_local.core.service import Check, CheckKind, Exec
from eas_local.daemon.pod_link import PATIENCE, PodLinks, retry_pause, silent_from
from eas_local.daemon.sidecars import PodUnreachable
from eas_local.sidecar.main import Options, Sidecar
from tests.builders import a_container, a_desired, a_sandbox, a_service, an_instance
from tests.fakes import FakeEngine

KEY = b"key of this home"
WANT = a_desired()
COMMAND = ("cat", "/tmp/ready")
PROBED = a_desired(
    a_service(containers=(a_container(checks=(Check(CheckKind.READINESS, Exec(COMMAND)),)),)),
)
WITHIN = 5.0


class Lines:
    """Links, and what they rang for. Commands go as `executions` say."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.rung: asyncio.Queue[str] = asyncio.Queue()
        self.executions: asyncio.Queue[Execution] = asyncio.Queue()
        self.links = PodLinks(session, KEY, self.rung.put_nowait, self._execute)

    async def _execute(self, run_id: str, argv: Sequence[str], within: float) -> Execution:
        assert (run_id, argv, within) == ("r0", COMMAND, 1)
        return await self.executions.get()

    async def heard(self, instance):
        """The instance as its sidecar next describes it."""
        async with asyncio.timeout(WITHIN):
            assert await self.rung.get() == "demo"
            (joined,) = self.links.join("demo", [instance])
            return joined


@pytest.fixture
async def lines() -> AsyncIterator[Lines]:
    async with aiohttp.ClientSession() as session:
        lines = Lines(session)
        yield lines
        await lines.links.close()


@pytest.fixture
async def instance(tmp_path, lines) -> AsyncIterator[Instance]:
    """An instance whose sidecar lives in this process; nothing listens where its container should."""
    async with sidecar_of(WANT, lines, tmp_path) as instance:
        yield instance


@asynccontextmanager
async def sidecar_of(want: Desired, lines: Lines, folder: Path) -> AsyncIterator[Instance]:
    base = an_instance(want, linked=False)
    config = render.sidecar_config(want, base, secret=lines.links.secret(base.name))
    (folder / "config.json").write_text(config.to_json())
    sidecar = Sidecar(Options(folder / "config.json", "127.0.0.1", 0, 0), io.StringIO())
    traffic, control = await sidecar.start()
    sandbox = a_sandbox(traffic=Address("127.0.0.1", traffic), control=Address("127.0.0.1", control))
    yield replace(base, sandbox=sandbox)
    await sidecar.stop()


async def test_what_the_sidecar_says_rings_and_is_joined(lines, instance):
    lines.links.join("demo", [instance])
    joined = await lines.heard(instance)
    assert joined.link.pod == instance.name
    assert joined.link.config_digest == render.sidecar_config(WANT, instance).digest
    assert not joined.ready


async def test_a_sidecar_that_dies_is_lost_only_when_it_stays_away(lines, tmp_path):
    async with sidecar_of(WANT, lines, tmp_path) as instance:
        lines.links.join("demo", [instance])
        await lines.heard(instance)
    gone_at = asyncio.get_running_loop().time()

    (joined,) = lines.links.join("demo", [instance])
    assert joined.link is not None
    assert (await lines.heard(instance)).link is None
    assert asyncio.get_running_loop().time() - gone_at >= PATIENCE * 0.9


@pytest.mark.parametrize(
    ("error", "since"), [(aiohttp.ServerDisconnectedError(), 130), (ConnectionResetError(), 130), (TimeoutError(), 100)]
)
def test_a_sidecar_that_hangs_up_after_a_long_calm_is_silent_from_then_on(error, since):
    assert silent_from(error, asked_at=100, now=130) == since


async def test_meet_returns_when_every_pod_has_spoken(lines, instance):
    lines.links.join("demo", [instance])
    await lines.links.meet([instance.name], within=WITHIN)
    (joined,) = lines.links.join("demo", [instance])
    assert joined.link is not None


async def test_a_pod_that_somebody_removed_is_listened_to_no_more(lines, instance):
    lines.links.join("demo", [instance])
    await lines.links.meet([instance.name], within=WITHIN)
    lines.links.join("demo", [])
    (joined,) = lines.links.join("demo", [instance])
    assert joined.link is None


@pytest.mark.parametrize(("silence", "pause"), [(0, 0.01), (0.15, 0.015), (2, 0.2), (60, 1)])
def test_a_new_sidecar_is_dialled_often_and_a_dead_one_seldom(silence, pause):
    assert retry_pause(silence) == pytest.approx(pause)


async def test_a_new_configuration_is_in_force_when_configure_returns(lines, instance):
    lines.links.join("demo", [instance])
    await lines.links.meet([instance.name], within=WITHIN)
    want = replace(WANT, token="other")
    (joined,) = lines.links.join("demo", [instance])
    await lines.links.configure(instance, render.sidecar_config(want, joined, secret=lines.links.secret(instance.name)))
    (joined,) = lines.links.join("demo", [instance])
    assert joined.link.config_digest == render.sidecar_config(want, joined).digest


async def test_draining_sends_back_the_configuration_in_force(lines, instance):
    config = await lines.links.config_of(instance)
    lines.links.join("demo", [instance])
    await lines.links.configure(instance, replace(config, draining_since=7.0, n=config.n + 1))
    (joined,) = lines.links.join("demo", [instance])
    assert joined.draining
    assert joined.link.draining_since == 7.0


async def test_a_sidecars_errand_is_carried_out_and_its_outcome_rings(lines, tmp_path):
    async with sidecar_of(PROBED, lines, tmp_path) as instance:
        lines.links.join("demo", [instance])
        assert not (await lines.heard(instance)).ready
        await lines.executions.put(Execution(0))

        assert (await lines.heard(instance)).ready


async def test_an_errand_alone_does_not_ring(lines, tmp_path):
    soon = replace(PROBED.service.containers[0].checks[0], initial_delay=0.1)
    want = a_desired(a_service(containers=(a_container(checks=(soon,)),)))
    async with sidecar_of(want, lines, tmp_path) as instance:
        lines.links.join("demo", [instance])
        await lines.heard(instance)
        await lines.executions.put(Execution(1, "not yet"))
        joined = await lines.heard(instance)

    assert [probe.failure for probe in joined.link.probes] == ["not yet"]
    assert lines.rung.empty()


async def test_an_older_configuration_is_refused(lines, instance):
    config = await lines.links.config_of(instance)
    with pytest.raises(PodUnreachable, match="refused configuration 0"):
        await lines.links.configure(instance, replace(config, n=0))


async def test_the_wrong_secret_opens_nothing(instance):
    async with aiohttp.ClientSession() as session:
        stranger = PodLinks(session, b"another home", lambda _: None, FakeEngine().exec)
        with pytest.raises(PodUnreachable):
            await stranger.config_of(instance)


async def test_a_pod_without_an_address_is_told_apart(lines, instance):
    ended = replace(instance, sandbox=a_sandbox(running=False, control=None))
    with pytest.raises(PodUnreachable, match="its sandbox does not run"):
        await lines.links.config_of(ended)
