"""A service runs: its containers, their commands, environment, limits and requirements, and its instances."""

import re
from collections.abc import Iterator

import docker
import pytest

from tests.scenarios.documents import IMAGE, PORT, PROGRAMS, a_container, a_document, a_script
from tests.scenarios.emulator import Emulator, Service
from tests.scenarios.engine import build_image
from tests.scenarios.eventually import eventually

MIB = 1024**2
GIB = 1024**3


def test_a_service_answers_under_its_predict_path(shared: Emulator):
    service = shared.create(a_document("answers"))

    reply = service.call("/any/path?q=1", method="POST", body=b"hello")

    assert reply.status == 200
    assert (reply.json["method"], reply.json["path"], reply.json["body"]) == ("POST", "/any/path?q=1", "hello")


def test_create_prints_endpoint_token_and_progress(shared: Emulator):
    created = shared.run("create", shared.write(a_document("told", token="secret")), within=120)

    assert f"http://127.0.0.1:{shared.port}/api/predict/told" in created.out
    assert "secret" in created.out
    assert "[OK] Waiting [Total: 1, Pending: 1, Running: 0]" in created.err
    assert created.err.rstrip().endswith("[OK] Service is running")


def test_a_command_runs_without_a_shell_and_a_script_with_one(shared: Emulator):
    plain = shared.create(a_document("plain", a_container(command="python /mnt/programs/server.py 8000 '$HOME;a b'")))
    words = shared.create(
        a_document("words", a_container(command="python /mnt/programs/server.py", args=["8000", "$HOME"]))
    )
    script = shared.create(
        a_document("script", a_script("cd /mnt/programs; SHOWN=$((6*7))\nSHOWN=$SHOWN python server.py"))
    )

    assert plain.ask("sys.argv[1:]") == ["8000", "$HOME;a b"]
    assert words.ask("sys.argv[1:]") == ["8000", "$HOME"]
    assert script.ask("[os.getcwd(), os.environ['SHOWN']]") == ["/mnt/programs", "42"]


@pytest.fixture(scope="module")
def own_image(shared: Emulator, engine: docker.DockerClient) -> Iterator[str]:
    """An image of somebody's own, with an entry point and a command."""
    base = engine.containers.get(f"{shared.create(a_document('base')).pod}.worker0.0").image
    tag = "scenarios/own:1"
    own = [
        f"FROM {base.id}",
        'ENV GREETING="from the image"',
        'ENTRYPOINT ["python"]',
        'CMD ["/mnt/programs/server.py", "8000"]',
    ]
    build_image(engine, tag, own)
    yield tag
    engine.images.remove(tag, force=True)


def test_without_command_and_script_the_images_own_run(shared: Emulator, own_image: str):
    service = shared.create(a_document("own", a_container(image=own_image, command=None)))

    assert service.ask("[sys.argv, os.environ['GREETING']]") == [["/mnt/programs/server.py", "8000"], "from the image"]


def test_the_environment_of_the_file_reaches_the_container(shared: Emulator):
    env = [{"name": "COLOUR", "value": "blue = sky"}, {"name": "WORKER_NAME", "value": "mine"}]

    service = shared.create(a_document("environment", a_container(env=env)))

    found = service.ask("dict(os.environ)")
    assert found["COLOUR"] == "blue = sky"
    assert found["WORKER_NAME"] == "mine"  # the file's value wins over the platform's
    assert found["POD_NAME"] == service.pod
    assert found["NAMESPACE"]
    assert found["LISTENING_PORT"] == found["PAI_SERVING_PORT"] == str(PORT)


def test_an_instance_has_a_name_of_the_clouds_shape_as_its_hostname(shared: Emulator):
    service = shared.create(a_document("with_under_scores"))

    name = service.ask("__import__('socket').gethostname()")

    assert re.fullmatch(r"with-under-scores-[0-9a-f]{10}-[a-z0-9]{5}", name)
    assert name == service.pod == service.ask("os.environ['POD_NAME']")


def test_containers_of_one_instance_share_localhost(shared: Emulator):
    second = a_container(command="python /mnt/programs/server.py 8001", port=8001)

    service = shared.create(a_document("several", a_container(), second))

    neighbour = "__import__('urllib.request').request.urlopen('http://127.0.0.1:8001/x').read().decode()"
    assert '"path": "/x"' in service.ask(neighbour)
    (instance,) = service.instances()
    assert (instance["ReadyProcesses"], instance["TotalProcesses"]) == (3, 3)


def test_cpu_memory_and_shared_memory_are_limited(shared: Emulator):
    service = shared.create(a_document("limited", metadata={"cpu": 1, "memory": 256, "shm_size": 1}))

    assert service.ask(_first_of("memory/memory.limit_in_bytes", "memory.max")) == str(256 * MIB)
    assert service.ask(_cpu_cap()) == 1
    assert service.ask("os.statvfs('/dev/shm').f_frsize * os.statvfs('/dev/shm').f_blocks") == GIB


def _first_of(*files: str) -> str:
    """What the first of these files of the control group says: version 1 and 2 have different ones."""
    paths = [f"/sys/fs/cgroup/{file}" for file in files]
    return f"[open(path).read().strip() for path in {paths} if os.path.exists(path)][0]"


def _cpu_cap() -> str:
    quota = _first_of("cpu/cpu.cfs_quota_us", "cpu.max")
    period = _first_of("cpu/cpu.cfs_period_us", "cpu.max")
    return f"int(({quota}).split()[0]) / int(({period}).split()[-1])"


def test_a_container_beyond_its_memory_is_killed_and_started_again(shared: Emulator):
    service = shared.create(a_document("greedy", metadata={"memory": 64}))

    service.call("/eval", method="POST", body=b"MEMORY.append(bytearray(200 << 20))")

    (instance,) = eventually(lambda: _restarted(service), within=20, what="the restart after the kill")
    (last,) = instance["LastState"]
    assert (last["exitCode"], last["reason"]) == (137, "OOMKilled")
    eventually(lambda: service.call().status == 200, within=20, what="an answer after the restart")


def _restarted(service: Service) -> list[dict[str, object]]:
    return [instance for instance in service.instances() if instance["RestartCount"] == 1]


def test_requests_are_spread_over_all_instances(shared: Emulator):
    service = shared.create(a_document("spread", instance=2))

    answered = {service.call().json["pod"] for _ in range(8)}

    assert answered == service.pods
    assert len(answered) == 2


def test_requirements_are_installed_before_the_start_and_again_without_network(emulator: Emulator):
    container = a_container(image=IMAGE, prepare={"pythonRequirements": ["itsdangerous==2.2.0"]})
    service = emulator.create(a_document("required", container), within=150)
    version = "__import__('importlib.metadata').metadata.version('itsdangerous')"
    assert service.ask(version) == "2.2.0"

    emulator.environ |= dict.fromkeys(("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"), "http://127.0.0.1:9/nothing")
    emulator.environ |= {"PIP_FIND_LINKS": "", "PIP_NO_INDEX": "1"}
    emulator.kill("daemon")
    emulator.run("restart", service.name)

    assert service.ask(version) == "2.2.0"


def test_a_platform_image_has_the_python_its_tag_names(shared: Emulator):
    image = IMAGE.replace("py311-ubuntu2204", "py39-ubuntu2004")

    service = shared.create(a_document("older", a_container(image=image)), within=240)

    assert service.ask("list(sys.version_info[:2])") == [3, 9]


def test_a_file_may_name_its_image_in_the_configuration(shared: Emulator, own_image: str):
    toml = shared.work / "mapped" / "eas-local.toml"
    toml.parent.mkdir()
    programs = shared.mounts[PROGRAMS]
    toml.write_text(f'[mounts]\n"{PROGRAMS}" = "{programs}"\n[images]\n"registry.example.com/team/*" = "{own_image}"\n')
    file = shared.write(
        a_document("mapped", a_container(image="registry.example.com/team/model:3", command=None)),
        "mapped/service.json",
    )

    assert shared.create(file).ask("os.environ['GREETING']") == "from the image"
