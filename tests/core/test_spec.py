import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eas_local.core import spec, support
from eas_local.core.errors import InvalidDocument
from eas_local.core.service import CheckKind, CloudMount, EmptyDir, GatewayPolicy, Limits, Resources, Rolling, Share

DATA = Path(__file__).parent / "data"
CONTAINERS = [{"image": "app:1", "port": 8000}]


def parsed(**more):
    """A document of one container, with these keys besides."""
    return spec.parse(json.dumps({"name": "demo", "containers": CONTAINERS} | more))


def service(**more):
    return parsed(**more).service


def problems(**more):
    with pytest.raises(InvalidDocument) as caught:
        parsed(**more)
    return [str(problem) for problem in caught.value.problems]


def sample(name):
    return spec.parse((DATA / f"{name}.json").read_text())


def test_the_smallest_document_has_every_default():
    demo = service()

    assert (demo.name, demo.replicas, demo.token, demo.grace) == ("demo", 1, None, 30)
    assert demo.limits == Limits(worker_threads=None, max_queue_size=64, keepalive=600, rate_limit=0)
    assert demo.resources == Resources()
    assert demo.rolling == Rolling(Share(1), Share(0))
    assert demo.policy == GatewayPolicy()
    assert (demo.enable_sigterm, demo.crash_block, demo.registry_auth) == (False, False, None)


def test_the_vendors_sample_of_every_parameter_parses():
    everything = sample("every_parameter")

    assert everything.service.name == "test_eascmd"
    assert everything.service.resources == Resources(cpu=1, memory_mib=2000, gpu=0, shm_gib=100)
    assert everything.service.limits == Limits(worker_threads=5, max_queue_size=64, keepalive=5, rate_limit=0)
    assert everything.service.rolling == Rolling(Share(1), Share(1))
    assert everything.service.volumes == (CloudMount("/data_oss", "oss://bucket/path"),)
    assert everything.service.containers[0].requirements == ("numpy==1.16.4", "absl-py==0.11.0")
    assert [note.field for note in support.refusals(everything.notes)] == [
        "confidential",
        "metadata.gpu_memory",
        "metadata.gpu_core_percentage",
        "metadata.workload_type",
    ]
    assert not [note for note in everything.notes if note.level is support.Level.UNKNOWN]


def test_the_vendors_sample_of_a_health_check_parses_and_runs_its_threshold_as_one():
    checked = sample("health_check")
    (check,) = checked.service.containers[0].checks

    assert (check.kind, check.initial_delay, check.period, check.timeout) == (CheckKind.LIVENESS, 3, 3, 1)
    assert (check.success_threshold, check.failure_threshold) == (1, 4)
    assert checked.warnings == (
        "containers[0].liveness_check.success_threshold: 2 runs as 1, the only value liveness can have",
    )


def test_the_vendors_three_mounts_at_one_path_leave_the_last():
    mounted = sample("three_mounts_at_one_path")

    assert mounted.service.volumes == (EmptyDir("/dev/shm", memory=True, size_gib=20),)
    assert mounted.warnings == (
        "storage[0].mount_path: /mnt/data is mounted again by storage[1], which wins",
        "storage[1].mount_path: /mnt/data is mounted again by storage[4], which wins",
    )
    assert {note.field for note in support.refusals(mounted.notes)} == {
        "processor",
        "storage[2].image",
        "storage[4].git",
    }


def test_all_problems_come_at_once_in_the_order_of_the_document():
    assert problems(
        metadata={"cpu": "many", "gpu": 6, "memory": True},
        containers=[{"image": "app:1", "port": 70000}, {"port": 8001, "env": [{"value": "x"}]}],
        storage=[{"oss": {"path": "oss://b/../../.."}, "mount_path": "/etc"}],
    ) == [
        "containers[0].port: must be at most 65535, not 70000",
        "containers[1].image: is missing; it is the address of an image, for example python:3.11-slim",
        'containers[1].env[0].name: is missing or has a "=" in it',
        'metadata.cpu: must be a number, not "many"',
        "metadata.gpu: Invalid GPU count 6, only supported: [0 1 2 4 8 16]",
        "metadata.memory: must be a number, not true",
        'storage[0].oss.path: "oss://b/../../.." leads out of the bucket; remove the ".." from it',
        "storage[0].mount_path: /etc is the system's own; mount somewhere else, for example at /mnt/data",
    ]


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"metadata": 5}, "metadata: must be an object, not 5"),
        ({"metadata": {"name": ["x"]}, "name": None}, 'metadata.name: must be a text, not ["x"]'),
        ({"metadata": {"instance": 0}}, "metadata.instance: must be at least 1, not 0"),
        ({"metadata": {"instance": 1.5}}, "metadata.instance: must be a whole number, not 1.5"),
        ({"metadata": {"enable_grpc": "perhaps"}}, 'metadata.enable_grpc: must be true or false, not "perhaps"'),
        ({"metadata": {"memory": 4}}, "metadata.memory: must be at least 6 (MB; 4096 is 4 GB), not 4"),
        ({"metadata": {"qos": "Good"}}, 'metadata.qos: must be one of BestEffort, not "Good"'),
        ({"metadata": {"cuda": 12.1}}, 'metadata.cuda: must be one of 8.0, 9.0, 10.0, 10.1, 10.2, 11.0, 11.1, 11.2, not "12.1"'),
        ({"metadata": {"gpu_core_percentage": 101}}, "metadata.gpu_core_percentage: must be at most 100, not 101"),
        ({"metadata": {"disk": "large"}}, 'metadata.disk: must be a number of GB or a size such as "20Gi" or "500Mi", not "large"'),
        ({"metadata.rpc.keepalive": 0}, "metadata.rpc.keepalive: must be at least 1, not 0"),
        ({"metadata.rpc.worker_threads": 0}, "metadata.rpc.worker_threads: must be at least 1, not 0"),
        ({"metadata.rolling_strategy.max_surge": "some"}, 'metadata.rolling_strategy.max_surge: must be a whole number or a percentage such as "20%", not "some"'),
        ({"metadata.rolling_strategy": {"max_surge": 0}}, "metadata.rolling_strategy: max_surge and max_unavailable are both 0, so no update could ever begin"),
        ({"processor_type": "rust"}, 'processor_type: must be one of cpp, java, python, not "rust"'),
        ({"containers": {}}, "containers: must be a list, not {}"),
        ({"containers": [5]}, "containers[0]: must be an object, not 5"),
        ({"containers": [{}] * 101}, "containers: must have at most 100 items"),
        ({"containers": []}, "containers: is missing; a service needs at least one container, or a processor"),
        ({"labels": {"a": ["b"]}}, 'labels.a: must be a text, not ["b"]'),
        ({"token": ["s3cret"]}, "token: must be a text"),
        ({"token": "two words"}, "token: must be printable ASCII without spaces: it travels in a header"),
        ({"dockerAuth": "user:pw"}, "dockerAuth: must be the base64 of user:password; printf user:password | base64"),
        ({"networking.gateway_policy.rate_limit.enable": True}, "networking.gateway_policy.rate_limit.limit: must be more than 0 where enable is true"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_what_is_allowed(document, problem):
    assert problems(**document) == [problem]


def test_more_problems_than_anybody_reads_are_counted():
    found = problems(labels={str(number): [] for number in range(150)})

    assert len(found) == 101
    assert found[-1] == "and 50 more problems"


@pytest.mark.parametrize("name", ["demo", "a", "test_eascmd", "my-service-2", "0", "a" * 63])
def test_names_are_lower_case_letters_digits_underscores_and_hyphens(name):
    assert service(name=name).name == name


@pytest.mark.parametrize(
    ("name", "instead"),
    [("Demo", '; write "demo"'), ("_demo", ""), ("a" * 64, ""), ("a.b", ""), ("a/b", ""), ("dé", ""), ("a\n", "")],
)
def test_other_names_are_refused_with_the_rule(name, instead):
    rule = 'must be 1 to 63 lower-case letters, digits, "_" or "-", beginning with a letter or a digit'

    assert problems(name=name) == [f'metadata.name: {rule}, not "{name}"{instead}']


def test_a_service_without_a_name_is_refused():
    assert problems(name="") == ["metadata.name: is missing; it is the name of the service"]


def test_the_name_may_stand_in_both_places_when_it_is_the_same():
    assert service(metadata={"name": "demo"}).name == "demo"
    assert problems(metadata={"name": "other"}) == [
        'metadata.name: is given twice in different spellings, as "other" and as "demo"; keep one of them'
    ]


def test_numbers_and_booleans_may_be_texts():
    demo = service(
        metadata={"instance": "3", "cpu": "0.5", "memory": "4096", "gpu": "2", "rpc.enable_sigterm": "true"},
        generate_token="false",
    )

    assert demo.replicas == 3
    assert demo.resources == Resources(cpu=0.5, memory_mib=4096, gpu=2)
    assert demo.enable_sigterm


@pytest.mark.parametrize(
    ("rpc", "limits"),
    [
        ({"keepalive": 10000}, Limits(keepalive=10)),
        ({"max_queue_size": 3}, Limits(worker_threads=None, max_queue_size=3)),
        ({"worker_threads": 2}, Limits(worker_threads=2, max_queue_size=64)),
        ({"rate_limit": 7}, Limits(rate_limit=7)),
    ],
)
def test_limits_of_an_image_service_are_those_of_its_file(rpc, limits):
    assert service(metadata={"rpc": rpc}).limits == limits


@pytest.mark.parametrize(
    ("strategy", "rolling"),
    [
        ({"max_surge": "20%"}, Rolling(Share(20, percent=True), Share(0))),
        ({"max_surge": 2, "max_unavailable": "1"}, Rolling(Share(2), Share(1))),
        ({"max_surge": 0, "max_unavailable": 1}, Rolling(Share(0), Share(1))),
    ],
)
def test_the_rolling_strategy_is_a_number_or_a_percentage(strategy, rolling):
    assert service(metadata={"rolling_strategy": strategy}).rolling == rolling


@pytest.mark.parametrize(
    "spelling",
    [
        {"metadata": {"eas.termination_grace_period": 7}},
        {"runtime": {"termination_grace_period": 7}},
        {"eas.termination_grace_period": "7"},
    ],
)
def test_the_grace_period_has_several_spellings(spelling):
    assert service(**spelling).grace == 7


def test_the_gateway_enforces_what_is_enabled():
    policy = {"rate_limit": {"enable": True, "limit": 5}, "concurrency_limit": {"enable": False, "limit": 9}}
    limited = parsed(networking={"gateway_policy": policy})

    assert limited.service.policy == GatewayPolicy(rate_limit=5, concurrency_limit=None)
    assert limited.warnings == (
        "networking.gateway_policy.concurrency_limit.limit: has no effect unless enable is true",
    )


@pytest.mark.parametrize(("token", "kept"), [({}, None), ({"token": ""}, ""), ({"token": "abc="}, "abc=")])
def test_no_token_means_generate_one_and_an_empty_one_means_open(token, kept):
    assert service(**token).token == kept


def test_registry_credentials_are_kept_unless_they_are_masked():
    assert service(dockerAuth="dXNlcjpwYXNzd29yZA==").registry_auth == "dXNlcjpwYXNzd29yZA=="

    masked = parsed(dockerAuth="dXNlcjp****")
    assert masked.service.registry_auth is None
    assert masked.warnings == ("dockerAuth: is masked with asterisks; images are pulled without it",)


def test_labels_and_workspace_are_texts_whatever_they_look_like():
    demo = service(labels={"team": "a", "number": 3}, metadata={"workspace_id": 1405})

    assert demo.labels == (("team", "a"), ("number", "3"))
    assert demo.workspace_id == "1405"


def test_memory_that_was_meant_in_gb_is_asked_about():
    assert parsed(metadata={"memory": 16}).warnings == ("metadata.memory: 16 means MB; if GB were meant, write 16384",)


def test_unknown_keys_are_kept_and_reported():
    odd = parsed(
        metadata={"rpc": {"speed": 3}}, containers=[{"image": "a", "port": 1, "colour": "red"}], extra={"x": 1}
    )

    assert odd.document["metadata"]["rpc"]["speed"] == 3
    assert [note.field for note in odd.notes if note.level is support.Level.UNKNOWN] == [
        "extra",
        "metadata.rpc.speed",
        "containers[0].colour",
    ]


def test_repeated_keys_of_the_text_are_among_the_warnings():
    text = '{"name": "demo", "name": "demo", "containers": [{"image": "app:1", "port": 8000}]}'

    assert spec.parse(text).warnings == ('the key "name" occurs more than once in one object; the last one counts',)


def test_a_document_that_was_merged_is_parsed_like_a_text():
    first = parsed(metadata={"cpu": 2})

    assert spec.parse(json.dumps(first.document)) == first


def test_lenient_reading_is_an_offer():
    text = '{"name": "demo", "containers": [{"image": "app:1", "port": 8000},] /* one */}'

    assert spec.parse(text, lenient=True).service.name == "demo"
    with pytest.raises(InvalidDocument):
        spec.parse(text)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "name",
    "metadata",
    "containers",
    "storage",
    "cloud",
    "networking",
    "labels",
    "features",
    "rpc",
    "token",
    "dockerAuth",
    "image",
    "command",
    "script",
    "env",
    "port",
    "prepare",
    "readiness_check",
    "exec",
    "http_get",
    "tcp_socket",
    "oss",
    "nfs",
    "dataset",
    "empty_dir",
    "size_limit",
    "path",
    "server",
    "id",
    "mount_path",
    "gpu",
    "gpu_memory",
    "rolling_strategy",
    "max_surge",
    "gateway_policy",
    "rate_limit",
    "enable",
    "limit",
    "metadata.rpc.keepalive",
    "type",
    "value",
]
alike = st.recursive(
    st.sampled_from([None, True, -1, 0, 1, 8000, 1.5, "", "5", "/x", "oss://b/p", "20%", "a b", 'a "b', "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=30,
)


def parsed_or_refused(text, *, lenient=False):
    """The parsed document, or the sentences of its problems."""
    try:
        return spec.parse(text, lenient=lenient)
    except InvalidDocument as error:
        return [problem.message for problem in error.problems]


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.dictionaries(st.text(max_size=8), anything, max_size=4) | st.dictionaries(st.sampled_from(KEYS), alike))
def test_whatever_the_object_it_parses_or_is_an_invalid_document(document):
    assert parsed_or_refused(json.dumps(document))


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=40), st.booleans())
def test_whatever_the_text_it_parses_or_is_an_invalid_document(text, lenient):
    assert parsed_or_refused(text, lenient=lenient)
