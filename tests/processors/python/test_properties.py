"""default_properties(): types, listeners, and what is in it from the start."""

import json

import pytest

from eas_local.processors.python.allspark.properties import Properties, default_properties, seed
from eas_local.processors.python.allspark.settings import Settings


@pytest.mark.parametrize(
    ("default", "value"),
    [("", "12"), (b"", b"12"), (0, 12), (0.5, 12.0), (False, True)],
    ids=["text", "bytes", "int", "float", "bool"],
)
def test_a_value_has_the_type_of_the_default(default, value):
    got = Properties({"name": "12"}).get("name", default)

    assert (got, type(got)) == (value, type(value))


def test_without_a_default_a_value_is_bytes_and_a_missing_one_empty():
    assert Properties({"name": "value"}).get("name") == b"value"
    assert Properties().get("name") == b""
    assert Properties().get("name", 5) == 5


@pytest.mark.parametrize("value", ["10000", b"10000", 10000])
def test_text_bytes_and_numbers_can_be_put(value):
    properties = Properties()

    properties.put("rpc.keepalive", value)

    assert properties.get("rpc.keepalive", "") == "10000"


def test_listeners_hear_of_their_property_as_functions_and_as_decorators():
    heard, properties = [], Properties()
    properties.listen("a", lambda name, value: heard.append((name, value)))

    @properties.listen("a")
    def again(name: str, value: str) -> None:
        heard.append((name, value + " again"))

    properties.put("a", b"1")
    properties.put("b", "2")

    assert heard == [("a", "1"), ("a", "1 again")]


def test_there_is_one_table():
    assert default_properties() is default_properties()


def test_it_begins_with_what_the_file_says():
    document = {
        "name": "demo",
        "metadata": {"rpc": {"keepalive": 10000}, "rpc.io_threads": 8, "cpu": 1},
        "model_config": {"depth": 2},
        "model_entry": "a.bin",
    }

    values = seed(Settings(service_config=json.dumps(document), worker_threads=3, max_queue_size="9"))

    assert values == {
        "rpc.keepalive": "10000",
        "rpc.io_threads": "8",
        "rpc.max_queue_size": "9",
        "rpc.worker_threads": "3",
        "model.name": "demo",
        "model.model_entry": "a.bin",
        "model.model_config": '{"depth": 2}',
    }


def test_the_text_of_model_config_is_taken_as_it_was_written():
    values = seed(Settings(service_config='{"model_config": {"a":1}}', model_config='{"a":1}'))

    assert values["model.model_config"] == '{"a":1}'


@pytest.mark.parametrize("text", [None, "", "no json", "[]", '{"metadata": 1}', '{"metadata": {"rpc": 1}}'])
def test_a_file_that_says_nothing_does_no_harm(text):
    assert seed(Settings(service_config=text))["rpc.max_queue_size"] == "64"
