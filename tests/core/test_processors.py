"""Documents of processors: what is loaded, what its host is told, and what is wrong with a document."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eas_local.core import built_in, spec
from eas_local.core.errors import InvalidDocument
from eas_local.core.processor import Language, Processor
from eas_local.core.service import Check, CheckKind, Initialized, Limits
from eas_local.core.support import refusals

OWN = {"processor_type": "python", "processor_path": "./code", "processor_entry": "./app.py"}
CPP = OWN | {"processor_type": "cpp", "processor_entry": "libecho.so"}
JAVA = {"processor_type": "java", "processor_path": "./code", "processor_mainclass": "com.example.Echo"}


def parsed(document, **more):
    return spec.parse(json.dumps({"name": "demo"} | document | more))


def processor(document=OWN, **more):
    return parsed(document, **more).service.processor


def host(document=OWN, **more):
    (container,) = parsed(document, **more).service.containers
    return container


def problems(document, **more):
    with pytest.raises(InvalidDocument) as caught:
        parsed(document, **more)
    return [str(problem) for problem in caught.value.problems]


def warnings(document, **more):
    return list(parsed(document, **more).warnings)


# -- what is loaded


def test_the_smallest_processor():
    demo = parsed(OWN).service

    assert demo.processor == Processor(Language.PYTHON, "app.py", "./code")
    assert demo.limits == Limits(worker_threads=None, workers_finish=True, max_queue_size=64, keepalive=5)


def test_the_template_of_the_vendors_own_command_parses():
    """Its keepalive is a dotted key inside metadata (wire-contract 5.4)."""
    template = {
        "name": "demo",
        "processor_entry": "./app.py",
        "processor_type": "python",
        "processor_path": "oss://bucket/demo.tar.gz",
        "metadata": {"region": "cn-hangzhou", "instance": 1, "memory": 2000, "cpu": 1, "rpc.keepalive": 10000},
    }

    demo = parsed(template).service

    assert demo.processor == Processor(Language.PYTHON, "app.py", "oss://bucket/demo.tar.gz")
    assert demo.limits.keepalive == 10


def test_everything_about_a_model():
    model = {
        "model_path": "http://host/model%2F1.tar.gz",
        "model_entry": "./1/",
        "model_config": "a text",
        "warm_up_data_path": "oss://bucket.oss-cn-beijing.aliyuncs.com/requests.bin",
        "oss_endpoint": "oss-cn-beijing.aliyuncs.com",
    }

    loaded = processor(OWN | model)

    assert (loaded.model, loaded.model_entry, loaded.model_config) == ("http://host/model%2F1.tar.gz", "1", "a text")
    assert loaded.warm_up == "oss://bucket/requests.bin"


@pytest.mark.parametrize(
    ("config", "text"),
    [({"a.b": {"c": None}, "é": 1}, '{"a.b": {"c": null}, "é": 1}'), ([1], "[1]"), (3, "3"), ("", ""), (None, "")],
)
def test_a_model_config_that_is_no_text_is_given_as_json(config, text):
    assert processor(OWN, model_config=config).model_config == text


def test_keys_that_are_empty_are_absent():
    empty = dict.fromkeys(
        ("processor", "model_path", "model_entry", "processor_mainclass", "warm_up_data_path", "data_image"), " "
    )

    assert parsed(OWN | empty).service == parsed(OWN).service
    assert problems(dict.fromkeys(OWN, "")) == [
        "containers: is missing; a service needs at least one container, or a processor"
    ]


def test_containers_serve_where_both_are_given():
    demo = parsed(OWN, containers=[{"image": "app:1", "port": 8000}]).service

    assert demo.processor is None
    assert demo.containers[0].image == "app:1"


# -- its host


def test_the_host_is_one_container_that_says_when_it_is_ready():
    container = host()

    assert (container.name, container.port) == ("worker0", 28080)
    assert container.argv == ("/bin/sh", "/eas/processor/host/start.sh", "python")
    assert container.checks == (Check(CheckKind.READINESS, Initialized(28090), failure_threshold=1),)
    assert (container.is_host, container.field) == (True, "processor_path")


@pytest.mark.parametrize(
    ("document", "image"),
    [
        (OWN, "pai-eas/python-inference"),
        (CPP, "eas-local/processor-cpp"),
        (JAVA, "eas-local/processor-java"),
        (JAVA | {"data_image": "eclipse-temurin:21 "}, "eclipse-temurin:21"),
    ],
)
def test_it_runs_in_the_data_image_or_in_that_of_its_language(document, image):
    assert host(document).image == image


def test_its_environment_is_what_it_must_know_and_the_files_own():
    envs = [{"name": "MODE", "value": 1}, {"name": "SERVICE_CONFIG", "value": "mine"}]

    env = dict(host(OWN, processor_envs=envs, metadata={"workers": 3}).env)

    assert env == {
        "SERVICE_CONFIG": "mine",
        "EAS_HOST_PORT": "28080",
        "EAS_HOST_READY_PORT": "28090",
        "EAS_HOST_ENTRY": "app.py",
        "EAS_HOST_WORKER_THREADS": "3",
        "MODE": "1",
    }


def test_options_of_the_jvm_stay_the_words_that_they_are():
    document = JAVA | {"processor_jvm_options": "-Xmx1g '-Dgreeting=good morning'"}

    assert processor(document).jvm_options == ("-Xmx1g", "-Dgreeting=good morning")
    assert dict(host(document).env)["EAS_HOST_JVM_OPTIONS"] == "-Xmx1g '-Dgreeting=good morning'"
    assert dict(host(document).env)["EAS_HOST_ENTRY"] == "com.example.Echo"


# -- what is wrong with it


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"processor_path": "x"}, "processor_type: is missing; it is the processor's language: cpp, java, python"),
        (OWN | {"processor_type": "rust"}, 'processor_type: must be one of cpp, java, python, not "rust"'),
        (OWN | {"processor_path": ""}, "processor_path: is missing; it is where the processor's code lies, a folder or an archive"),
        (OWN | {"processor_path": "ftp://host/x"}, 'processor_path: "ftp://host/x" is nowhere to fetch from; write a path, http://, https:// or oss://bucket/path'),
        (OWN | {"processor_entry": ""}, "processor_entry: is missing; it is the file to load, for example app.py"),
        (CPP | {"processor_entry": "./"}, "processor_entry: is missing; it is the file to load, for example libprocessor.so"),
        (OWN | {"processor_entry": "/app.py"}, 'processor_entry: must be a path inside the package, not "/app.py"'),
        (OWN | {"processor_entry": "a/../../app.py"}, 'processor_entry: must be a path inside the package, not "a/../../app.py"'),
        (JAVA | {"processor_mainclass": ""}, "processor_mainclass: is missing; it is the class to load, for example com.example.Echo"),
        (JAVA | {"processor_mainclass": "com/example/Echo"}, 'processor_mainclass: must be a class such as com.example.Echo, not "com/example/Echo"'),
        (JAVA | {"processor_mainclass": "-version"}, 'processor_mainclass: must be a class such as com.example.Echo, not "-version"'),
        (JAVA | {"processor_jvm_options": "-D'x"}, "processor_jvm_options: cannot be split into words: no closing quotation"),
        (OWN | {"model_path": "oss://"}, 'model_path: "oss://" names no bucket; write oss://bucket/path/ with the name of yours'),
        (OWN | {"model_path": "m", "model_entry": ".."}, 'model_entry: must be a path inside the model, not ".."'),
        (OWN | {"warm_up_data_path": "http://"}, 'warm_up_data_path: "http://" names no host'),
        (OWN | {"data_image": "two words"}, 'data_image: must be the address of one image, not "two words"'),
        (OWN | {"processor_envs": [{"value": "x"}]}, 'processor_envs[0].name: is missing or has a "=" in it'),
        (OWN | {"processor_envs": {"A": "b"}}, 'processor_envs: must be a list, not {"A": "b"}'),
        ({"model_path": "m"}, "processor: is missing beside model_path; give the code of a built-in one, or processor_type, processor_path and processor_entry of your own"),
    ],
)  # fmt: skip
def test_what_a_processor_lacks_is_named_with_its_field(document, problem):
    assert problems(document) == [problem]


def test_all_that_is_wrong_comes_at_once():
    wrong = {"processor_path": "ftp://x", "processor_entry": "..", "data_image": "a b", "model_entry": "/m"}

    assert [line.partition(":")[0] for line in problems(wrong, processor_type="python")] == [
        "processor_path",
        "processor_entry",
        "data_image",
        "model_entry",
    ]


@pytest.mark.parametrize(
    ("document", "warning"),
    [
        (JAVA | {"processor_entry": "x.jar"}, "processor_entry: has no effect on a java processor"),
        (CPP | {"processor_mainclass": "a.B"}, "processor_mainclass: has no effect on a cpp processor"),
        (OWN | {"processor_jvm_options": "-Xmx1g"}, "processor_jvm_options: has no effect on a python processor"),
        (OWN | {"model_entry": "m"}, "model_entry: has no effect without model_path"),
    ],
)
def test_what_a_processor_has_no_use_for_is_said(document, warning):
    assert warnings(document) == [warning]


# -- the platform's own


@pytest.mark.parametrize("code", ["pmml", "tensorflow_cpu_1.12", "easyrec-1.5", "easyrec-torch-2.4", "triton"])
def test_a_built_in_processor_is_valid_and_refused(code):
    refused = refusals(parsed({"processor": code, "model_path": "oss://b/m/"}).notes)

    assert [note.field for note in refused] == ["processor"]


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("tensorflow_cpu_1.13", 'write "tensorflow_cpu_1.1'),
        ("PMML", 'write "pmml"'),
        ("easyrec-torch", 'write "easyrec-torch-2.4"'),
        ("parameter_server", 'write "parameter_sever"'),
        ("python", "one of your own is given by processor_type, processor_path and processor_entry"),
    ],
)
def test_an_unknown_code_is_told_with_the_nearest(code, advice):
    (problem,) = problems({"processor": code, "model_path": "oss://b/m/"})

    assert problem.startswith(f'processor: there is no built-in processor "{code}"; ')
    assert advice in problem


def test_a_code_and_a_package_are_one_too_many():
    assert problems(OWN | {"processor": "pmml"}) == [
        'processor: "pmml" is a built-in processor, and processor_path brings one of your own; keep one of them'
    ]


def test_every_code_is_known():
    assert all(map(built_in.is_known, built_in.CODES))


# -- whatever is written

PATHS = ["./code", "../x", ".", "/", "~", "oss://b/p", "oss://", "http://h/x", "http://[", "file:///x"]
WORDS = ["", " ", "cpp", "java", "python", "pmml", "com.example.Echo", "a'b", "\0", "x" * 300]
OTHERS = [None, 5, True, [], {}, [{"name": "A"}], {"a": [None]}]
MORE = ["processor", "processor_jvm_options", "processor_envs", "data_image", "model_path", "model_entry"]
REST = ["model_config", "warm_up_data_path", "metadata.rpc.worker_threads", "metadata"]
values = st.sampled_from([*PATHS, *WORDS, *OTHERS])
keys = st.sampled_from([*JAVA, *OWN, *MORE, *REST])


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.sampled_from([OWN, CPP, JAVA, {}]), st.dictionaries(keys, values, max_size=8))
def test_whatever_is_written_is_a_processor_or_a_problem_that_names_its_field(document, changes):
    written = {"name": "demo"} | document | changes
    try:
        service = spec.parse(json.dumps(written)).service
    except InvalidDocument as error:
        fields = {problem.field.partition("[")[0].partition(".")[0] for problem in error.problems}
        assert fields <= {*written, *OWN, *JAVA, "processor", "containers", "metadata"}
    else:
        assert bool(service.processor) == (len(service.containers) == 1)
