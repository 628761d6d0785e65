"""What only a real engine can show: the settings of a pod as a program inside it meets them."""

import asyncio
from dataclasses import replace

import pytest
from docker import DockerClient

from eas_local.adapters import docker_labels as labels
from eas_local.adapters import docker_render as render
from eas_local.adapters import settings
from eas_local.adapters.docker_client import connect
from eas_local.adapters.docker_engine import DockerEngine
from eas_local.core.errors import SourceMissing, StartRefused
from eas_local.core.instance import RunState
from eas_local.core.pod import Bind, SandboxSpec, Scratch
from tests.adapters.engines import FAILS, SLEEPS, DockerWorld, a_run, ended, the_instance
from tests.conftest import belongings

pytestmark = [pytest.mark.docker, pytest.mark.timeout(60, func_only=True)]


async def told(world: DockerWorld, sandbox: SandboxSpec, script: str, **changes: object) -> list[str]:
    """What a shell in a run of its own says."""
    attempt = len((await the_instance(world.engine)).runs)
    spec = replace(a_run(sandbox, attempt=attempt), argv=("sh", "-c", script), **changes)
    run_id = await world.engine.start(spec)
    return [line.text async for line in world.engine.logs(run_id, follow=True)]


async def test_a_run_has_its_sandboxs_name_network_and_shared_memory(docker_world):
    sandbox = replace(docker_world.sandbox(docker_world.identity("a")), shm_bytes=96 << 20)
    await docker_world.engine.start_sandbox(sandbox)
    seen = await the_instance(docker_world.engine)

    said = await told(docker_world, sandbox, "hostname; hostname -i; df -m --output=size /dev/shm | tail -1")

    assert [line.strip() for line in said] == [sandbox.identity.pod, seen.sandbox.ip, "96"]


async def test_scratch_is_shared_and_outlives_a_run(docker_world):
    identity = docker_world.identity("a")
    scratch = (
        Scratch(f"{identity.pod}-0", "/disk"),
        Scratch(f"{identity.pod}-1", "/memory", memory=True, size_bytes=8 << 20),
    )
    sandbox = replace(docker_world.sandbox(identity), scratch=scratch)
    await docker_world.engine.start_sandbox(sandbox)

    await told(docker_world, sandbox, "echo kept > /disk/file; echo kept > /memory/file; touch /gone", scratch=scratch)
    script = "cat /disk/file /memory/file; ls /gone; df -m --output=fstype,size /memory | tail -1"
    said = await told(docker_world, sandbox, script, scratch=scratch)

    assert said[:2] == ["kept", "kept"]
    assert "No such file" in said[2]
    assert said[3].split() == ["tmpfs", "8"]


async def test_a_sandbox_is_told_its_configuration_as_it_starts(docker_world, docker_client):
    identity = docker_world.identity("a")
    await docker_world.engine.start_sandbox(replace(docker_world.sandbox(identity), config='{"a": 1}'))
    assert run_inside(docker_client, identity.pod, "read -r line < /proc/1/fd/0; echo $line") == '{"a": 1}\n'

    await docker_world.sandbox_ends(identity.pod)
    await docker_world.engine.start_sandbox(replace(docker_world.sandbox(identity), config="again"))
    assert run_inside(docker_client, identity.pod, "read -r line < /proc/1/fd/0; echo $line") == "again\n"


async def test_limits_are_those_asked_for_within_those_there_are(docker_world, docker_client, engine_class):
    sandbox = docker_world.sandbox(docker_world.identity("a"))
    await docker_world.engine.start_sandbox(sandbox)

    run_id = await docker_world.engine.start(replace(a_run(sandbox), cpu=1000, memory_bytes=64 << 20))

    host = docker_client.api.inspect_container(run_id)["HostConfig"]
    assert (host["NanoCpus"], host["Memory"]) == (engine_class.cpus * 10**9, 64 << 20)


async def test_the_pods_ports_are_reached_on_loopback_where_its_address_is_not(docker_world, engine_class):
    config = settings.load().engine
    published = replace(engine_class, reach="published")
    engine = DockerEngine(docker_world.engine._owner, lambda: connect(config), lambda *_: published)
    await engine.start_sandbox(docker_world.sandbox(docker_world.identity("a")))
    await engine.close()

    seen = (await the_instance(docker_world.engine)).sandbox

    assert (seen.traffic.host, seen.control.host) == ("127.0.0.1", "127.0.0.1")
    assert not {seen.traffic.port, seen.control.port} & {8080, 9090}


async def test_a_run_a_crash_left_unstarted_is_made_anew(docker_world, docker_client):
    sandbox = docker_world.sandbox(docker_world.identity("a"))
    await docker_world.engine.start_sandbox(sandbox)
    spec = a_run(sandbox)
    config = render.run(docker_world.engine._owner, replace(spec, argv=("true",)), cpus=1)
    docker_client.api.create_container_from_config(config, render.run_name(spec))

    await docker_world.engine.start(spec)

    (run,) = (await the_instance(docker_world.engine)).runs
    assert run.state is RunState.RUNNING


async def test_a_container_of_somebody_else_that_has_the_name_is_left_alone(docker_world, docker_client):
    sandbox = docker_world.sandbox(docker_world.identity("a"))
    theirs = docker_client.api.create_container_from_config(
        {"Image": sandbox.image, "Labels": labels.of_helper("somebody")}, sandbox.identity.pod
    )

    with pytest.raises(StartRefused, match="docker rm -f"):
        await docker_world.engine.start_sandbox(sandbox)

    docker_client.api.remove_container(theirs["Id"])


async def test_runs_without_a_sandbox_are_still_an_instance(docker_world, docker_client):
    sandbox = docker_world.sandbox(docker_world.identity("a"))
    await docker_world.engine.start_sandbox(sandbox)
    await docker_world.start(a_run(sandbox), SLEEPS)
    docker_client.api.remove_container(sandbox.identity.pod, force=True)

    seen = await the_instance(docker_world.engine)

    assert (seen.name, seen.sandbox.id, seen.sandbox.running) == (sandbox.identity.pod, "", False)
    assert (seen.service, seen.fingerprint, len(seen.runs)) == ("demo", "r1", 1)


async def test_leftovers_are_what_no_pod_uses(docker_world, docker_client):
    kept, gone = docker_world.identity("kept"), docker_world.identity("gone")
    for identity in (kept, gone):
        scratch = (Scratch(f"{identity.pod}-0", "/scratch"),)
        await docker_world.engine.start_sandbox(replace(docker_world.sandbox(identity), scratch=scratch))
    docker_client.api.remove_container(gone.pod, force=True)

    await docker_world.engine.remove_leftovers()
    assert f"volume {kept.pod}-0" in belongings(docker_client)
    assert f"volume {gone.pod}-0" not in belongings(docker_client)


async def test_a_program_that_is_missing_shows_as_exit_127_with_inits_own_words(docker_world):
    sandbox = docker_world.sandbox(docker_world.identity("a"))
    await docker_world.engine.start_sandbox(sandbox)
    run_id = await docker_world.engine.start(replace(a_run(sandbox), argv=("no-such-program",)))

    run = await ended(docker_world.engine)

    assert run.exit_code == 127
    (said,) = [line.text async for line in docker_world.engine.logs(run_id)]
    assert "no-such-program" in said


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"binds": (Bind("/no/such/folder", "/data"),)}, SourceMissing, '"/no/such/folder" is not there'),
        ({"memory_bytes": 1 << 20}, StartRefused, 'raise "memory"'),
        ({"gpus": ("GPU-1",)}, StartRefused, "nvidia-container-toolkit"),
    ],
)
async def test_a_run_the_engine_refuses_leaves_nothing_behind(docker_world, changes, error, sentence):
    sandbox = docker_world.sandbox(docker_world.identity("a"))
    await docker_world.engine.start_sandbox(sandbox)

    with pytest.raises(error, match=sentence) as raised:
        await docker_world.engine.start(replace(a_run(sandbox), **changes))

    assert 'container "worker0" of instance' in str(raised.value)
    assert (await the_instance(docker_world.engine)).runs == ()


async def test_both_outputs_long_lines_and_what_is_no_text_arrive_as_lines(docker_world):
    sandbox = docker_world.sandbox(docker_world.identity("a"))
    await docker_world.engine.start_sandbox(sandbox)
    script = "python3 -c \"print('x' * 40000)\"; echo oh no >&2; printf '\\377\\n'; printf tail"

    said = await told(docker_world, sandbox, script)

    assert sorted(said) == sorted(["x" * 40000, "oh no", "\ufffd", "tail"])


async def test_one_call_that_hangs_does_not_stop_the_others(docker_world):
    sandbox = docker_world.sandbox(docker_world.identity("a"))
    await docker_world.engine.start_sandbox(sandbox)
    run_id = await docker_world.start(a_run(sandbox, FAILS), FAILS)
    hanging = docker_world.engine._call("wait", lambda pods: pods.client.api.wait(sandbox.identity.pod))

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(hanging)
        assert (await ended(docker_world.engine)).id == run_id
        assert not waiting.done()
        await docker_world.sandbox_ends(sandbox.identity.pod)


def run_inside(client: DockerClient, container: str, script: str) -> str:
    command = client.api.exec_create(container, ["sh", "-c", script])
    output: bytes = client.api.exec_start(command["Id"])
    return output.decode()
