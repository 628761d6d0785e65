import asyncio
import base64
import io
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from eas_local.adapters import settings
from eas_local.adapters.bases import Bases
from eas_local.adapters.images import DockerImages
from eas_local.adapters.registry import account_of
from eas_local.adapters.sandbox_image import SandboxImage, sources
from eas_local.adapters.throwaway import Errand
from eas_local.core.errors import EasError, EngineDown, ImageUnavailable, StartRefused
from eas_local.core.images import PROCESSORS
from eas_local.core.pod import Bind
from eas_local.core.processor import Language
from tests.adapters.workbench import Workbench, a_workbench
from tests.scenarios.eventually import eventually

PLATFORM = "eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/python-inference:py311-ubuntu2204"
MADE = {Language.CPP: "eas-host", Language.JAVA: "eas-host.jar", Language.PYTHON: "python"}
NO_PYTHON = "eas-local/test-no-python"

real = [pytest.mark.docker, pytest.mark.timeout(240)]


def images_of(bench, connect):
    config = replace(settings.load(), home=bench.home)
    return closing(DockerImages(bench.owner, connect, config, print))


@pytest.fixture
def bench(docker_client, tmp_path):
    with a_workbench(docker_client, tmp_path) as made:
        yield made


def test_an_account_is_user_and_password():
    encoded = base64.b64encode(b"me:pass:word").decode()

    assert account_of(encoded) == {"username": "me", "password": "pass:word"}


@pytest.mark.parametrize("wrong", ["me:password", base64.b64encode(b"me").decode(), base64.b64encode(b"\xff").decode()])
def test_what_is_no_account_is_said(wrong):
    with pytest.raises(ImageUnavailable, match="dockerAuth"):
        account_of(wrong)


def test_into_the_sandbox_goes_what_the_sidecar_imports_and_nothing_else():
    found = sources("eas_local.sidecar.__main__")

    assert {"eas_local/__init__.py", "eas_local/core/wire.py", "eas_local/sidecar/__main__.py"} <= found.keys()
    assert {path.split("/")[1] for path in found} <= {"__init__.py", "core", "proxy", "sidecar"}
    assert not [path for path, content in found.items() if b"import pydantic" in content]


async def test_without_an_engine_every_question_is_answered_with_the_reason(tmp_path):
    def connect():
        raise EngineDown("the Docker engine is not running; start Docker")

    bench = Workbench(docker.DockerClient, tmp_path, "nobody")
    with images_of(bench, connect) as images, pytest.raises(EngineDown, match="start Docker"):
        await images.sandbox_image()


class TestOnDocker:
    pytestmark = real

    async def test_the_platforms_image_is_stood_in_for_with_python_under_both_names_and_pip(self, bench):
        with images_of(bench, lambda: bench.client) as images:
            image = await images.resolve(PLATFORM, None)

            assert await images.has(PLATFORM)

        assert image == "eas-local/python-inference:py311"
        assert bench.run(image, "python", "-c", "print('hello')") == "hello\n"
        assert "from /usr" in bench.run(image, "pip", "--version")

    @pytest.mark.parametrize(
        ("language", "command", "answer"),
        [(Language.CPP, ("g++", "--version"), "g++"), (Language.JAVA, ("java", "--version"), "openjdk")],
    )
    async def test_processors_that_are_compiled_run_in_an_image_with_the_compiler(
        self, bench, language, command, answer
    ):
        with images_of(bench, lambda: bench.client) as images:
            image = await images.resolve(PROCESSORS[language], None)

            assert await images.has(PROCESSORS[language])
            assert await images.resolve(PROCESSORS[language], None) == image == f"{PROCESSORS[language]}:trixie"

        assert bench.run(image, *command).startswith(answer)

    @pytest.mark.parametrize("language", Language)
    async def test_processors_of_every_language_have_a_program_that_runs_them(self, bench, language):
        with images_of(bench, lambda: bench.client) as images:
            folder = await images.host(language)

        assert files_in(folder) == {"start.sh", MADE[language]}
        assert Path(folder).parent == bench.home / "cache" / "hosts"

    async def test_a_python_that_comes_with_a_package_is_tried_in_its_image(self, bench, base_image, tmp_path):
        (tmp_path / "python").symlink_to("/usr/bin/python3")
        binds = [Bind(str(tmp_path), "/package", read_only=True)]
        with images_of(bench, lambda: bench.client) as images:
            assert await images.runs(base_image, "/package/python", binds)
            assert not await images.runs(base_image, "/package/python3", binds)

    async def test_an_image_that_is_here_is_taken_and_its_environment_told(self, bench, base_image):
        with images_of(bench, lambda: bench.client) as images:
            assert await images.has(base_image)
            assert await images.resolve(base_image, None) == base_image
            assert "/usr/bin" in (await images.environment(base_image))["PATH"]

    async def test_an_image_that_cannot_be_had_is_one_sentence_with_the_engines_reason(self, bench):
        with images_of(bench, lambda: bench.client) as images, pytest.raises(ImageUnavailable) as raised:
            await images.resolve("registry.invalid/team/model:1", base64.b64encode(b"me:secret").decode())

        assert not await images.has("registry.invalid/team/model:1")
        sentence = str(raised.value)
        assert sentence.startswith('image "registry.invalid/team/model:1" is not on this machine')
        assert "no such host" in sentence
        assert "secret" not in sentence
        assert "\n" not in sentence

    async def test_asked_twice_at_once_the_sandbox_image_is_the_same(self, bench):
        with images_of(bench, lambda: bench.client) as images:
            first, second = await asyncio.gather(images.sandbox_image(), images.sandbox_image())
            assert await images.has_sandbox_image()

        assert first == second
        expression = "[__import__(name).__name__ for name in ('eas_local.sidecar', 'httptools', 'uvloop')]"
        assert bench.python(first, expression) == ["eas_local", "httptools", "uvloop"]

    async def test_a_sidecar_that_ends_is_started_again_and_sigterm_ends_both(self, bench):
        with images_of(bench, lambda: bench.client) as images:
            image = await images.sandbox_image()
        told = ["sh", "-c", "echo nonsense > /eas/sidecar/config.json; exec sh /eas/respawn"]
        container = bench.client.containers.run(image, told, detach=True, labels={"eas.local.owner": bench.owner})
        try:
            # With such a configuration a sidecar cannot go on.
            eventually(lambda: container.logs().count(b"starting it again") >= 2, 20, "a second respawn")
            container.kill("SIGTERM")
            assert container.wait(timeout=10)["StatusCode"] == 0
        finally:
            container.remove(force=True)

    def test_a_base_without_a_python_is_refused(self, bench, base_image):
        """The base is the real one, with a PATH that leads nowhere."""
        bench.client.images.build(
            fileobj=io.BytesIO(f"FROM {base_image}\nENV PATH=/none".encode()), tag=NO_PYTHON, rm=True, forcerm=True
        )
        bases = Bases(bench.client.api, NO_PYTHON, bench.home, {}, print)
        try:
            with pytest.raises(StartRefused, match="use an image with Python 3 on its PATH"):
                SandboxImage(bench.client.api, bases, bench.pip, bench.throwaways).get()
        finally:
            bench.client.images.remove(NO_PYTHON)

    async def test_a_purge_ends_an_installation_and_leaves_nothing(self, bench):
        with images_of(bench, lambda: bench.client) as images:
            image = await images.resolve(PLATFORM, None)
            installing = asyncio.ensure_future(images.requirements(image, ["flask", "uvicorn"], None, ()))
            await at_work(bench)
            await images.purge()

            with pytest.raises(EasError):
                await installing

        assert not (bench.home / "cache").exists()

    async def test_what_a_killed_daemon_left_is_removed_at_the_first_question(self, bench, base_image):
        partial = bench.home / "cache/requirements/partial/x"
        partial.mkdir(parents=True)
        with bench.throwaways.made(Errand(base_image, ("python3", "-c", "input()"))) as left:
            bench.client.api.start(left)
            with images_of(bench, lambda: bench.client) as images:
                await images.environment(base_image)

            assert not bench.client.api.containers(all=True, filters={"id": left})
        assert not partial.exists()


def files_in(folder):
    return {path.name for path in Path(folder).iterdir()}


async def at_work(bench):
    """Until a container of this owner runs."""
    ours = {"label": f"eas.local.owner={bench.owner}"}
    await asyncio.to_thread(eventually, lambda: bench.client.api.containers(filters=ours), 30, "an installation")
