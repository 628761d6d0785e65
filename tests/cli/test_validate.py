import json
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

VALID = '{"metadata": {"name": "demo"}, "containers": [{"image": "demo:1", "port": 8000, "command": "serve"}]}'
REFUSED = '{"metadata": {"name": "demo"}, "model_path": "oss://b/m", "processor": "pmml"}'


@pytest.fixture
def validate(terminal: Terminal, tmp_path: Path):
    def run(text, *options):
        (tmp_path / "service.json").write_text(text)
        return terminal.run("validate", str(tmp_path / "service.json"), *options)

    return run


def test_a_valid_file_is_told_field_by_field_without_a_daemon(validate):
    said = validate(VALID)

    assert said.code == 0
    assert "| containers[0].port    | enforced |" in said.out
    assert said.err.startswith("[OK] ")
    assert said.err.endswith("service.json is valid\n")


def test_every_problem_is_named_with_its_field(validate):
    said = validate('{"metadata": {"name": "Demo!", "gpu": 6}, "containers": [{"image": "demo:1", "port": 8000}]}')

    assert (said.code, said.out) == (1, "")
    assert "eas-local: metadata.gpu: Invalid GPU count 6, only supported: [0 1 2 4 8 16]" in said.err.splitlines()
    assert said.err.count("eas-local: metadata.name: ") == 1


def test_a_syntax_error_has_line_and_column(validate):
    assert validate('{\n  "a": oops}').err.startswith("eas-local: line 2, column 8: ")


def test_comments_are_allowed_where_the_reading_is_lenient(validate):
    commented = VALID.replace("{", "{ // mine\n", 1)

    assert validate(commented).code == 1
    assert validate(commented, "--lenient").code == 0


def test_a_refused_field_is_an_error_only_where_the_reading_is_strict(validate):
    assert validate(REFUSED).code == 0

    said = validate(REFUSED, "--strict")
    assert said.code == 1
    assert "refused, and --strict counts that: " in said.err


def test_json_tells_a_valid_file_from_an_invalid_one(validate):
    valid = json.loads(validate(VALID, "--output", "json").out)
    invalid = json.loads(validate("[]", "--output", "json").out)

    assert (valid["Valid"], valid["ServiceName"]) == (True, "demo")
    assert {"field", "level", "sentence"} == set(valid["Notes"][0])
    assert invalid["Valid"] is False
    assert {"field", "message"} == set(invalid["Problems"][0])
