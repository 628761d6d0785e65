import json

import pytest

from eas_local.core import spec
from eas_local.core.errors import InvalidDocument
from eas_local.core.service import Check, CheckKind, Exec, HttpGet, TcpSocket


def parsed(*containers):
    return spec.parse(json.dumps({"name": "demo", "containers": [{"image": "app:1"} | each for each in containers]}))


def only(**container):
    return parsed({"port": 8000} | container).service.containers[0]


def warnings(**container):
    return list(parsed({"port": 8000} | container).warnings)


def problems(*containers):
    with pytest.raises(InvalidDocument) as caught:
        parsed(*containers)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("container", "argv"),
    [
        ({}, None),
        ({"command": "", "script": " "}, None),
        ({"command": "python app.py"}, ("python", "app.py")),
        ({"command": "python -c 'print(1)' \"a b\""}, ("python", "-c", "print(1)", "a b")),
        ({"command": "serve", "args": ["--port", "1"]}, ("serve", "--port", "1")),
        ({"script": "cd /x; python app.py\n"}, ("/bin/sh", "-c", "cd /x; python app.py\n")),
    ],
)
def test_a_container_runs_its_command_its_script_or_what_the_image_says(container, argv):
    assert only(**container).argv == argv
    assert warnings(**container) == []


@pytest.mark.parametrize(
    ("command", "operator"),
    [
        ("cd x && python app.py", "&&"),
        ("a | b", "|"),
        ("a; b", "a;"),
        ("a > out", ">"),
        ("a 2>&1", "2>&1"),
        ("a || b", "||"),
    ],
)
def test_a_command_written_for_a_shell_is_a_warning(command, operator):
    (warning,) = warnings(command=command)

    assert warning == (
        f'containers[0].command: no shell reads it, so "{operator}" is handed to the program as a word; '
        "use script for more than one command"
    )


def test_of_command_and_script_the_script_runs():
    assert only(command="a", script="b").argv == ("/bin/sh", "-c", "b")
    assert warnings(command="a", script="b") == [
        "containers[0].command: is ignored, because script is given too; keep one of them"
    ]


@pytest.mark.parametrize("container", [{"args": ["x"]}, {"args": ["x"], "script": "y"}])
def test_arguments_without_a_command_are_a_warning(container):
    assert "containers[0].args: has no effect" in warnings(**container)[0]


@pytest.mark.parametrize(
    ("container", "problem"),
    [
        ({"image": " "}, "containers[0].image: is missing; it is the address of an image, for example python:3.11-slim"),
        ({"image": "a b"}, 'containers[0].image: must be the address of one image, not "a b"'),
        ({"command": "say 'hello"}, "containers[0].command: cannot be split into words: no closing quotation"),
        ({"command": ["a"]}, 'containers[0].command: must be a text, not ["a"]'),
        ({"command": "a\0"}, "containers[0].command: must not contain the character NUL, which no program can be given"),
        ({"port": 0}, "containers[0].port: must be at least 1, not 0"),
        ({"port": "http"}, 'containers[0].port: must be a whole number, not "http"'),
        ({"env": [{"name": "A=B"}]}, 'containers[0].env[0].name: is missing or has a "=" in it'),
        ({"env": {"A": "B"}}, 'containers[0].env: must be a list, not {"A": "B"}'),
        ({"prepare": {"pythonRequirements": "numpy"}}, 'containers[0].prepare.pythonRequirements: must be a list, not "numpy"'),
    ],
)  # fmt: skip
def test_what_a_container_cannot_be_is_named(container, problem):
    assert problems({"port": 8000} | container) == [problem]


def test_the_environment_takes_numbers_and_booleans_as_json_writes_them():
    env = [
        {"name": "A", "value": "x"},
        {"name": "N", "value": 1},
        {"name": "F", "value": 0.5},
        {"name": "B", "value": True},
    ]

    assert only(env=[*env, {"name": "E"}]).env == (("A", "x"), ("N", "1"), ("F", "0.5"), ("B", "true"), ("E", ""))


def test_a_variable_set_twice_has_the_last_value():
    twice = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]

    assert only(env=twice).env == (("A", "2"),)
    assert warnings(env=twice) == ["containers[0].env[1]: A is set twice; the last value counts"]


def test_containers_are_named_in_order_and_only_the_first_needs_a_port():
    service = parsed({"port": 7000}, {"port": "7001"}, {}).service

    assert [(each.name, each.port) for each in service.containers] == [
        ("worker0", 7000),
        ("worker1", 7001),
        ("worker2", None),
    ]
    assert service.port == 7000


def test_a_public_container_without_a_port_is_asked_on_8000():
    asked = parsed({})

    assert asked.service.port == 8000
    assert asked.warnings == ("containers[0].port: is missing; requests go to port 8000",)


@pytest.mark.parametrize("port", [8080, 9090])
def test_a_port_of_the_engine_is_accepted_with_a_warning_of_what_will_happen(port):
    (warning,) = warnings(port=port)

    assert warning == (
        f"containers[0].port: {port} belongs to the engine inside the instance: the process will fail to bind it "
        "(address already in use); take another port"
    )


@pytest.mark.parametrize("containers", [({"port": 7000}, {"port": 7000}), ({"port": 8000}, {}, {"port": "8000"})])
def test_two_equal_ports_in_one_instance_are_refused(containers):
    (problem,) = problems(*containers)

    assert problem.endswith("is taken by containers[0] already; containers of one instance share one network")


@pytest.mark.parametrize(
    ("prepare", "listed", "path"),
    [
        ({"pythonRequirements": ["numpy==1.16.4", " "]}, ("numpy==1.16.4",), None),
        ({"pythonRequirementsPath": "/code/requirements.txt"}, (), "/code/requirements.txt"),
        ({"pythonRequirements": ["a"], "pythonRequirementsPath": "/b"}, ("a",), None),
    ],
)
def test_requirements_are_a_list_or_else_a_file(prepare, listed, path):
    container = only(prepare=prepare)

    assert (container.requirements, container.requirements_path) == (listed, path)


@pytest.mark.parametrize(
    ("probe", "method"),
    [
        ({"http_get": {"path": "/health", "port": 9000}}, HttpGet("/health", 9000)),
        ({"http_get": {}}, HttpGet("/", 8000)),
        ({"http_get": {"path": "health?a=b", "scheme": "https"}}, HttpGet("/health?a=b", 8000, "HTTPS")),
        ({"tcp_socket": {"port": "9000"}}, TcpSocket(9000)),
        ({"tcp_socket": {}}, TcpSocket(8000)),
        ({"exec": {"command": ["cat", "/ready"]}}, Exec(("cat", "/ready"))),
    ],
)
def test_a_probe_has_one_method_and_kubernetes_defaults(probe, method):
    assert only(readiness_check=probe).checks == (
        Check(
            CheckKind.READINESS,
            method,
            initial_delay=0,
            period=10,
            timeout=1,
            success_threshold=1,
            failure_threshold=3,
        ),
    )


def test_each_kind_of_probe_is_there_once():
    checks = only(
        startup_check={"tcp_socket": {}, "failure_threshold": 30},
        liveness_check={"tcp_socket": {}, "period_seconds": "5"},
        readiness_check={"tcp_socket": {}, "success_threshold": 2},
    ).checks

    assert [check.kind for check in checks] == [CheckKind.STARTUP, CheckKind.LIVENESS, CheckKind.READINESS]
    assert (checks[0].failure_threshold, checks[1].period, checks[2].success_threshold) == (30, 5, 2)


def test_the_older_health_check_is_a_readiness_check():
    assert only(health_check={"tcp_socket": {}}).checks[0].kind is CheckKind.READINESS


@pytest.mark.parametrize("older", [{"tcp_socket": {"port": 1}}, {"http_get": {"path": "/"}}])
def test_a_health_check_beside_a_readiness_check_is_ignored_with_a_warning(older):
    found = parsed({"port": 1, "health_check": older, "readiness_check": {"tcp_socket": {"port": 2}}})

    assert [check.method for check in found.service.containers[0].checks] == [TcpSocket(2)]
    assert found.warnings == (
        "containers[0].health_check: is ignored, because readiness_check is given too; it means the same",
    )


def test_of_a_health_check_that_says_what_the_readiness_check_says_nothing_is_said():
    check = {"tcp_socket": {"port": 2}}
    both = {"health_check": check, "readiness_check": check}

    assert parsed({"port": 1} | both).warnings == ()


@pytest.mark.parametrize("kind", ["liveness", "startup"])
def test_a_success_threshold_other_than_one_runs_as_one(kind):
    probe = {f"{kind}_check": {"tcp_socket": {}, "success_threshold": 3}}

    assert only(**probe).checks[0].success_threshold == 1
    assert warnings(**probe) == [
        f"containers[0].{kind}_check.success_threshold: 3 runs as 1, the only value {kind} can have"
    ]


@pytest.mark.parametrize(
    ("probe", "problem"),
    [
        ({}, ": must have exactly one of http_get, tcp_socket and exec; it has none"),
        ({"exec": {"command": ["a"]}, "tcp_socket": {}}, ": must have exactly one of http_get, tcp_socket and exec; it has several"),
        ({"exec": {}}, '.exec.command: is missing; it is a list such as ["cat", "/tmp/ready"]'),
        ({"http_get": {"port": 70000}}, ".http_get.port: must be at most 65535, not 70000"),
        ({"http_get": {"path": "/a b"}}, ".http_get.path: must not contain spaces or anything but ASCII; percent-encode them"),
        ({"http_get": {"scheme": "FTP"}}, '.http_get.scheme: must be one of HTTP, HTTPS, not "FTP"'),
        ({"tcp_socket": {}, "period_seconds": 0}, ".period_seconds: must be at least 1, not 0"),
        ({"tcp_socket": {}, "timeout_seconds": 0.5}, ".timeout_seconds: must be at least 1, not 0.5"),
        ({"tcp_socket": {}, "failure_threshold": 0}, ".failure_threshold: must be at least 1, not 0"),
        ({"tcp_socket": {}, "initial_delay_seconds": -1}, ".initial_delay_seconds: must be at least 0, not -1"),
    ],
)  # fmt: skip
def test_a_probe_that_cannot_be_is_named(probe, problem):
    assert problems({"port": 8000, "liveness_check": probe}) == [f"containers[0].liveness_check{problem}"]


@pytest.mark.parametrize("method", ["http_get", "tcp_socket"])
def test_a_probe_needs_a_port_of_its_own_where_the_container_has_none(method):
    assert problems({"port": 8000}, {"readiness_check": {method: {}}}) == [
        f"containers[1].readiness_check.{method}.port: is missing, and the container has no port either"
    ]
