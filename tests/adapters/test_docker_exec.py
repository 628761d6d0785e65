"""Commands in a container as only a real engine shows them."""

import pytest

from tests.adapters.engines import HANGS, SLEEPS, DockerWorld, a_run, eventually

pytestmark = [pytest.mark.docker, pytest.mark.timeout(60, func_only=True)]


@pytest.fixture
async def run_id(docker_world: DockerWorld) -> str:
    """A container that sleeps."""
    sandbox = docker_world.sandbox(docker_world.identity("a"))
    await docker_world.engine.start_sandbox(sandbox)
    return await docker_world.start(a_run(sandbox), SLEEPS)


async def test_a_command_that_hangs_is_not_begun_a_second_time_until_it_has_ended(docker_world, run_id):
    async def ended_in_time() -> bool:
        return (await docker_world.exec(run_id, HANGS, within=1)).exit_code == 0

    async def begun() -> list[str]:
        return (await docker_world.engine.exec(run_id, ("cat", "/tmp/begun"), 10)).output.split()

    for _ in range(3):
        await docker_world.exec(run_id, HANGS, within=0.3)
    assert await begun() == ["begun"]
    await docker_world.engine.exec(run_id, ("touch", "/tmp/go"), 10)
    await eventually(ended_in_time, "it is begun again")
    assert await begun() == ["begun", "begun"]


@pytest.mark.parametrize(("program", "reason"), [("no-such", "not found"), ("/etc/passwd", "permission denied")])
async def test_a_program_that_cannot_be_run_is_a_failure_in_the_engines_words(docker_world, run_id, program, reason):
    went = await docker_world.engine.exec(run_id, (program,), 10)

    assert went.exit_code == 126
    assert f'"{program}"' in went.output
    assert reason in went.output


async def test_of_a_long_output_the_beginning_is_kept(docker_world, run_id):
    went = await docker_world.engine.exec(run_id, ("sh", "-c", "yes | head -c 1000000; exit 4"), 10)

    assert (went.exit_code, went.output[:4], len(went.output)) == (4, "y\ny\n", 4096)


async def test_a_command_that_closes_its_output_is_waited_for(docker_world, run_id):
    went = await docker_world.engine.exec(run_id, ("sh", "-c", "exec >&- 2>&-; sleep 0.5; exit 5"), 10)

    assert went.exit_code == 5
