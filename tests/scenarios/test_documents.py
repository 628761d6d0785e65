"""What is said about a service.json before anything runs, and that nothing has to run for it."""

import json
from typing import Any

import pytest

from tests.scenarios.documents import a_container, a_document
from tests.scenarios.emulator import Emulator

Json = dict[str, Any]


def problems(emulator: Emulator, document: Json | str) -> list[str]:
    """What `validate` says is wrong."""
    return emulator.run("validate", emulator.write(document), status=1).err.splitlines()


def remarks(emulator: Emulator, document: Json, *options: str) -> str:
    said = emulator.run("validate", emulator.write(document), *options)
    return said.out + said.err


def test_validate_says_what_becomes_of_each_field_and_starts_nothing(shared: Emulator):
    cloud = {"computing": {"instances": [{"type": "ecs.c7a.large"}]}}
    file = shared.write(a_document("demo", metadata={"cpu": 1, "workspace_id": "w1"}, cloud=cloud))

    levels = {note["field"]: note["level"] for note in shared.run("validate", file, "--output", "json").json["Notes"]}

    assert levels["metadata.cpu"] == "enforced"
    assert levels["metadata.workspace_id"] == levels["cloud.computing"] == "accepted without effect"
    assert shared.processes() == {}


def test_every_problem_of_a_file_is_named_at_once(shared: Emulator):
    said = problems(shared, a_document("demo", a_container(port=70000), metadata={"cpu": "many", "instance": -1}))

    assert [line for line in said if "metadata.cpu" in line and "many" in line]
    assert [line for line in said if "metadata.instance" in line and "-1" in line]
    assert [line for line in said if "containers[0].port" in line and "70000" in line]


def test_a_syntax_error_gives_line_and_column(shared: Emulator):
    (said,) = problems(shared, '{\n  "metadata": {"name": "demo",}\n}')

    assert "line 2, column 31" in said


def test_a_wrong_number_of_gpus_is_refused_in_the_clouds_words(shared: Emulator):
    (said,) = problems(shared, a_document("demo", metadata={"gpu": 6}))

    assert "Invalid GPU count 6, only supported: [0 1 2 4 8 16]" in said


def test_two_names_that_differ_are_an_error(shared: Emulator):
    (said,) = problems(shared, {**a_document("demo"), "name": "another"})

    assert '"demo"' in said
    assert '"another"' in said


@pytest.mark.parametrize("port", [8080, 9090])
def test_a_port_of_the_engine_is_accepted_with_a_warning(shared: Emulator, port: int):
    assert f"[WARN] containers[0].port: {port}" in remarks(shared, a_document("demo", a_container(port=port)))


def test_two_equal_ports_in_one_instance_are_an_error(shared: Emulator):
    (said,) = problems(shared, a_document("demo", a_container(), a_container()))

    assert "containers[1].port" in said
    assert "8000" in said


def test_an_unknown_key_is_kept_and_reported(shared: Emulator):
    said = remarks(shared, a_document("demo", metadata={"colour": "blue"}))

    assert "metadata.colour" in said


def test_numbers_as_strings_and_dotted_keys_are_understood(shared: Emulator):
    document = {
        "name": "demo",
        "metadata.instance": "2",
        "metadata": {"cpu": "1", "rpc.keepalive": "5000"},
        "containers": [a_container(port="8000")],
    }

    found = shared.run("validate", shared.write(document), "--output", "json").json

    assert found["ServiceName"] == "demo"
    assert {"metadata.instance", "metadata.rpc.keepalive"} <= {note["field"] for note in found["Notes"]}


def test_strict_counts_a_refused_field_as_an_error(shared: Emulator):
    file = shared.write(a_document("demo", metadata={"enable_grpc": True}))

    assert shared.run("validate", file).status == 0
    assert "metadata.enable_grpc" in shared.run("validate", file, "--strict", status=1).err


def test_lenient_allows_comments_and_trailing_commas(shared: Emulator):
    file = shared.write(json.dumps(a_document("demo")).replace("{", "{ // the service\n", 1).replace("}]", "},]"))

    assert shared.run("validate", file, status=1)
    assert shared.run("validate", file, "--lenient")


def test_create_refuses_what_is_not_built_and_keeps_nothing_of_it(shared: Emulator):
    file = shared.write({"metadata": {"name": "demo"}, "processor": "pmml", "model_path": "oss://bucket/model.pmml"})

    said = shared.run("create", file, status=1).err

    assert "processor" in said
    assert "not built" in said
    assert shared.names() == []
