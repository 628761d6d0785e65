"""What the keys of a processor mean: each reaches its code, what is wrong is said before anything runs, changes make versions."""

import json
from pathlib import Path

import pytest

from tests.scenarios.documents import Json, a_container, a_document
from tests.scenarios.emulator import Emulator
from tests.scenarios.processors import EVALUATING, RUN, a_processor, put

SETTINGS = "allspark.default_properties().get('model.model_config', '')"
CONFIG = "json.load(open(os.environ['SERVICE_CONFIG']))"


@pytest.fixture
def model(shared: Emulator) -> Path:
    folder = shared.work / "weights"
    (folder / "1").mkdir(parents=True, exist_ok=True)
    (folder / "1" / "weight.txt").write_text("42")
    return folder


def test_every_key_of_a_processor_reaches_its_code(shared: Emulator, model: Path):
    fields: Json = {
        "model_path": f"./{model.name}",
        "model_entry": "./1/weight.txt",
        "model_config": {"factor.of": 2, "words": ["naïve"]},
        "processor_envs": [{"name": "MODE", "value": "fast"}, {"name": "WORKER_NAME", "value": "mine"}],
        "token": "s3cret",
        "dockerAuth": "dXNlcjpwYXNzd29yZA==",
    }
    service = shared.create(a_processor(shared, "keyed", **fields))

    assert service.ask("self.get_model_path()") == "/eas/workspace/model/1/weight.txt"
    assert service.ask("open(self.get_model_path()).read()") == "42"
    assert service.ask("open('../model/1/weight.txt').read()") == "42"
    assert json.loads(service.ask(SETTINGS)) == fields["model_config"]
    assert service.ask("[os.environ['MODE'], os.environ['WORKER_NAME']]") == ["fast", "mine"]
    assert service.ask("[os.environ.get(name) for name in ('LISTENING_PORT', 'PAI_SERVING_PORT')]") == [None, None]
    told = service.ask(CONFIG)
    assert told["model_config"] == fields["model_config"]
    assert not {"token", "dockerAuth"} & told.keys()
    service.delete()


def test_what_the_file_mounts_over_the_model_counts_for_more(shared: Emulator, model: Path):
    shared.mount("oss://other/", shared.folder("other")).joinpath("weight.txt").write_text("7")
    over = {"mount_path": "/home/admin/docker_ml/workspace/model/", "oss": {"path": "oss://other/"}}

    service = shared.create(a_processor(shared, "mounted", model_path=f"./{model.name}", storage=[over]))

    assert service.ask("open('/home/admin/docker_ml/workspace/model/weight.txt').read()") == "7"
    assert service.ask("open('/eas/workspace/model/1/weight.txt').read()") == "42"
    service.delete()


def test_another_entry_is_another_version_and_the_first_can_be_had_back(shared: Emulator):
    document = a_processor(shared, "versioned")
    put(shared, "versioned", "other.py", EVALUATING + "OTHER = True" + RUN)
    service = shared.create(document)

    shared.run("modify", service.name, "-Dprocessor_entry=./other.py")

    assert service.ask("'OTHER' in globals()") is True
    assert service.describe()["CurrentVersion"] == 2
    shared.run("version", service.name, "1")
    assert service.ask("'OTHER' in globals()") is False
    service.delete()


def test_containers_serve_where_there_is_a_processor_too(shared: Emulator):
    both = a_document("both", **a_processor(shared, "beside") | {"metadata": {"name": "both", "instance": 1}})

    notes = shared.run("validate", shared.write(both), "--output", "json").json["Notes"]
    service = shared.create(both)

    assert {note["level"] for note in notes if note["field"].startswith("processor")} == {"accepted without effect"}
    assert service.instances()[0]["TotalProcesses"] == 2
    service.delete()


# -- said before anything runs


def problems(emulator: Emulator, document: Json) -> list[str]:
    """What `create` says, which keeps nothing of it."""
    emulator.run("up", "-d")
    said = emulator.run("create", emulator.write(document), status=1).err.splitlines()
    assert emulator.names() == []
    return [line.removeprefix("eas-local: ") for line in said]


def test_all_that_a_processor_lacks_is_said_at_once(shared: Emulator):
    said = problems(
        shared, {"name": "lacking", "processor_path": "ftp://host/x", "model_path": "m", "model_entry": ".."}
    )

    assert [line.partition(":")[0] for line in said] == ["processor_type", "processor_path", "model_entry"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"processor": "tensorflow_cpu_1.16"}, '"tensorflow_cpu_1.15"'),
        ({"processor": "tensorflow_cpu_1.15"}, "built-in processors are not built yet"),
        ({"processor": "pmml", "processor_path": "./code"}, "keep one of them"),
    ],
)
def test_codes_of_built_in_processors_are_refused_in_their_own_words(shared: Emulator, fields: Json, told: str):
    (said,) = problems(shared, {"name": "coded", "model_path": "oss://bucket/m", **fields})

    assert said.startswith("processor: ")
    assert told in said


def test_a_plan_of_a_processor_is_that_of_one_container(shared: Emulator):
    file = shared.write(a_processor(shared, "planned"))

    lines = shared.run("plan", file).out.splitlines()

    assert [line.split()[0] for line in lines] == ["create", "start"]
    assert a_container()["image"] not in "".join(lines)
